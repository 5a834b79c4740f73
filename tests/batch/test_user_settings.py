"""The settings that a job asks with, and the user's own, which come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client.batch import journal as journal_module
from aizoomdoc_client.batch.journal import Journal
from aizoomdoc_client.batch.task import BatchSettings
from aizoomdoc_client.batch.user_settings import UserSettings
from aizoomdoc_client.exceptions import APIConnectionError

SIMPLE, COMPLEX = BatchSettings(model="simple", role=1), BatchSettings(model="complex", role=2)
OWN = {"model_profile": "simple", "selected_role_prompt_id": None}


@attrs.define
class User:
    settings: Any


@attrs.define(slots=False)
class Settings:
    model_profile: str
    selected_role_prompt_id: int | None


class ClientStandIn:
    """Keeps a user's settings, and may fail before or after it changes them."""

    def __init__(self) -> None:
        self.now: dict[str, Any] = dict(OWN)
        self.fails: str | None = None

    async def get_me(self) -> User:
        return User(Settings(**self.now))

    async def update_settings(self, **changed: Any) -> None:
        if self.fails == "before":
            raise APIConnectionError("reset", request_sent=True)
        self.now = changed
        if self.fails == "after":
            raise APIConnectionError("reset", request_sent=True)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "run.sqlite")
    yield opened
    await opened.close()


@pytest.mark.parametrize("group", [1, 2])
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_the_users_settings_come_back_after_a_crash_at_a_change(journal: Journal, group: int, moment: str) -> None:
    """Before and after the server has them, in the first group of units and in the second: the next run puts them back."""
    client: Any = ClientStandIn()
    settings = UserSettings(client, journal)
    if group == 2:
        await settings.apply(SIMPLE)
    client.fails = moment
    with pytest.raises(APIConnectionError):
        await settings.apply(COMPLEX)
    client.fails = None
    assert await UserSettings(client, journal).restore()
    assert client.now == OWN


async def test_what_somebody_chose_meanwhile_stays_and_is_told(journal: Journal) -> None:
    """The job does not take a newer choice back."""
    client: Any = ClientStandIn()
    settings = UserSettings(client, journal)
    await settings.apply(SIMPLE)
    client.now = theirs = {"model_profile": "complex", "selected_role_prompt_id": 7}
    assert not await settings.restore()
    assert theirs == client.now


async def test_what_somebody_chose_between_two_groups_is_what_comes_back(journal: Journal) -> None:
    """The second group needs its own settings; the newer choice is put back after it, and told."""
    client: Any = ClientStandIn()
    settings = UserSettings(client, journal)
    await settings.apply(SIMPLE)
    client.now = theirs = {"model_profile": "complex", "selected_role_prompt_id": 7}
    await settings.apply(COMPLEX)
    assert 2 == client.now["selected_role_prompt_id"]
    assert not await settings.restore()
    assert theirs == client.now


async def test_a_crash_in_the_end_leaves_nothing_of_the_settings(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal forgets what was put back and what was set in one transaction: else the next job would know the latter."""
    client: Any = ClientStandIn()
    settings = UserSettings(client, journal)
    await settings.apply(COMPLEX)
    left = list[int]()
    write_all = journal_module._write_all

    def counted(db: Any, writes: Any) -> None:
        write_all(db, writes)
        left.append(db.execute("SELECT COUNT(*) FROM facts WHERE name LIKE 'settings%'").fetchone()[0])

    monkeypatch.setattr(journal_module, "_write_all", counted)
    assert await settings.restore()
    assert [0] == left
