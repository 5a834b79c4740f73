"""Starting, stopping, and what stands in the way."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.local import LocalServer, LocalSettings
from tests.local.api_user import Gate, Serve


def settings(tmp_path: Path, **changes: Any) -> LocalSettings:
    return LocalSettings(**{"port": 0, "data_dir": tmp_path / "data", **changes})


async def fails(chosen: LocalSettings, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        async with LocalServer(chosen):
            pass


async def test_a_port_in_use_is_a_clear_error(tmp_path: Path) -> None:
    """And leaves nothing behind: another port works with the same folder."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        await fails(settings(tmp_path, port=port), rf"port {port} of 127\.0\.0\.1 is in use")
    async with LocalServer(settings(tmp_path)) as server:
        assert server.url.startswith("http://127.0.0.1:")


async def test_an_unknown_host_is_a_clear_error(tmp_path: Path) -> None:
    """It says what to use instead."""
    await fails(settings(tmp_path, host="no.such.host.invalid"), "host no.such.host.invalid is unknown")


async def test_a_missing_projects_folder_is_a_clear_error(tmp_path: Path) -> None:
    """It names the folder, and no data folder is made."""
    await fails(settings(tmp_path, projects_dir=tmp_path / "none"), "projects folder .*none is not there")
    assert not (tmp_path / "data").exists()


async def test_a_data_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    """It names the folder."""
    (tmp_path / "data").write_text("file", encoding="utf-8")
    await fails(settings(tmp_path), "data folder .*data of the local server cannot be written")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_data_folder_without_permission_is_a_clear_error(tmp_path: Path) -> None:
    """It names the folder."""
    (tmp_path / "data").mkdir(mode=0o500)
    await fails(settings(tmp_path), "data folder .*data of the local server cannot be written")


async def test_two_servers_on_one_folder_are_refused(tmp_path: Path) -> None:
    """The second one, and only as long as the first runs."""
    async with LocalServer(settings(tmp_path)):
        await fails(settings(tmp_path), "Another local server runs on the data folder")
    async with LocalServer(settings(tmp_path)):
        pass


async def test_data_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """Rather than damaged."""
    async with LocalServer(settings(tmp_path)):
        pass
    connection = sqlite3.connect(tmp_path / "data" / "aizoomdoc.sqlite3")
    connection.execute("PRAGMA user_version=99")
    connection.close()

    await fails(settings(tmp_path), "made by a newer version")


async def test_the_token_that_was_made_is_used_again(tmp_path: Path) -> None:
    """A later start lets in the same user."""
    async with LocalServer(settings(tmp_path)) as first:
        made = first.tokens
    async with LocalServer(settings(tmp_path)) as second:
        assert (1, made) == (len(made), second.tokens)


async def test_it_is_gone_without_a_trace(serve: Serve, gate: Gate) -> None:
    """No task, no thread, no open socket, although an answer was under way."""
    threads, tasks = set(threading.enumerate()), asyncio.all_tasks()
    user = await serve(answerer=gate)
    chat = await user.chat()
    await user.say(chat, "Вопрос")
    async with user.listen(chat) as events:
        await anext(events)
        await user.server.__aexit__(None, None, None)
    await user.session.close()
    gc.collect()

    assert set() == asyncio.all_tasks() - tasks
    assert [] == [thread.name for thread in set(threading.enumerate()) - threads if not thread.name.startswith("asyncio_")]
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", int(user.server.url.rpartition(":")[2]))


async def test_no_token_is_logged_or_shown(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the static token nor the access token in the URL of a WebSocket, at any level."""
    caplog.set_level(logging.DEBUG)
    user = await serve()
    chat = await user.chat()
    await user.say(chat, "Вопрос")
    async with user.socket(chat) as socket:
        assert [message async for message in socket]
    await user.events(chat, token=user.login["access_token"])  # a proxy took the upgrade away
    await user.server.__aexit__(None, None, None)  # requests are logged when they end
    shown = caplog.text + repr(user.server) + repr(user.server.settings)

    assert [] == [token for token in ("first-token", user.login["access_token"]) if token in shown]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"port": 70000}, "port must be between 0"),
        ({"slots": 0}, "slots of the local server must be 1 or more"),
        ({"queue_size": -1}, "queue_size of the local server must be 0 or more"),
        ({"pace_seconds": float("nan")}, "pace_seconds"),
        ({"tokens": ("a", "")}, "must not be empty"),
        ({"tokens": ("a\n",)}, "control characters"),
        ({"tokens": ("a", "a")}, "the same static token"),
    ],
)
def test_a_setting_out_of_bounds_is_named(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    """Before anything is started."""
    with pytest.raises(ConfigurationError, match=words):
        settings(tmp_path, **changes)


async def test_an_address_of_all_interfaces_is_shown_as_one_that_can_be_called(tmp_path: Path) -> None:
    """0.0.0.0 is no address to connect to."""
    async with LocalServer(settings(tmp_path, host="0.0.0.0")) as server:
        assert server.url.startswith("http://127.0.0.1:")
