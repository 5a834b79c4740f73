"""Clients that send slowly, or nothing, and too many of them: none holds the server for long."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack

import aiohttp
import pytest

from tests.local.support import PausedAnswerer, Serve, User, final

SOON = 0.2  # seconds of real time: the limit that is to be met here
LONG = 3600.0


async def connected(
    user: User, sent: str = "", *, address: str = "127.0.0.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", user.server.port, local_addr=(address, 0))
    writer.write(sent.encode())
    return reader, writer


def head(user: User, path: str, length: int, kind: str = "application/json") -> str:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {user.bearer['Authorization']}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    )


async def test_a_connection_without_a_whole_head_is_closed(serve: Serve) -> None:
    """Whether it sends nothing, or goes on with the headers a byte at a time."""
    user = await serve(idle_seconds=SOON)
    silent, first = await connected(user)
    drip, second = await connected(user, "GET /health HTTP/1.1\r\nX: ")

    async def send_bytes() -> None:
        while not second.is_closing():
            second.write(b"a")
            await asyncio.sleep(SOON / 10)

    sending = asyncio.create_task(send_bytes())
    async with asyncio.timeout(20):
        assert [b"", b""] == [await silent.read(), await drip.read()]
    sending.cancel()
    first.close()
    second.close()
    assert 200 == (await user.get("/me")).status


async def test_an_idle_connection_is_closed_after_its_response(serve: Serve) -> None:
    """One that is kept alive, and not used again."""
    user = await serve(idle_seconds=SOON)
    reader, writer = await connected(user, "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    async with asyncio.timeout(20):
        assert (await reader.read()).startswith(b"HTTP/1.1 200")  # and then the end
    writer.close()


async def test_a_body_that_never_comes_is_408(serve: Serve) -> None:
    """JSON and uploads; nothing is stored, and the server goes on."""
    user = await serve(body_seconds=SOON)
    form = "multipart/form-data; boundary=b"
    part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nbegin'
    replies = list[bytes]()
    for sent in (head(user, "/chats", 100) + "{", head(user, "/files/upload", 100_000, form) + part):
        reader, writer = await connected(user, sent)
        async with asyncio.timeout(20):
            replies.append((await reader.readline()).split()[1])
        writer.close()

    assert [b"408", b"408"] == replies
    assert [] == (await user.get("/chats")).body
    assert [] == list((user.server.settings.data_dir / "files").iterdir())


async def test_a_slow_upload_is_taken(serve: Serve) -> None:
    """It takes several times the limit, with enough in each."""
    user = await serve(body_seconds=1)
    data = (
        b"--b\r\n" + b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + b"a" * 50_000 + b"\r\n--b--\r\n"
    )
    reader, writer = await connected(user, head(user, "/files/upload", len(data), "multipart/form-data; boundary=b"))
    for start in range(0, len(data), 2_000):
        writer.write(data[start : start + 2_000])
        await asyncio.sleep(0.1)
    status = (await reader.readline()).split()[1]
    writer.close()

    assert b"201" == status


async def test_more_connections_than_allowed_get_503(serve: Serve) -> None:
    """With `Retry-After`; when one is closed, there is room again."""
    user = await serve(connections=5)
    held = [await connected(user) for _ in range(4)]  # with that of the login
    reader, writer = await connected(user, "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    async with asyncio.timeout(20):
        refused = await reader.read()
    writer.close()
    assert (True, True) == (refused.startswith(b"HTTP/1.1 503"), b"Retry-After: 1" in refused)

    assert 200 == (await user.get("/me")).status
    for _, other in held:
        other.close()
        await other.wait_closed()
    async with asyncio.timeout(20):
        while True:
            async with aiohttp.ClientSession() as session, session.get(f"{user.server.url}/health") as response:
                if response.status == 200:
                    break


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a machine has one loopback address")
async def test_one_address_cannot_take_all_connections(serve: Serve) -> None:
    """It gets a 503 and another one is served; when it closes one, it may open another."""
    user = await serve(connections=20, connections_per_address=5)
    health = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    held = [await connected(user, health, address="127.0.0.2") for _ in range(5)]
    async with asyncio.timeout(20):
        assert [b"HTTP/1.1 200 OK\r\n"] * 5 == [await reader.readline() for reader, _ in held]
        for _ in range(2):
            reader, writer = await connected(user, health, address="127.0.0.2")
            refused = await reader.read()
            writer.close()
            assert (503, True) == (int(refused.split()[1]), b"Retry-After: 1\r\n" in refused)
            assert b"from this address" in refused

        reader, writer = await connected(user, health, address="127.0.0.3")
        assert b"HTTP/1.1 200 OK\r\n" == await reader.readline()
        writer.close()
        held[0][1].close()
        status = b""
        while b"200" not in status:  # the server has yet to see that it is closed
            reader, writer = await connected(user, health, address="127.0.0.2")
            status = await reader.readline()
            writer.close()
    for _, writer in held:
        writer.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a machine has one loopback address")
async def test_connections_that_come_at_once_are_counted(serve: Serve) -> None:
    """Those that are accepted together with others are not beyond the limit."""
    user = await serve(connections=50, connections_per_address=5)
    arrived = await asyncio.gather(*(connected(user, address="127.0.0.2") for _ in range(40)))

    async def is_refused(reader: asyncio.StreamReader) -> bool:
        return bool(await reader.read(1))

    waiting = [asyncio.create_task(is_refused(reader)) for reader, _ in arrived]
    async with asyncio.timeout(20):
        for count, ended in enumerate(asyncio.as_completed(waiting), start=1):
            assert await ended
            if count == 35:
                break
    assert 5 == sum(not task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    for _, writer in arrived:
        writer.close()


async def test_a_stream_outlives_all_limits_of_sending(serve: Serve, paused: PausedAnswerer) -> None:
    """Hundreds of answers whose model thinks for longer than a client may be idle."""
    user = await serve(answerer=paused, idle_seconds=SOON, body_seconds=SOON, slots=300)
    chats = [await user.chat() for _ in range(300)]
    for chat in chats:
        await user.say(chat, "Вопрос")
    async with AsyncExitStack() as stack, asyncio.timeout(60):
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        streaming = [asyncio.create_task(User(user.server, session, user.login).events(chat)) for chat in chats]
        while len(paused.questions) < len(chats):  # noqa: ASYNC110 (the answerer has no event for so many)
            await asyncio.sleep(0.01)
        await asyncio.sleep(3 * SOON)
        paused.opened.set()
        assert {"раз два"} == {final(events) for events in await asyncio.gather(*streaming)}
