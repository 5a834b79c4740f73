"""One async client in several running event loops, as in threads of Django or Celery that call `asyncio.run`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import CodeType
from typing import Any

import attrs
import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.session.chat_queue import ChatSlot, ChatState, ChatStates
from aizoomdoc_client.storage import TokenKey, TokenSet
from aizoomdoc_client.testing import (
    Answer,
    Deltas,
    ServerBehavior,
    Signal,
    SyncPoint,
    Wait,
    complex_answer,
    final,
    running_server,
    simple_answer,
)
from aizoomdoc_client.transport import lifetimes
from tests.client_and_server import client_of
from tests.event_loops import THREADS, in_threads
from tests.sync.interleaver import Interleaver, code_of, orders

TEXT = "Высота этажа 3,3 м."
BOTH = pytest.mark.parametrize("behavior", [ServerBehavior.PRODUCTION, ServerBehavior.CONTRACT], ids=["sse", "websocket"])


@BOTH
def test_threads_share_one_client(behavior: ServerBehavior) -> None:
    """Each of 60 questions and 60 uploads of 4 threads succeeds with its own answer, after one login, and nothing is left."""
    with running_server(behavior) as server:
        client = client_of(server)
        for number in range(THREADS):
            for turn in range(15):
                server.script_answer(complex_answer(f"Ответ {number}.{turn}"), question=f"Вопрос {number}.{turn}?")

        async def work(number: int) -> list[str]:
            texts = list[str]()
            for turn in range(15):
                chat = await client.create_chat()
                answer, stored = await asyncio.gather(
                    client.ask(chat, f"Вопрос {number}.{turn}?"), client.upload_file(bytes([number, turn]) * 20_000)
                )
                assert 40_000 == stored.size_bytes
                texts.append(answer.text)
            return texts

        expected = [[f"Ответ {number}.{turn}" for turn in range(15)] for number in range(THREADS)]
        assert expected == in_threads(work)
        assert 1 == len(server.requests_to("POST", "/auth/exchange"))
        assert [0, 0, 0] == kept_by_loops(client)
        assert [] == [loop for loop in lifetimes._registries if loop.is_closed()]


def kept_by_loops(client: AsyncAIZoomDocClient) -> list[int]:
    """How many event loops the client keeps connections or answers for."""
    connections: Any = client._parts.connections
    return [len(connections.http._sessions), len(connections.streams._sessions), len(connections.answers._of_loops)]


@BOTH
def test_threads_take_turns_in_a_chat(behavior: ServerBehavior) -> None:
    """Questions that threads ask in one chat at once are posted one after another, and each gets its own answer."""
    with running_server(behavior) as server:
        client = client_of(server)
        chat = asyncio.run(client.create_chat())
        asked = [f"Вопрос {number}.{turn}?" for number in range(THREADS) for turn in range(4)]
        for question in asked:
            server.script_answer(simple_answer(f"Ответ на {question}"), question=question)

        async def work(number: int) -> list[str]:
            return [(await client.ask(chat, f"Вопрос {number}.{turn}?")).text for turn in range(4)]

        expected = [[f"Ответ на Вопрос {number}.{turn}?" for turn in range(4)] for number in range(THREADS)]
        assert expected == in_threads(work)
        assert sorted(asked) == sorted(post.content for post in server.posts)


@BOTH
def test_a_loop_that_ends_takes_only_its_own_along(behavior: ServerBehavior) -> None:
    """While one thread reads an answer, others open connections, close the client in their loops and end: it is not affected."""
    with running_server(behavior) as server:
        client, begun, released = client_of(server), SyncPoint(), threading.Event()
        server.script_answer(
            Answer([Deltas(["Высота"]), Signal(begun), Wait(held := SyncPoint()), final(TEXT), ("completed", {})])
        )

        async def reader() -> str:
            answer = client.send_message(await client.create_chat(), "Какая высота?")
            await anext(answer)
            await asyncio.to_thread(released.wait)
            return (await answer.result()).text

        async def other(*, close: bool) -> list[int]:
            await client.get_me()
            seen = kept_by_loops(client)
            if close:
                await client.close()
            return seen

        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(lambda: asyncio.run(reader()))
            begun.wait_blocking()
            seen = [asyncio.run(other(close=close)) for close in (True, False)]
            left = kept_by_loops(client)
            held.set()
            released.set()

            assert TEXT == reading.result()
        assert [2, 2] == [loops for loops, *_ in seen]
        assert 1 == left[0]
        assert [0, 0, 0] == kept_by_loops(client)


class ForgetfulStore(MemoryTokenStore):
    """A store that keeps nothing."""

    def save(self, key: TokenKey, tokens: TokenSet) -> None:
        """Drops the tokens."""


@pytest.mark.parametrize("store", [MemoryTokenStore, ForgetfulStore])
def test_threads_share_one_login(store: type[MemoryTokenStore]) -> None:
    """Threads whose token is missing, expired or rejected exchange one for all, also if the store keeps nothing."""
    with running_server() as server:
        client, clock = client_of(server, token_store=store()), Clock()
        client._parts.auth._clock = clock
        exchanges = list[int]()

        async def work(_: int) -> None:
            await asyncio.gather(*(client.get_me() for _ in range(5)))

        for change in (lambda: None, lambda: clock.advance(4000), server.expire_tokens):
            change()
            assert [None] * THREADS == in_threads(work)
            exchanges.append(len(server.requests_to("POST", "/auth/exchange")))

        assert [1, 2, 3] == exchanges


@attrs.define
class Clock:
    """A clock that the test owns."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@attrs.define
class Lock:
    """A lock for two threads that an interleaver runs in turn."""

    interleaver: Interleaver
    held: bool = False

    def __enter__(self) -> None:
        self.interleaver.wait(lambda: not self.held)
        self.held = True

    def __exit__(self, *_: object) -> None:
        self.held = False


def in_every_order(begin: Callable[[], tuple[Any, Callable[[], object]]], *codes: CodeType) -> list[list[Any]]:
    """What two threads get, in each order of their steps, that call what `begin` makes: an object with a lock, and a function."""
    found = list[list[Any]]()

    def run(preempted: Sequence[int]) -> int:
        owner, work = begin()
        got = list[Any]()
        interleaver = Interleaver(lambda: got.append(work()), lambda: got.append(work()), codes)
        owner._lock = Lock(interleaver)
        interleaver.run(preempted)
        found.append(got)
        return interleaver.steps

    assert len(list(orders(run, 2))) > 20
    return found


def test_one_question_occupies_a_chat() -> None:
    """Of two threads that take a free chat, one gets it, in whichever order their steps come."""

    def begin() -> tuple[ChatState, Callable[[], bool]]:
        state = ChatState("chat", made_here=True)
        return state, lambda: state.occupy(ChatSlot(state))

    assert {(False, True)} == {tuple(sorted(got)) for got in in_every_order(begin, *code_of(ChatState, "occupy"))}


def test_a_chat_has_one_state() -> None:
    """Two threads that ask for the state of a chat get the same one, in whichever order their steps come."""

    def begin() -> tuple[ChatStates, Callable[[], ChatState]]:
        states = ChatStates()
        return states, lambda: states.of("chat")

    assert {1} == {len(set(got)) for got in in_every_order(begin, *code_of(ChatStates, "of", "_keep"))}
