"""Slow, silent and unreachable servers, over minutes of the loop's clock, which the tests control."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import APITimeoutError, AsyncAnswerStream, RetryPolicy, StreamTimeoutError, StreamTimeouts
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import (
    Deltas,
    Hang,
    Held,
    Moment,
    ScriptedServer,
    ServerBehavior,
    Slow,
    Stall,
    SyncPoint,
    Wait,
    final,
    running_proxy,
    running_server,
    simple_answer,
)
from aizoomdoc_client.testing.proxy import HalfOpen
from aizoomdoc_client.transport.keep_alive import PING_INTERVAL, PONG_TIMEOUT
from tests.client_and_server import client_and_server, client_of, no_wait
from tests.faults.clock import LoopClock, owned_clock, rounds
from tests.faults.server_address import ServerAddress

TEXT = "Высота этажа 3,3 м."
HALF, REST = "Высота этажа ", "3,3 м."
BOTH = pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["websocket", "sse"])
NO_RERUN = RetryPolicy(max_reruns=0)


@pytest.fixture
def production() -> Iterator[ScriptedServer]:
    """The server runs in a thread of its own, so the test's loop clock does not affect it."""
    with running_server(ServerBehavior.PRODUCTION) as server:
        yield server


async def half_way(answer: AsyncAnswerStream) -> asyncio.Task[Any]:
    """Reads the first half, then goes on in a task."""
    while answer.text != HALF:
        await anext(answer)
    task = asyncio.create_task(answer.result())
    await rounds()
    return task


async def test_slow_headers__get(production: ScriptedServer) -> None:
    """A GET without a response within `timeout` is sent again; finally the error names the time-out."""
    production.respond("GET", "/me", *[Hang()] * 3)
    with owned_clock() as clock, waiting_by(no_wait):
        async with client_of(production, timeout=60) as client:
            await client.authenticate()
            task = asyncio.create_task(client.get_me())
            for attempt in (1, 2, 3):
                await production.until(lambda number=attempt: len(production.requests_to("GET", "/me")) == number)  # type: ignore[misc]
                clock.advance(61)
            with pytest.raises(APITimeoutError) as caught:
                await task

    assert ("request", 3, "GET", "/me") == (
        caught.value.deadline,
        caught.value.attempts,
        caught.value.method,
        caught.value.path,
    )


async def test_slow_headers__message(production: ScriptedServer) -> None:
    """A message stored by a server that was blocked by a run is found, and never sent again."""
    released = SyncPoint()
    production.respond("POST", "/chats/*/messages", Held(released, when=Moment.AFTER_PROCESSING))
    production.script_answer(simple_answer(TEXT))
    with owned_clock() as clock, waiting_by(no_wait):
        async with client_of(production, timeout=60) as client:
            task = asyncio.create_task(client.ask(await client.create_chat(), "Какая высота?"))
            await production.until(lambda: len(production.posts) == 1)
            clock.advance(61)

            assert TEXT == (await task).text
    assert (1, 1) == (len(production.requests_to("POST", "/chats/*/messages")), len(production.model_runs))


async def test_slow_drip__request(production: ScriptedServer) -> None:
    """The request's time-out bounds the whole body, also one that arrives byte by byte."""
    production.respond("GET", "/me", *[Slow(piece=1, seconds=3600)] * 3)
    with owned_clock() as clock, waiting_by(no_wait):
        async with client_of(production, timeout=60) as client:
            await client.authenticate()
            task = asyncio.create_task(client.get_me())
            for attempt in (1, 2, 3):
                await production.until(lambda number=attempt: len(production.requests_to("GET", "/me")) == number)  # type: ignore[misc]
                await rounds()
                clock.advance(61)
            with pytest.raises(APITimeoutError) as caught:
                await task

    assert ("request", 3) == (caught.value.deadline, caught.value.attempts)


@BOTH
async def test_slow_drip__stream(behavior: ServerBehavior) -> None:
    """An answer of twenty minutes without a silence of five and a half is no time-out: there is no total limit."""
    points = [SyncPoint() for _ in range(4)]
    steps = [
        step for point, piece in zip(points, "абвг", strict=True) for step in (Wait(point), Deltas([piece], accumulate=False))
    ]
    async with client_and_server(behavior) as pair:
        pair.server.script_answer([Deltas([HALF]), *steps, final(HALF + "абвг"), ("completed", {})])
        answer = pair.client.send_message(await pair.chat(), "Какая высота?")
        with owned_clock() as clock:
            while answer.text != HALF:
                await anext(answer)
            for point in points:
                reading = asyncio.create_task(anext(answer))
                await rounds()
                await ticks(clock, 300)
                point.set()
                await reading

            assert HALF + "абвг" == (await answer.result()).text
        assert 1 == len(pair.server.model_runs)


@pytest.mark.parametrize(
    ("limits", "steps", "passed", "deadline", "partial"),
    [
        (StreamTimeouts(), [Stall()], 331, "first_event", ""),
        (StreamTimeouts(), [Deltas([HALF]), Stall()], 331, "idle", HALF),
        (StreamTimeouts(total=100), [Deltas([HALF]), Stall()], 101, "total", HALF),
    ],
    ids=["first event", "idle", "total"],
)
@BOTH
async def test_slow_drip__deadlines(
    behavior: ServerBehavior, limits: StreamTimeouts, steps: list[Any], *, passed: float, deadline: str, partial: str
) -> None:
    """The error says which of the stream's limits was reached, and has the text until then."""
    with running_server(behavior) as server, owned_clock() as clock, waiting_by(no_wait):
        server.script_answer(steps)
        async with client_of(server, stream_timeouts=limits, retry=NO_RERUN) as client:
            answer = client.send_message(await client.create_chat(), "Какая высота?")
            task = asyncio.create_task(answer.result())
            await server.until(lambda: bool(server.model_runs) and answer.text == partial)
            await rounds()
            clock.advance(passed)
            with pytest.raises(StreamTimeoutError) as caught:
                await task

        assert (deadline, partial) == (caught.value.deadline, caught.value.partial)
        assert (1, 1) == (len(server.posts), len(server.model_runs))


async def test_half_open_socket__sse(production: ScriptedServer) -> None:
    """A half-open connection: after the idle limit the stored answer is found."""
    released = SyncPoint()
    production.script_answer([Deltas([HALF]), Wait(released), final(TEXT), ("completed", {})])
    with running_proxy(production.url) as proxy, owned_clock() as clock, waiting_by(no_wait):
        async with client_of(ServerAddress(proxy.url, production.static_token), transport="sse") as client:
            answer = client.send_message(await client.create_chat(), "Какая высота?")
            task = await half_way(answer)
            proxy._connections[1].inject((HalfOpen(),))  # the stream's own connection, the second one
            released.set()
            await production.until(lambda: production.model_runs[0].state == "finished")
            clock.advance(331)

            assert TEXT == (await task).text
    assert (1, 1) == (len(production.posts), len(production.model_runs))


async def test_half_open_socket__websocket() -> None:
    """Pings every 20 s detect a half-open connection without an idle limit, after four minutes without a pong."""
    released = SyncPoint()
    with running_server(ServerBehavior.CONTRACT) as server, running_proxy(server.url) as proxy:
        server.script_answer([Deltas([HALF]), Wait(released), final(TEXT), ("completed", {})])
        with owned_clock() as clock, waiting_by(no_wait):
            here = ServerAddress(proxy.url, server.static_token)
            async with client_of(here, stream_timeouts=StreamTimeouts(idle=None)) as client:
                answer = client.send_message(await client.create_chat(), "Какая высота?")
                task = await half_way(answer)
                proxy.inject(HalfOpen())
                released.set()
                await server.until(lambda: server.model_runs[0].state == "finished")
                await ticks(clock, PONG_TIMEOUT)
                alive = not task.done()
                await ticks(clock, 2 * PING_INTERVAL)

                assert (True, TEXT) == (alive, (await task).text)
        assert (1, 1) == (len(server.posts), len(server.model_runs))


async def test_half_open_socket__stalled_server() -> None:
    """Two minutes without a pong, as while a run blocks the server, do not close the stream."""
    released = SyncPoint()
    with running_server(ServerBehavior.CONTRACT) as server, running_proxy(server.url) as proxy:
        server.script_answer([Deltas([HALF]), Wait(released), final(TEXT), ("completed", {})])
        with owned_clock() as clock, waiting_by(no_wait):
            async with client_of(ServerAddress(proxy.url, server.static_token)) as client:
                answer = client.send_message(await client.create_chat(), "Какая высота?")
                task = await half_way(answer)
                proxy.inject(HalfOpen(direction="down"))
                await ticks(clock, 120)
                proxy.clear()
                released.set()

                assert TEXT == (await task).text
        assert ([], 1) == (server.requests_to("GET", "/chats/*"), len(server.model_runs))


async def ticks(clock: LoopClock, seconds: float) -> None:
    """Advances the time from ping to ping."""
    for _ in range(round(seconds / PING_INTERVAL)):
        clock.advance(PING_INTERVAL)
        await rounds(50)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="Linux shows the timers of its sockets, others do not")
async def test_half_open_socket__keep_alive() -> None:
    """A stream without pings has TCP keep-alive: its timer is running."""
    with running_server(ServerBehavior.PRODUCTION) as server:
        server.script_answer([Deltas([HALF]), Stall()])
        async with client_of(server, transport="sse") as client:
            answer = client.send_message(await client.create_chat(), "Какая высота?")
            while answer.text != HALF:
                await anext(answer)
            timers = [timer for remote, timer in connections() if remote == server.port]

            assert "02" in timers
            answer.cancel()


def connections() -> Iterator[tuple[int, str]]:
    """The remote port and the active timer (02: keep-alive) of all TCP connections of this machine; see proc(5)."""
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        yield int(fields[2].partition(":")[2], 16), fields[5].partition(":")[0]
