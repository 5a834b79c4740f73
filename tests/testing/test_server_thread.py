"""A scripted server in a thread, used by synchronous code."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from aizoomdoc_client.testing import (
    ScriptedServer,
    ScriptedServerThread,
    ServerBehavior,
    Signal,
    SyncPoint,
    Wait,
    running_server,
    simple_answer,
)


def get(url: str, token: str | None = None) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def test_a_server_in_a_thread_serves_synchronous_code() -> None:
    """It is scripted and inspected from the test's thread, and points can be set and waited for from there."""
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
    """`run` runs coroutines of the server in the server's loop."""
    with ScriptedServerThread(ScriptedServer()) as thread:
        thread.run(thread.server.stop())
        thread.run(thread.server.start())

        assert "healthy" == get(f"{thread.server.url}/health")["status"]
