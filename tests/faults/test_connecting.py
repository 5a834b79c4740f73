"""Failures of connecting, and connections that break before, during and after a request."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import (
    APIConnectionError,
    APITimeoutError,
    DeliveryUnknownError,
    NotFoundError,
    RetryPolicy,
    ServerError,
    StreamInterruptedError,
)
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.testing import (
    CloseSilently,
    FaultProxy,
    Moment,
    Reset,
    ScriptedServer,
    ServerBehavior,
    detail,
    simple_answer,
)
from aizoomdoc_client.testing.proxy import CloseAfter, ResetAfter
from tests.client_and_server import client_and_server, client_of, no_wait
from tests.faults.clock import owned_clock, rounds
from tests.faults.server_address import ServerAddress
from tests.faults.tls import certificate, tls_proxy

TEXT = "Высота этажа 3,3 м."


@attrs.define
class Waits:
    """Records the client's waits and skips them."""

    seconds: list[float] = attrs.field(factory=list[float])

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await no_wait(seconds)


def unknown_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


async def test_unreachable__refused() -> None:
    """A refused connection: three attempts with two waits, certainly not processed, then the error."""
    waits = Waits()
    server = ScriptedServer()
    async with server:
        pass
    with waiting_by(waits):
        async with client_of(server) as client:
            with pytest.raises(APIConnectionError) as caught:
                await client.authenticate()

    error = caught.value
    assert (3, False, "POST", "/auth/exchange") == (error.attempts, error.request_sent, error.method, error.path)
    assert (2, True) == (len(waits.seconds), all(0 <= seconds <= 1 for seconds in waits.seconds))


async def test_unreachable__name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names a host that does not resolve, after three attempts."""
    unknown_names(monkeypatch)
    with waiting_by(no_wait):
        async with client_of(ServerAddress("https://docs.example")) as client:
            with pytest.raises(APIConnectionError, match=r"'docs\.example' cannot be resolved") as caught:
                await client.health()

    assert (3, False) == (caught.value.attempts, caught.value.request_sent)


async def test_unreachable__between_message_and_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name stops resolving when the message is stored: three attempts at the stream, one message, no run."""
    async with ScriptedServer(ServerBehavior.CONTRACT) as server:
        here = ServerAddress(f"http://localhost:{server.port}", server.static_token)
        with waiting_by(no_wait):
            async with client_of(here) as client:
                answer = await client.send_message(await client.create_chat(), "Какая высота?")
                unknown_names(monkeypatch)
                with pytest.raises(APIConnectionError) as caught:
                    await answer.result()

        assert (3, f"/chats/{answer.message.chat_id}/stream") == (caught.value.attempts, caught.value.path)
        assert (1, 0) == (len(server.posts), len(server.model_runs))


async def test_unreachable__then_back() -> None:
    """A server that is back within the attempts causes no error."""
    async with ScriptedServer() as server, FaultProxy(server.url) as proxy:
        here = ServerAddress(proxy.url, server.static_token)

        async def wait(seconds: float) -> None:
            proxy.listen()
            await no_wait(seconds)

        with waiting_by(wait):
            async with client_of(here) as client:
                proxy.refuse()
                server.script_answer(simple_answer(TEXT))
                answer = await client.ask(await client.create_chat(), "Какая высота?")

        assert (TEXT, 1, 1) == (answer.text, len(server.posts), len(server.model_runs))


async def test_reset_before_body__dead_pooled_connection() -> None:
    """The server closed the pooled connection without announcing it: a question succeeds and is posted once."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.respond("GET", "/me", CloseSilently(detail(500, "Out of order"), at_next_request=True))
        with pytest.raises(ServerError):
            await pair.client.with_options(retry=RetryPolicy(attempts=1)).get_me()
        pair.server.script_answer(simple_answer(TEXT))
        answer = await pair.client.ask(chat, "Какая высота?")

        assert (TEXT, 1, 1) == (answer.text, len(pair.server.posts), len(pair.server.model_runs))


async def test_reset_before_body__at_once() -> None:
    """Two connections reset before the server receives anything cost a request two attempts and nothing else."""
    async with ScriptedServer() as server, FaultProxy(server.url) as proxy:
        with waiting_by(no_wait):
            async with client_of(ServerAddress(proxy.url)) as client:
                proxy.next(ResetAfter(0))
                proxy.next(ResetAfter(0))

                assert "healthy" == (await client.health()).status
        assert (3, 1) == (proxy.connections, len(server.requests))


async def test_reset_after_body__harmless() -> None:
    """Idempotent requests are sent again, without an error."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        for method, path in (("GET", "/me"), ("DELETE", "/chats/*"), ("POST", "/auth/exchange")):
            pair.server.respond(method, path, Reset(when=Moment.AFTER_PROCESSING))
        await pair.client.get_me()
        await pair.client.delete_chat(chat)
        await pair.client.authenticate()

        assert 2 == len(pair.server.requests_to("GET", "/me"))


async def test_reset_after_body__message() -> None:
    """A message whose response is lost is found in the history; a missing one is reported; neither is sent twice."""
    for moment, stored in ((Moment.AFTER_PROCESSING, 1), (Moment.AFTER_BODY, 0)):
        async with client_and_server() as pair:
            chat = await pair.chat()
            pair.server.respond("POST", "/chats/*/messages", Reset(when=moment))
            pair.server.script_answer(simple_answer(TEXT))
            question = pair.client.ask(chat, "Какая высота?")
            if stored:
                assert TEXT == (await question).text
            else:
                with pytest.raises(DeliveryUnknownError) as caught:
                    await question
                assert f"/chats/{chat.id}/messages" == caught.value.path

            assert 1 == len(pair.server.requests_to("POST", "/chats/*/messages"))
            assert stored == len(pair.server.posts) == len(pair.server.model_runs)


@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"], ids=["unknown issuer", "another name"])
async def test_tls_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An untrusted certificate is final: one connection, no wait, no byte sent in it, no unverified second attempt."""
    key, waits = certificate(tmp_path, name), Waits()
    if name != "localhost":
        monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=key))
    async with ScriptedServer() as server, tls_proxy(server.port, key) as proxy:
        with waiting_by(waits):
            async with client_of(ServerAddress(proxy.url)) as client:
                with pytest.raises(APIConnectionError, match="TLS with the server failed") as caught:
                    await client.authenticate()

        assert (True, 1) == (caught.value.fatal, caught.value.attempts)
        assert (1, b"", []) == (proxy.connections, bytes(proxy.received), waits.seconds)


async def test_tls_failure__stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If only the WebSocket rejects the certificate: one handshake, no run, and no fallback."""
    key, waits = certificate(tmp_path, "localhost"), Waits()
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=key))
    async with ScriptedServer(ServerBehavior.CONTRACT) as server, tls_proxy(server.port, key) as proxy:
        with waiting_by(waits):
            async with client_of(ServerAddress(proxy.url, server.static_token)) as client:
                answer = await client.send_message(await client.create_chat(), "Какая высота?")
                before = proxy.connections
                with pytest.raises(APIConnectionError) as caught:
                    await answer.result()

        assert (True, 1, 1) == (caught.value.fatal, caught.value.attempts, proxy.connections - before)
        assert (1, 0, []) == (len(server.posts), len(server.model_runs), waits.seconds)


async def test_accept_then_close() -> None:
    """A server that accepts and closes gets three connections with growing waits: an accepted connection is no progress."""
    async with ScriptedServer() as server, FaultProxy(server.url, CloseAfter(0)) as proxy:
        waits = Waits()
        with waiting_by(waits):
            async with client_of(ServerAddress(proxy.url)) as client:
                with pytest.raises(APIConnectionError) as caught:
                    await client.health()

        assert (3, 3, 0) == (proxy.connections, caught.value.attempts, len(server.requests))
        assert 2 == len(waits.seconds)


async def test_accept_then_close__stream() -> None:
    """If only streams are closed so, handshakes are bounded, too, and the model never runs."""
    async with ScriptedServer(ServerBehavior.CONTRACT) as server, FaultProxy(server.url) as proxy:
        with waiting_by(no_wait):
            async with client_of(ServerAddress(proxy.url, server.static_token), transport="websocket") as client:
                answer = await client.send_message(await client.create_chat(), "Какая высота?")
                before = proxy.connections
                proxy.always(CloseAfter(0))
                with pytest.raises(StreamInterruptedError):
                    await answer.result()

        assert (1, 0) == (len(server.posts), len(server.model_runs))
        assert 1 + 1 == proxy.connections - before


async def test_reset_after_body__deletion() -> None:
    """A deletion that was done although its response was lost succeeds instead of raising `NotFoundError`."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        chat = await pair.chat()
        pair.server.respond("DELETE", "/chats/*", Reset(when=Moment.AFTER_PROCESSING))
        deleted = await pair.client.delete_chat(chat)
        with pytest.raises(NotFoundError):
            await pair.client.delete_chat(chat)

        assert (chat.id, 1 + 1 + 1) == (deleted.chat_id, len(pair.server.requests_to("DELETE", "/chats/*")))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue of connections refuses them")
async def test_unreachable__silent() -> None:
    """A firewall that drops packets: three attempts of 20 s, certainly not processed; the error names the time-out."""
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filling in (first, second):  # fills the backlog of the listening socket
            filling.setblocking(False)
            filling.connect_ex(deaf.getsockname())
        here, waits = ServerAddress(f"http://127.0.0.1:{deaf.getsockname()[1]}"), Waits()
        with owned_clock() as clock, waiting_by(waits):
            async with client_of(here, timeout=60) as client:
                task = asyncio.create_task(client.authenticate())
                while not task.done():
                    clock.advance(21)
                    await rounds(50)
                with pytest.raises(APITimeoutError) as caught:
                    await task

    assert ("connect", 3, False) == (caught.value.deadline, caught.value.attempts, caught.value.request_sent)
    assert 2 == len(waits.seconds)
