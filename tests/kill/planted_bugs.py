"""Bugs of jobs that the kills must find: each is planted into the process of the job, and killed where it shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from aizoomdoc_client.batch import preparation, progression
from aizoomdoc_client.batch.executor import ClientExecutor
from aizoomdoc_client.batch.journal import Journal
from aizoomdoc_client.batch.progression import Limits, UnitState
from aizoomdoc_client.batch.steps import ChatMissing, FindChat, FindMessage, MessageMissing
from aizoomdoc_client.batch.user_settings import UserSettings
from aizoomdoc_client.protocol.recovery import Recovery, Reopen
from tests.kill.writes import Death, Place


def _intent_after_the_request() -> None:
    """That the question is about to be posted is written once it is posted."""
    record = Journal.record

    async def late(self: Journal, key: str, state: UnitState, **given: Any) -> None:
        if state.name != "posting":
            await record(self, key, state, **given)

    _replace(Journal, "record", late)


def _confirmed_before_the_disk() -> None:
    """A state counts as written while it still waits to be."""
    record, close = Journal.record, Journal.close
    waiting = list[asyncio.Task[None]]()

    async def at_once(self: Journal, key: str, state: UnitState, **given: Any) -> None:
        waiting.append(asyncio.create_task(later(self, key, state, **given)))

    async def later(self: Journal, key: str, state: UnitState, **given: Any) -> None:
        await asyncio.sleep(0.1)
        await record(self, key, state, **given)

    async def closed(self: Journal) -> None:
        await asyncio.gather(*waiting)
        await close(self)

    _replace(Journal, "record", at_once)
    _replace(Journal, "close", closed)


def _answer_apart_from_its_state() -> None:
    """That a unit is done is written, and its answer in a transaction after that."""
    record = Journal.record

    async def apart(self: Journal, key: str, state: UnitState, **given: Any) -> None:
        if state.name == "done":
            await record(self, key, state)
        await record(self, key, state, **given)

    _replace(Journal, "record", apart)


def _crash_forgotten() -> None:
    """After a crash nothing is uncertain: what was begun is done again."""
    after_crash = progression.after_crash

    def certain(state: UnitState, limits: Limits) -> UnitState:
        return attrs.evolve(after_crash(state, limits), uncertain=False)

    _replace(preparation, "after_crash", certain)


def _found(step: type[Any], observation: object) -> Callable[[], None]:
    """What may be there already is not looked for: the step's observation is always the same."""

    def plant() -> None:
        perform = ClientExecutor._perform

        async def performed(self: ClientExecutor, work: Any, on_event: Any) -> Any:
            return observation if isinstance(work.step, step) else await perform(self, work, on_event)

        _replace(ClientExecutor, "_perform", performed)

    return plant


def _history_not_read() -> None:
    """An answer of before is not looked for: the model runs again."""

    def looked(self: Recovery, history: Any, draft: str) -> Reopen:
        return Reopen()

    _replace(Recovery, "looked", looked)


def _finished_again() -> None:
    """What is done is asked again at the next start."""

    def again(state: UnitState, limits: Limits) -> UnitState:
        return UnitState(attempt=state.attempt) if state.name == "done" else progression.after_crash(state, limits)

    _replace(preparation, "after_crash", again)


def _settings_left() -> None:
    """The user's own settings are not put back at the end."""

    async def forgotten(self: UserSettings) -> bool:
        await self._journal.set_facts({"settings_before": None, "settings_set": None})
        return True

    _replace(UserSettings, "restore", forgotten)


def _settings_noted_again() -> None:
    """A process that goes on takes the settings that it finds for the user's own."""
    apply, have_noted = UserSettings.apply, set[UserSettings]()

    async def noted(self: UserSettings, wanted: Any) -> None:
        if self not in have_noted:
            have_noted.add(self)
            await self._journal.set_facts({"settings_before": None})
        await apply(self, wanted)

    _replace(UserSettings, "apply", noted)


def _settings_noted_late() -> None:
    """The user's own settings are written to the journal after they were changed: a crash between takes the job's for theirs."""
    set_facts = Journal.set_facts
    late = dict[str, str | None]()

    async def noted(self: Journal, facts: Mapping[str, str | None]) -> None:
        if [*facts] == ["settings_before"] and None not in facts.values():
            late.update(facts)
        else:
            await set_facts(self, facts)
            if any(name.startswith("settings") for name in facts) and late:
                await set_facts(self, {**late})
                late.clear()

    _replace(Journal, "set_facts", noted)


def _settings_not_set_again() -> None:
    """A process that goes on trusts that the settings are as one before has set them."""
    apply = UserSettings.apply

    async def trusting(self: UserSettings, wanted: Any) -> None:
        if json.loads(await self._journal.fact("settings_set") or "[]"):
            return
        await apply(self, wanted)

    _replace(UserSettings, "apply", trusting)


def _replace(owner: Any, name: str, value: object) -> None:
    setattr(owner, name, value)


@attrs.frozen
class PlantedBug:
    """A bug, the deaths at which it must show, and what the checks must say of it."""

    plant: Callable[[], None]
    deaths: tuple[Death, ...]
    said: str


def _bug(plant: Callable[[], None], kind: str, place: Place, said: str) -> PlantedBug:
    return PlantedBug(plant, (Death(kind=kind, place=place),), said)


TWICE, CHATS, OTHERS = "posted 2 times", "2 chats", "other settings"

PLANTED: Mapping[str, PlantedBug] = {
    "intent after the request": _bug(_intent_after_the_request, "unit streaming", "before", TWICE),
    "confirmed before the disk": _bug(_confirmed_before_the_disk, "unit posting", "before", TWICE),
    "answer apart from its state": _bug(_answer_apart_from_its_state, "unit done", "after", "no answer"),
    "crash forgotten": _bug(_crash_forgotten, "unit streaming", "before", TWICE),
    "chat not looked for": _bug(_found(FindChat, ChatMissing()), "unit posting", "before", CHATS),
    "message not looked for": _bug(_found(FindMessage, MessageMissing()), "unit streaming", "before", TWICE),
    "history not read": _bug(_history_not_read, "unit done", "before", "2 finished runs"),
    "finished again": _bug(_finished_again, "unit done", "after", "2 finished runs"),
    "settings left": _bug(_settings_left, "unit done", "after", OTHERS),
    "settings noted again": _bug(_settings_noted_again, "unit done", "after", OTHERS),
    "settings noted late": _bug(_settings_noted_late, "fact settings_set", "after", OTHERS),
    "settings not set again": _bug(_settings_not_set_again, "unit done", "after", "runs with other settings"),
}
