"""The sync client in threads and notebooks, closed and used again, and the contract's loops against the local server."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aizoomdoc_client import AIZoomDocClient, APIError, AuthenticationError, MemoryTokenStore
from aizoomdoc_client.local import LocalServer, LocalSettings
from aizoomdoc_client.testing import Deltas, ScriptedServer, ServerBehavior, Stall, running_server
from tests.sync.conftest import client_of, loop_threads


@pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["contract", "production"])
def test_sixteen_threads_share_a_client(behavior: ServerBehavior) -> None:
    """Of 16 threads that ask over one client at the same time each gets the answer to its own question; there is one login."""
    with running_server(behavior) as server, client_of(server) as client:
        found = dict[int, list[str]]()

        def work(number: int) -> None:
            chat = client.create_chat().id
            found[number] = [client.ask(chat, f"Вопрос {number}.{turn}").text for turn in range(3)]

        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        logins = len(server.requests_to("POST", "/auth/exchange"))

    asked = {number: [f"Вопрос {number}.{turn}" for turn in range(3)] for number in range(16)}
    assert (1, sorted(asked)) == (logins, sorted(found))
    assert all(question in text for number in asked for question, text in zip(asked[number], found[number], strict=True))


def test_it_works_in_a_notebook(server: ScriptedServer) -> None:
    """Calls and loops over answers work inside of a running event loop."""

    async def cell() -> tuple[str, str]:
        with client_of(server) as client:
            answer = client.send_message(client.create_chat().id, "?")
            return "".join(answer.text_stream), answer.text

    pieces, text = asyncio.run(cell())

    assert (text, True) == (pieces, "?" in text)


def test_a_progress_callback_cannot_call(client: AIZoomDocClient) -> None:
    """A callback runs in the client's loop: a call from it raises RuntimeError, with which the upload fails."""

    def progress(_sent: int, _total: int | None) -> None:
        client.health()

    with pytest.raises(RuntimeError, match="the client's own event loop"):
        client.upload_file(b"%PDF", "plan.pdf", progress=progress)


def test_a_progress_callback_cannot_read(client: AIZoomDocClient, chat: str, server: ScriptedServer) -> None:
    """Reading an answer there raises, too; the answer can still be read elsewhere."""
    server.script_answer([Deltas(["а"]), Stall()])
    answer = client.send_message(chat, "?")

    with pytest.raises(RuntimeError, match="the client's own event loop"):
        client.upload_file(b"%PDF", "plan.pdf", progress=lambda _sent, _total: next(answer) and None)
    assert "llm_token" == next(answer).event


def test_errors_are_those_of_the_async_client(server: ScriptedServer) -> None:
    """The sync client raises the async client's errors, with the request that they belong to."""
    client = AIZoomDocClient(server.url, "wrong", token_store=MemoryTokenStore())
    with pytest.raises(AuthenticationError) as raised:
        client.get_me()

    assert ("POST", "/auth/exchange", 401) == (raised.value.method, raised.value.path, raised.value.status_code)
    assert isinstance(raised.value, APIError)


def test_close_ends_the_thread_and_the_client_can_be_used_again(server: ScriptedServer) -> None:
    """`close` leaves neither thread nor connection; a later call opens both again."""
    client = client_of(server)
    client.health()
    client.close()
    left = loop_threads()
    server.until_blocking(lambda: server.open_connections == 0)
    status = client.health().status
    client.close()
    client.close()

    assert ([], "healthy", []) == (left, status, loop_threads())


def test_a_dropped_client_ends_its_thread(server: ScriptedServer) -> None:
    """A client without references closes its connections and ends the thread, without the garbage collector."""
    gc.disable()
    try:
        client = client_of(server)
        client.health()
        (thread,) = loop_threads()
        del client
        thread.join(5)
        server.until_blocking(lambda: server.open_connections == 0)
        assert not thread.is_alive()
    finally:
        gc.enable()


def test_a_client_in_a_cycle_is_closed_too(server: ScriptedServer) -> None:
    """A client that only the garbage collector frees closes its connections."""
    for _ in range(10):
        client = client_of(server)
        client.health()
        client.itself = client  # type: ignore[attr-defined]
        del client
        gc.collect()
    server.until_blocking(lambda: server.open_connections == 0)


def test_a_client_with_other_options_shares_the_connections(server: ScriptedServer) -> None:
    """`with_options` gives a sync client over the same connections, which outlives the first one."""
    client = client_of(server)
    client.health()
    other = client.with_options(timeout=5)
    del client
    other.health()
    connections = {request.connection for request in server.requests_to("GET", "/health")}
    other.close()

    assert (1, AIZoomDocClient, 5) == (len(connections), type(other), other.config.timeout)


def test_an_unused_client_starts_no_thread(server: ScriptedServer) -> None:
    """Creating a client, reading its attributes and closing it starts no thread."""
    with client_of(server) as client:
        seen = (repr(client), client.is_authenticated, loop_threads())

    assert (f"<AIZoomDocClient {server.url}>", False, []) == seen


class LocalServerThread(threading.Thread):
    """A local server in a thread of its own."""

    def __init__(self, settings: LocalSettings) -> None:
        super().__init__()
        self._settings = settings
        self.url = ""
        self.ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self.join(10)

    async def _serve(self) -> None:
        async with LocalServer(self._settings) as server:
            self.url = server.url
            self.ready.set()
            await self._ended.wait()


@pytest.fixture
def local_url(tmp_path: Path) -> Iterator[str]:
    """The URL of a local server."""
    thread = LocalServerThread(LocalSettings(port=0, data_dir=tmp_path / "data", tokens=("local-token",), pace_seconds=0))
    thread.start()
    assert thread.ready.wait(30)
    yield thread.url
    thread.stop()


def test_the_contracts_loops_run_over_the_local_server(local_url: str, tmp_path: Path) -> None:
    """Settings, an upload, a question about it, the events and the history, in the words of the contract's example."""
    note = tmp_path / "note.md"
    note.write_text("# Пояснительная записка\n\nВысота этажа составляет 3,3 м.\n", encoding="utf-8")
    client = AIZoomDocClient(server_url=local_url, static_token="local-token", token_store=MemoryTokenStore())
    client.authenticate()
    client.update_settings(model_profile="complex")
    chat = client.create_chat(title="Быстрый вопрос", description="Высоты")
    file_info = client.upload_file(str(note))
    response, names = "", list[str]()
    for event in client.send_message(chat.id, "Какая высота этажа?", attached_file_ids=[file_info.id]):
        names.append(event.event)
        if event.event == "llm_token":
            response += event.data["token"]
    history = client.get_chat_history(chat.id)
    client.close()

    assert (True, "completed", ["user", "assistant"], response) == (
        "3,3 м" in response,
        names[-1],
        [message.role for message in history.messages],
        history.messages[-1].content,
    )
