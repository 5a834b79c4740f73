"""The data folder: private, for one server at a time, with secrets that are made once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aizoomdoc_client.local import LocalServer
from tests.local.support import Serve, fails_to_start, settings


async def test_a_data_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    """It names the folder."""
    (tmp_path / "data").write_text("file", encoding="utf-8")
    await fails_to_start(settings(tmp_path), "data folder .*data of the local server cannot be written")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_data_folder_without_permission_is_a_clear_error(tmp_path: Path) -> None:
    """It names the folder."""
    (tmp_path / "data").mkdir(mode=0o500)
    await fails_to_start(settings(tmp_path), "data folder .*data of the local server cannot be written")


async def test_two_servers_on_one_folder_are_refused(tmp_path: Path) -> None:
    """The second one, and only as long as the first runs."""
    async with LocalServer(settings(tmp_path)):
        await fails_to_start(settings(tmp_path), "Another local server runs on the data folder")
    async with LocalServer(settings(tmp_path)):
        pass


async def test_the_token_that_was_made_is_used_again(tmp_path: Path) -> None:
    """A later start lets in the same user."""
    async with LocalServer(settings(tmp_path)) as first:
        made = first.tokens
    async with LocalServer(settings(tmp_path)) as second:
        assert (1, made) == (len(made), second.tokens)


async def test_secrets_can_be_read_by_their_owner_only(serve: Serve) -> None:
    """The signing secret and the token that was made have mode 0600, the folder 0700."""
    user = await serve(tokens=())
    folder = user.server.settings.data_dir

    assert [0o600, 0o600] == [(folder / name).stat().st_mode & 0o777 for name in ("jwt-secret", "token")]
    assert 0o700 == folder.stat().st_mode & 0o777
    assert user.server.tokens == ((folder / "token").read_text(encoding="utf-8").strip(),)
