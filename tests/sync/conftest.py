"""Servers and clients for threads, and a check that no thread is left after a test."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator

import pytest

from aizoomdoc_client import AIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.sync.bridge import Bridge
from aizoomdoc_client.testing import Deltas, Emit, ScriptedServer, ServerBehavior, Signal, SyncPoint, Wait, final, running_server

MakeClient = Callable[..., AIZoomDocClient]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that keeps the contract: WebSocket, tokens in both profiles."""
    with running_server(ServerBehavior.CONTRACT) as server:
        yield server


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[AIZoomDocClient]:
    with client_of(server) as client:
        yield client


@pytest.fixture
def chat(client: AIZoomDocClient) -> str:
    """The id of a new chat."""
    return client.create_chat("Тест").id


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    """A bridge without a client."""
    bridge = Bridge(nothing)
    yield bridge
    bridge._loop_ref = None


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """After each test the loop's thread has ended, and its worker threads."""
    yield
    left = loop_threads()
    if left:
        gc.collect()
    for thread in left:
        thread.join(5)
    assert [] == [thread.name for thread in left if thread.is_alive()]


def loop_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "aizoomdoc-client"]


def client_of(server: ScriptedServer, **options: object) -> AIZoomDocClient:
    return AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore(), **options)  # type: ignore[arg-type]


async def nothing() -> None:
    pass


class HeldAnswer:
    """An answer whose first half comes at once, and the rest when `go_on` is opened."""

    FIRST, REST = "Первая половина", ", вторая половина."

    def __init__(self, server: ScriptedServer) -> None:
        self.half_way, self.go_on = SyncPoint(), SyncPoint()
        text = self.FIRST + self.REST
        server.script_answer([
            Emit("processing_started", {"request_id": "1"}),
            Deltas([self.FIRST]),
            Signal(self.half_way),
            Wait(self.go_on),
            Deltas([self.REST], [text]),
            final(text),
            Emit("completed", {"message": "ok"}),
        ])  # fmt: skip
