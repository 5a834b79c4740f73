"""The proxy and its connections on real sockets, between a plain client and a plain server."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable

import attrs
import pytest

from aizoomdoc_client.testing.proxy import (
    Bandwidth,
    CloseAfter,
    Fault,
    FaultProxy,
    HalfOpen,
    Latency,
    RandomPlan,
    ResetAfter,
    Slices,
    running_proxy,
)


@attrs.define
class Echo:
    """A server that sends back what it receives, until the client leaves or sends "!", and counts the connections that ended."""

    url: str = ""
    accepted: int = 0
    ended: int = 0
    received: bytes = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            while data := await reader.read(65536):
                self.received += data
                writer.write(data)
                await writer.drain()
                if data.endswith(b"!"):
                    break
        except OSError:
            pass
        finally:
            self.ended += 1
            writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    server = Echo()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    yield server
    listener.close()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(echo.url) as proxy:
        yield proxy


@contextlib.asynccontextmanager
async def connected(proxy: FaultProxy) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - looked at in other tasks
            await asyncio.sleep(0.001)


async def exchanged(proxy: FaultProxy, data: bytes) -> bytes | type[Exception]:
    """What comes back for `data` until the connection ends, or the error that ends it."""
    async with connected(proxy) as (reader, writer):
        try:
            writer.write(data)
            writer.write_eof()
            return await reader.read()
        except OSError as error:
            return type(error)


async def test_without_faults_everything_is_forwarded(proxy: FaultProxy, echo: Echo) -> None:
    """Bytes, which are counted, and the ends of both directions."""
    data = bytes(range(256)) * 2000

    assert data == await exchanged(proxy, data)
    await until(lambda: proxy.open_connections == 0)
    assert (1, len(data), len(data)) == (proxy.connections, proxy.bytes_up, proxy.bytes_down)
    assert 1 == echo.ended


async def test_a_reset_after_some_bytes_arrives_as_a_reset(proxy: FaultProxy) -> None:
    """The client sees a reset, and the next connection has no fault."""
    proxy.next(ResetAfter(3))

    assert ConnectionResetError is await exchanged(proxy, b"abcdef")
    assert b"abcdef" == await exchanged(proxy, b"abcdef")


async def test_a_reset_after_bytes_of_the_client_reaches_both_ends(proxy: FaultProxy, echo: Echo) -> None:
    """The server's connection ends too, and it received no byte more."""
    proxy.next(ResetAfter(3, "up"))

    assert ConnectionResetError is await exchanged(proxy, b"abcdef")
    await until(lambda: echo.ended == echo.accepted)
    assert b"abc".startswith(echo.received)


async def test_a_close_after_some_bytes_is_an_early_end(proxy: FaultProxy) -> None:
    """The client sees no error, but fewer bytes."""
    proxy.next(CloseAfter(3))

    assert b"abc" == await exchanged(proxy, b"abcdef")


async def test_a_cut_after_zero_bytes_never_reaches_the_server(proxy: FaultProxy, echo: Echo) -> None:
    """The client's connection is accepted and closed."""
    proxy.next(CloseAfter())
    async with connected(proxy) as (reader, _):
        assert b"" == await reader.read()
    assert (1, 0) == (proxy.connections, echo.accepted)


async def test_a_refusal_is_the_operating_systems_own(proxy: FaultProxy) -> None:
    """Connecting fails, open connections go on, and `listen` listens on the same port again."""
    async with connected(proxy) as (reader, writer):
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await exchanged(proxy, b"")
        writer.write(b"abc")
        assert b"abc" == await reader.readexactly(3)
        proxy.listen()
        proxy.listen()

        assert b"def" == await exchanged(proxy, b"def")


async def test_a_half_open_connection_hides_that_the_server_has_closed(proxy: FaultProxy, echo: Echo) -> None:
    """The server's bytes and its end are both dropped; the end of the client is noticed."""
    proxy.next(HalfOpen(3, "down"))
    async with connected(proxy) as (reader, writer):
        writer.write(b"abcdef!")
        assert b"abc" == await reader.readexactly(3)
        await until(lambda: echo.ended == 1)
        assert b"?" == await exchanged(proxy, b"?")  # by now the end would have arrived

        assert (False, 1) == (reader.at_eof(), proxy.open_connections)


async def test_a_connection_half_open_in_both_directions_hides_that_the_client_left(proxy: FaultProxy, echo: Echo) -> None:
    """The server goes on waiting until the proxy stops."""
    proxy.next(HalfOpen())
    async with connected(proxy) as (_, writer):
        writer.write(b"abc")
        await until(lambda: echo.accepted == 1)
    await until(lambda: proxy.open_connections == 0)
    ended_before = echo.ended
    await proxy.stop()
    await until(lambda: echo.ended == 1)

    assert (0, b"") == (ended_before, echo.received)


async def test_faults_can_be_injected_into_open_connections(proxy: FaultProxy) -> None:
    """Into all of them, at once, and into none that comes later."""
    async with connected(proxy) as (one, first), connected(proxy) as (two, second):
        for reader, writer in ((one, first), (two, second)):
            writer.write(b"abc")
            assert b"abc" == await reader.readexactly(3)
        proxy.inject(ResetAfter())
        for reader in (one, two):
            with pytest.raises(ConnectionResetError):
                await reader.read()

    assert b"abc" == await exchanged(proxy, b"abc")


async def test_a_connection_that_is_over_gets_no_faults(proxy: FaultProxy) -> None:
    """Its record tells what happened to it."""
    await exchanged(proxy, b"abc")
    await until(lambda: proxy.open_connections == 0)
    proxy.inject(Latency(1.0))

    assert [()] == [record.faults for record in proxy.records]


async def test_delays_call_the_sleep_that_was_given(echo: Echo) -> None:
    """Latency, jitter and bandwidth all do; no clock is involved."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with FaultProxy(echo.url, Latency(60, direction="up"), Slices(2, "up"), Bandwidth(1, "down"), sleep=sleep) as proxy:
        assert b"abcd" == await exchanged(proxy, b"abcd")

    assert [60.0, 60.0] == [seconds for seconds in waits if seconds == 60]
    assert 4 == sum(seconds for seconds in waits if seconds != 60)


async def test_a_cut_ends_a_delay(echo: Echo) -> None:
    """A piece that is delayed by an hour delays neither an injected fault nor the end of the proxy."""
    async with FaultProxy(echo.url, Latency(3600, direction="up")) as proxy, connected(proxy) as (reader, writer):
        writer.write(b"abc")
        await until(lambda: echo.accepted == 1)
        proxy.inject(CloseAfter())

        assert b"" == await reader.read()


async def test_faults_for_all_connections_are_added_to_those_for_one(echo: Echo) -> None:
    """`always` applies to every connection, also to one that has faults of its own."""
    async with FaultProxy(echo.url) as proxy:
        proxy.always(Slices(5))
        proxy.next(CloseAfter(4))
        await exchanged(proxy, b"abcdef")
        await exchanged(proxy, b"abcdef")

        assert [(Slices(5), CloseAfter(4)), (Slices(5),)] == [record.faults for record in proxy.records]


async def test_a_plan_is_asked_for_each_connection_by_number(echo: Echo) -> None:
    """A plan is any function of the number, from 1; faults given by `next` replace it."""
    plans: dict[int, tuple[Fault, ...]] = {1: (CloseAfter(1),), 2: (CloseAfter(2),)}
    async with FaultProxy(echo.url, plan=lambda number: plans[number]) as proxy:
        got = [await exchanged(proxy, b"abc"), await exchanged(proxy, b"abc")]
        proxy.next()
        got.append(await exchanged(proxy, b"abc"))
        proxy.clear()
        got.append(await exchanged(proxy, b"abc"))

    assert [b"a", b"ab", b"abc", b"abc"] == got


NOBODY = "http://127.0.0.1:9"
GIVING = ("next", "always", "inject")


@pytest.mark.parametrize("given", [RandomPlan(seed=1), ResetAfter, [ResetAfter(1)]])
@pytest.mark.parametrize("give", [functools.partial(FaultProxy, NOBODY), *(getattr(FaultProxy(NOBODY), name) for name in GIVING)])
def test_what_is_no_fault_is_refused_at_once(give: Callable[[object], object], given: object) -> None:
    """The connections would hang otherwise, and a plan belongs into `plan`."""
    with pytest.raises(TypeError, match=r"is no fault.*plan="):
        give(given)


async def test_a_server_that_refuses_is_a_reset(proxy: FaultProxy) -> None:
    """The proxy has already accepted the client, so it can only reset the connection."""
    async with FaultProxy("http://127.0.0.1:9", plan=RandomPlan(seed=1, share=0)) as lost:
        assert ConnectionResetError is await exchanged(lost, b"")


async def test_it_leaves_nothing_behind(echo: Echo) -> None:
    """No task is left, with connections that are open, delayed and half-open when it stops."""
    before = asyncio.all_tasks()
    async with FaultProxy(echo.url) as proxy, contextlib.AsyncExitStack() as stack:
        for faults in ((), (Latency(3600),), (HalfOpen(),)):
            proxy.next(*faults)
            _, writer = await stack.enter_async_context(connected(proxy))
            writer.write(b"abc")
        await until(lambda: echo.accepted == 3)
        await proxy.stop()
        await until(lambda: echo.ended == 3)
        left = asyncio.all_tasks() - before

    assert [] == [task for task in left if "ProxiedConnection" in repr(task)]


async def test_in_a_thread_it_obeys_other_threads(echo: Echo) -> None:
    """Faults are injected, and connections refused, when the call returns."""

    def work() -> tuple[int, int]:
        import socket

        with running_proxy(echo.url) as proxy:
            address = ("127.0.0.1", int(proxy.url.rpartition(":")[2]))
            with socket.create_connection(address) as client:
                client.sendall(b"abc")
                assert b"abc" == client.recv(3)
                proxy.inject(CloseAfter())
                assert b"" == client.recv(1)
            proxy.refuse()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address)
            proxy.listen()
            socket.create_connection(address).close()
            return proxy.bytes_up, proxy.bytes_down

    assert (3, 3) == await asyncio.to_thread(work)


@pytest.mark.parametrize("url", ["", "127.0.0.1:80", "http://", "ftp://host"])
def test_a_target_without_a_host_is_refused(url: str) -> None:
    """The error shows what was given and what is wanted."""
    with pytest.raises(ValueError, match="URL of a server"):
        FaultProxy(url)
