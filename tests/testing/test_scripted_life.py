"""The server's own life: in a loop, in a thread, in a process, and in users' tests."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from aizoomdoc_client.testing import (
    Hang,
    ScriptedServer,
    ScriptedServerThread,
    ServerBehavior,
    Signal,
    Stall,
    SyncPoint,
    Wait,
    running_server,
    simple_answer,
)


def get(url: str, token: str | None = None) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


async def test_a_restart_keeps_the_port_and_the_memory(caller: Any) -> None:
    """Stopped, it refuses; started again, it is where it was and knows what it knew."""
    chat_id, url = await caller.chat("?"), caller.server.url
    await caller.server.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await caller.call("GET", "/health")
    await caller.server.start()

    assert url == caller.server.url
    assert 1 == len((await caller.call("GET", f"/chats/{chat_id}"))[1]["messages"])


@pytest.mark.parametrize("policy", ["cancel", "finish"])
async def test_a_stop_leaves_nothing_behind(policy: Any) -> None:
    """Hanging requests and stalled runs end with the server, and no task of it is left."""
    before = asyncio.all_tasks()
    async with ScriptedServer(on_drop=policy) as server, aiohttp.ClientSession(server.url) as session:
        server.respond("GET", "/health", Hang())
        chat = await _chat(server, session)
        server.script_answer([Stall()])
        hanging = asyncio.create_task(session.get("/health"))
        async with session.get(f"/chats/{chat}/stream", headers={"Authorization": f"Bearer {server.issue_token()}"}):
            await server.stop()
        with pytest.raises(aiohttp.ClientError):
            await hanging

        assert ("cancelled", 0) == (server.model_runs[0].state, server.open_connections)
    assert before == asyncio.all_tasks()


async def _chat(server: ScriptedServer, session: aiohttp.ClientSession) -> str:
    headers = {"Authorization": f"Bearer {server.issue_token()}"}
    async with session.post("/chats", json={}, headers=headers) as response:
        chat_id = str((await response.json())["id"])
    async with session.post(f"/chats/{chat_id}/messages", json={"content": "?"}, headers=headers):
        return chat_id


async def test_until_says_when_it_gives_up(caller: Any) -> None:
    """A condition that never holds is a TimeoutError."""
    with pytest.raises(TimeoutError):
        await caller.server.until(lambda: False, timeout=0.01)


def test_a_server_in_a_thread_serves_synchronous_code() -> None:
    """It is scripted and looked at from the test's thread, and points work across."""
    with running_server(ServerBehavior.CONTRACT, static_tokens=("mine",)) as server:
        token, released, reached = server.issue_token(), SyncPoint(), SyncPoint()
        chat = _post(f"{server.url}/chats", token, {})
        _post(f"{server.url}/chats/{chat['id']}/messages", token, {"content": "?"})
        server.script_answer(simple_answer("ответ").preceded_by(Signal(reached), Wait(released)))
        stream = urllib.request.Request(f"{server.url}/chats/{chat['id']}/stream", headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(stream, timeout=10) as response:
            reached.wait_blocking()
            running = [run.state for run in server.model_runs]
            released.set()
            body = response.read().decode()
        server.until_blocking(lambda: server.open_connections == 0)

    assert (["running"], ["finished"]) == (running, [run.state for run in server.model_runs])
    assert "event: completed" in body
    assert "mine" == server.static_token


def _post(url: str, token: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=10) as response:
        return json.load(response)


def test_a_server_in_a_thread_can_be_restarted() -> None:
    """`run` runs the server's own coroutines on its loop."""
    with ScriptedServerThread(ScriptedServer()) as thread:
        thread.run(thread.server.stop())
        thread.run(thread.server.start())

        assert "healthy" == get(f"{thread.server.url}/health")["status"]


def test_a_gate_says_when_nobody_opens_it() -> None:
    """A released that stays closed is a TimeoutError."""
    with pytest.raises(TimeoutError):
        SyncPoint().wait_blocking(0.01)


def test_a_process_says_where_it_listens_and_ends_on_sigterm() -> None:
    """One line, then it serves; SIGTERM ends it with 0."""
    command = [sys.executable, "-m", "aizoomdoc_client.testing", "--behavior", "contract", "--token", "mine", "--expires-in", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        session = _post(f"{line.split()[-1]}/auth/exchange", "", {"static_token": "mine"})
        process.send_signal(signal.SIGTERM)

        assert ("Listening on http://127.0.0.1:", "") == (line.rstrip("0123456789\n"), process.stdout.read())
    assert (0, 5, True) == (process.returncode, session["expires_in"], "refresh_token" in session)


def test_only_the_plugin_imports_pytest() -> None:
    """Programs use the scripted server without pytest."""
    code = "import sys, aizoomdoc_client.testing.__main__; sys.exit('pytest' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode


MINE = """
import pytest
from aizoomdoc_client import AIZoomDocClient, APIConnectionError, MemoryTokenStore
from aizoomdoc_client.testing.proxy import ResetAfter


def me(server, url):
    token = server.tokens[0] if hasattr(server, "tokens") else server.static_token
    with AIZoomDocClient(url, token, token_store=MemoryTokenStore()) as client:
        return client.get_me().user.username


@pytest.mark.parametrize("name", ["scripted_server", "contract_server", "local_server"])
def test_mine(name, request, fault_proxy):
    server = request.getfixturevalue(name)
    proxy = fault_proxy(server.url)
    assert me(server, server.url) == me(server, proxy.url)
    broken = fault_proxy(server.url, ResetAfter(100), seed=1)
    with pytest.raises(APIConnectionError):
        me(server, broken.url)
    assert (True, True) == (proxy.connections > 0, broken.connections > 1)
"""


def test_the_plugin_gives_users_servers_and_a_proxy(tmp_path: Path) -> None:
    """Tests of a user's own, with one line in their conftest."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["aizoomdoc_client.testing.plugin"]\n', encoding="utf-8")
    (tmp_path / "test_mine.py").write_text(MINE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:asyncio", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (0, True) == (done.returncode, "3 passed" in done.stdout), done.stdout
