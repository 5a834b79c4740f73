"""Starting, stopping, and what prevents a start."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sqlite3
import threading
from pathlib import Path

import pytest

from aizoomdoc_client.local import LocalServer
from aizoomdoc_client.local.indexing.document_index import DocumentIndex
from tests.local.support import PausedAnswerer, Serve, fails_to_start, settings


async def test_a_port_in_use_is_a_clear_error(tmp_path: Path) -> None:
    """And leaves nothing behind: another port works with the same folder."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        await fails_to_start(settings(tmp_path, port=port), rf"port {port} of 127\.0\.0\.1 is in use")
    async with LocalServer(settings(tmp_path)) as server:
        assert server.url.startswith("http://127.0.0.1:")


async def test_a_port_that_a_server_has_is_named_as_that(tmp_path: Path) -> None:
    """So that nobody looks for another program."""
    async with LocalServer(settings(tmp_path)) as first:
        chosen = settings(tmp_path, port=first.port, data_dir=tmp_path / "other")
        await fails_to_start(chosen, rf"an AIZoomDoc server is there already; use it \(--server {first.url}\) or .*--port, 0")


async def test_the_documents_are_summed_up_at_the_start_and_when_all_are_read(tmp_path: Path, projects: Path) -> None:
    """What was read before is known at the start of the next server."""
    chosen = settings(tmp_path, projects_dir=projects)
    async with LocalServer(chosen) as server:
        at_start, read = server.documents, await server.documents_read()
    async with LocalServer(chosen) as again:
        known = again.documents

    assert (4, 4, ()) == (at_start.documents, at_start.waiting, at_start.unreadable)
    assert (0, 3, ("beta/пустой.pdf",)) == (read.waiting, read.readable, read.unreadable)
    assert read == known


async def test_an_unknown_host_is_a_clear_error(tmp_path: Path) -> None:
    """It says what to use instead."""
    await fails_to_start(settings(tmp_path, host="no.such.host.invalid"), "host no.such.host.invalid is unknown")


async def test_a_missing_projects_folder_is_a_clear_error(tmp_path: Path) -> None:
    """It names the folder, and no data folder is made."""
    await fails_to_start(settings(tmp_path, projects_dir=tmp_path / "none"), "projects folder .*none is not there")
    assert not (tmp_path / "data").exists()


async def test_data_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """Rather than damaged."""
    async with LocalServer(settings(tmp_path)):
        pass
    connection = sqlite3.connect(tmp_path / "data" / "aizoomdoc.sqlite3")
    connection.execute("PRAGMA user_version=99")
    connection.close()

    await fails_to_start(settings(tmp_path), "made by a newer version")


async def test_nothing_is_left_when_it_has_stopped(serve: Serve, paused: PausedAnswerer) -> None:
    """No task, no thread, no open socket, although an answer was under way."""
    threads, tasks = set(threading.enumerate()), asyncio.all_tasks()
    user = await serve(answerer=paused)
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


async def test_it_stops_within_two_seconds_whatever_clients_do(serve: Serve, paused: PausedAnswerer) -> None:
    """Clients that do not answer a closing handshake, send half a request, or do not read."""
    user = await serve(answerer=paused)
    chat, host = await user.chat(), "Host: 127.0.0.1\r\n"
    await user.say(chat, "Вопрос")
    bearer = f"Authorization: {user.bearer['Authorization']}\r\n"
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n"
    upgrade = upgrade.format("dGhlIHNhbXBsZSBub25jZQ==")
    heads = [
        f"GET /chats/{chat}/stream?token={user.login['access_token']} HTTP/1.1\r\n{host}{upgrade}\r\n",
        f"GET /chats/{chat}/stream HTTP/1.1\r\n{host}{bearer}\r\n",
        f"POST /chats HTTP/1.1\r\n{host}{bearer}Content-Length: 100\r\n\r\n{{",
        f"GET /me HTTP/1.1\r\n{host}",
        "",
    ]
    writers = []
    for head in heads:
        _, writer = await asyncio.open_connection("127.0.0.1", user.server.port)
        writer.write(head.encode())
        writers.append(writer)
    await paused.both.wait()
    clock = asyncio.get_running_loop().time
    began = clock()
    await user.server.__aexit__(None, None, None)
    seconds = clock() - began
    for writer in writers:
        writer.close()

    assert seconds < 2


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


async def test_an_address_of_all_interfaces_is_shown_as_one_that_can_be_called(tmp_path: Path) -> None:
    """0.0.0.0 is no address to connect to."""
    async with LocalServer(settings(tmp_path, host="0.0.0.0")) as server:
        assert server.url.startswith("http://127.0.0.1:")


async def test_the_newest_documents_are_read_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading begins when the server starts."""
    order = list[str]()
    monkeypatch.setattr(DocumentIndex, "read_ahead", lambda _self, sources: order.extend(source.name for source in sources))
    folder = tmp_path / "projects"
    folder.mkdir()
    for age, name in enumerate(("new.txt", "older.txt", "oldest.txt")):
        (folder / name).write_text("Щит", encoding="utf-8")
        os.utime(folder / name, (1000 - age, 1000 - age))
    async with LocalServer(settings(tmp_path, projects_dir=folder)):
        assert ["new.txt", "older.txt", "oldest.txt"] == order
