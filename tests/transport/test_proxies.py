"""Both transports reach a server through the proxy that the environment names for its URL, or directly."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import (
    APIConnectionError,
    APITimeoutError,
    AsyncAIZoomDocClient,
    ConfigurationError,
    MemoryTokenStore,
)
from aizoomdoc_client.protocol import requests
from aizoomdoc_client.testing import ScriptedServer, ServerBehavior
from aizoomdoc_client.transport import websocket
from aizoomdoc_client.transport.http import AiohttpTransport
from aizoomdoc_client.transport.proxies import Proxy, proxy_for
from aizoomdoc_client.transport.websocket_library import WebSocketLibrary
from tests.faults.tls import certificate, tls_proxy

from .forward_proxy import ForwardProxy
from .websocket_servers import REQUEST, TOKEN, library

__all__ = ["library"]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the tests themselves has none."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def found(url: str = "https://server.example") -> str:
    """The proxy of a URL with its credentials."""
    proxy = proxy_for(url)
    return proxy.url() if proxy else ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("user:word@proxy.example:3128", "http://user:word@proxy.example:3128"),
        ("http://proxy.example", "http://proxy.example:80"),
        ("https://proxy.example/", "https://proxy.example:443"),
        (" http://Proxy.Example:3128 ", "http://proxy.example:3128"),
        ("http://[fd00::1]:3128", "http://[fd00::1]:3128"),
        ("http://user@proxy.example:1", "http://user:@proxy.example:1"),
        (
            "http://иван:пароль@proxy.example:1",
            "http://%D0%B8%D0%B2%D0%B0%D0%BD:%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C@proxy.example:1",
        ),
        ("http://a%40b:c%3Ad@proxy.example:1", "http://a%40b:c%3Ad@proxy.example:1"),
        ("http://прокси.рф:3128", f"http://{'прокси.рф'.encode('idna').decode()}:3128"),
        ("", ""),
    ],
)
def test_a_proxy_is_named_in_many_ways(monkeypatch: pytest.MonkeyPatch, value: str, expected: str) -> None:
    """With a scheme or without, with credentials in any characters, an address in brackets, a name in any script."""
    monkeypatch.setenv("HTTPS_PROXY", value)

    assert expected == found()


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize(
    "value", ["http://", "http://a b:1", "http://user:secret@proxy:port", "ftp://proxy:1", "http://proxy:0", "//"]
)
def test_what_is_no_proxy_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The error names the variable, and not its value, which may have a password."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as caught:
        AsyncAIZoomDocClient("https://server.example", "static", token_store=MemoryTokenStore())

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "socks"])
def test_a_socks_proxy_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    """SOCKS is not supported by either transport; a server that needs no proxy is not affected."""
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://user:secret@127.0.0.1:1080")
    with pytest.raises(ConfigurationError, match="ALL_PROXY names a SOCKS proxy"):
        AsyncAIZoomDocClient("https://server.example", "static", token_store=MemoryTokenStore())
    AsyncAIZoomDocClient("http://127.0.0.1:1", "static", token_store=MemoryTokenStore())
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")

    assert "http://proxy.example:1" == found()


EXCLUDED = [
    ("server.example", "server.example"),
    ("other, server.example", "server.example"),
    ("other server.example", "server.example"),
    ("SERVER.example.", "server.example"),
    (".corp.example", "a.corp.example"),
    ("corp.example", "a.b.corp.example"),
    ("*.corp.example", "a.corp.example"),
    ("*", "server.example"),
    ("server.example:8443", "server.example:8443"),
    ("server.example:443", "server.example"),
    ("10.0.0.0/8", "10.1.2.3"),
    ("10.1.2.3", "10.1.2.3:8443"),
    ("10.1.2.3:8443", "10.1.2.3:8443"),
    ("192.168.1.5/24", "192.168.1.77"),
    ("fd00::/8", "[fd00::1]"),
    ("[fd00::1]", "[fd00::1]"),
    ("fd00::1", "[fd00:0::1]:8443"),
    ("[fd00::1]:8443", "[fd00::1]:8443"),
    ("сервер.рф", "сервер.рф"),
    ("сервер.рф".encode("idna").decode(), "сервер.рф"),
]
NOT_EXCLUDED = [
    ("server.example:8443", "server.example"),
    ("erver.example", "server.example"),
    ("server.example.com", "server.example"),
    ("10.0.0.0/8", "11.1.2.3"),
    ("10.1.2.3:8443", "10.1.2.3"),
    ("[fd00::1]:8443", "[fd00::1]"),
    ("10.0.0.0/8", "[fd00::1]"),
    ("10.0.0.0/8", "server.example"),
    (",", "server.example"),
    (".", "server.example"),
    ("", "server.example"),
]


@pytest.mark.parametrize(("entries", "server"), EXCLUDED)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_excluded_servers_are_reached_directly(monkeypatch: pytest.MonkeyPatch, name: str, entries: str, server: str) -> None:
    """By name, with or without a port, by a domain in any spelling, by an address or a network."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv(name, entries)

    assert "" == found(f"https://{server}")


@pytest.mark.parametrize(("entries", "server"), NOT_EXCLUDED)
def test_other_servers_are_not_excluded(monkeypatch: pytest.MonkeyPatch, entries: str, server: str) -> None:
    """Another port, a part of a name, another network."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", entries)

    assert "http://proxy.example:3128" == found(f"https://{server}")


def test_each_scheme_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A WebSocket uses the proxy of its http URL; ``ALL_PROXY`` is for both; this machine is reached directly."""
    monkeypatch.setenv("HTTP_PROXY", "http://one:1")
    monkeypatch.setenv("ALL_PROXY", "http://two:2")
    urls = [
        "http://a.example",
        "ws://a.example",
        "https://a.example",
        "wss://a.example",
        "http://127.0.0.2:80",
        "https://localhost",
    ]

    assert ["http://one:1"] * 2 + ["http://two:2"] * 2 + [""] * 2 == [found(url) for url in urls]


def test_a_repr_has_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither has the address without them."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy.example:1")
    proxy = proxy_for("https://server.example")

    assert isinstance(proxy, Proxy)
    assert "secret" not in repr(proxy) + proxy.address


@pytest.fixture
def best(library: WebSocketLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients use this library."""
    monkeypatch.setattr(websocket, "best_library", lambda: library)


@asynccontextmanager
async def behind_proxy(
    monkeypatch: pytest.MonkeyPatch, *, connects: bool | None = True, user: str = "", **settings: Any
) -> AsyncIterator[tuple[AsyncAIZoomDocClient, ScriptedServer, ForwardProxy]]:
    """A client of a server that only the proxy can reach."""
    async with ScriptedServer(behavior=ServerBehavior.CONTRACT) as server, ForwardProxy(server.port, connects).running() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"{user}127.0.0.1:{proxy.port}")
        options: dict[str, Any] = {"token_store": MemoryTokenStore(), "allow_insecure": True, **settings}
        async with AsyncAIZoomDocClient("http://server.corp.example", server.static_token, **options) as client:
            yield client, server, proxy


@pytest.mark.usefixtures("best")
async def test_both_transports_use_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests and the WebSocket go through it, with the same credentials, a Cyrillic password in UTF-8."""
    async with behind_proxy(monkeypatch, user="иван:пароль@") as (client, server, proxy):
        answer = await client.ask(await client.create_chat("a"), "Где ВРУ?")

        assert str(answer)
        assert ["ws"] == [run.transport for run in server.model_runs]
        credentials = base64.b64encode("иван:пароль".encode()).decode()
        assert all(f"Proxy-Authorization: Basic {credentials}" in head for head in proxy.heads)
        assert {"POST", "CONNECT"} <= set(proxy.methods)


@pytest.mark.usefixtures("best")
async def test_both_transports_use_tunnels_for_https(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """TLS is with the server, whose name is resolved by the proxy; it gets none of the proxy's credentials."""
    key = certificate(tmp_path, "server.corp.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(key))
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=key))  # made at import
    async with (
        ScriptedServer(behavior=ServerBehavior.CONTRACT) as server,
        tls_proxy(server.port, key) as tls,
        ForwardProxy(int(tls.url.rpartition(":")[2])).running() as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{proxy.port}")
        for transport in ("websocket", "sse"):
            options: dict[str, Any] = {"token_store": MemoryTokenStore(), "transport": transport}
            async with AsyncAIZoomDocClient("https://server.corp.example", server.static_token, **options) as client:
                assert str(await client.ask(await client.create_chat("a"), "Где ВРУ?"))

        assert ["ws", "sse"] == [run.transport for run in server.model_runs]
        assert {"CONNECT"} == set(proxy.methods)
        assert all("Proxy-Authorization: Basic" in head for head in proxy.heads)
        assert not any("Proxy-Authorization" in request.headers for request in server.requests)


@pytest.mark.usefixtures("best")
async def test_a_proxy_that_forbids_tunnels_leads_to_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has not received the handshake, and server-sent events need no tunnel; that is remembered."""
    async with behind_proxy(monkeypatch, connects=False) as (client, server, proxy):
        for _ in range(2):
            assert str(await client.ask(await client.create_chat("a"), "Где ВРУ?"))

        assert ["sse", "sse"] == [run.transport for run in server.model_runs]
        assert 1 == proxy.methods.count("CONNECT")


@pytest.mark.usefixtures("best")
async def test_without_a_fallback_the_error_names_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """``transport="websocket"``: an error of this package, at once."""
    async with behind_proxy(monkeypatch, connects=False, transport="websocket") as (client, server, proxy):
        with pytest.raises(APIConnectionError, match=r"The proxy does not connect to the server.*403") as caught:
            await client.ask(await client.create_chat("a"), "Где ВРУ?")

        assert (True, False) == (caught.value.fatal, caught.value.request_sent)
        assert (1, []) == (proxy.methods.count("CONNECT"), server.model_runs)


async def test_https_through_a_proxy_that_forbids_tunnels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests fail with the same error."""
    async with ForwardProxy(1, connects=False).running() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with AsyncAIZoomDocClient("https://server.corp.example", "static", token_store=MemoryTokenStore()) as client:
            with pytest.raises(APIConnectionError, match="The proxy does not connect to the server: HTTP 403"):
                await client.get_me()

    assert ["CONNECT"] == proxy.methods


async def test_credentials_of_a_proxy_stay_out_of_the_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a tunnel the server would get them: only the request for the tunnel has the header."""
    heard = asyncio.get_running_loop().create_future()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not heard.done():
            heard.set_result(await reader.read(3))
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with server, ForwardProxy(server.sockets[0].getsockname()[1]).running() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{proxy.port}")
        async with AsyncAIZoomDocClient("https://server.corp.example", "static", token_store=MemoryTokenStore()) as client:
            with pytest.raises(APIConnectionError):
                await client.get_me()

    assert all("Proxy-Authorization: Basic" in head for head in proxy.heads)
    assert b"\x16\x03" == (await heard)[:2]  # TLS from the first byte on


async def test_an_excluded_server_gets_the_token_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the proxy may not see does not reach it."""
    async with ForwardProxy(1).running() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "192.0.2.0/24")
        options: dict[str, Any] = {"timeout": 0.3, "allow_insecure": True, "token_store": MemoryTokenStore()}
        async with AsyncAIZoomDocClient("http://192.0.2.1:8000", "static", **options) as client:
            with pytest.raises(APIConnectionError):
                await client.get_me()

    assert [] == proxy.heads


@pytest.mark.parametrize(("status", "fatal"), [(403, True), (407, True), (502, False), (503, False)])
async def test_a_proxy_may_fail_for_a_while(
    library: WebSocketLibrary, monkeypatch: pytest.MonkeyPatch, status: int, fatal: bool
) -> None:
    """A refusal is final, a failure is not: both transports try again after one."""
    async with ForwardProxy(1, connects=False, status=status).running() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        transport = websocket.WebSocketTransport("http://server.corp.example", "tests", max_frame_bytes=1000, library=library)
        with pytest.raises(APIConnectionError, match=str(status)) as over_websocket:
            await transport.open(REQUEST, token=TOKEN, connect_timeout=5)
        http = AiohttpTransport("https://server.corp.example", "tests")
        with pytest.raises(APIConnectionError, match=str(status)) as over_http:
            await http.send(requests.health(), token=None, timeout=5)
        await http.close()

    assert [fatal] * 2 == [caught.value.fatal for caught in (over_websocket, over_http)]


async def test_a_proxy_without_a_response_to_a_tunnel(library: WebSocketLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """The handshake times out."""
    async with ForwardProxy(1, connects=None).running() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        transport = websocket.WebSocketTransport("http://server.corp.example", "tests", max_frame_bytes=1000, library=library)
        with pytest.raises(APITimeoutError) as caught:
            await transport.open(REQUEST, token=TOKEN, connect_timeout=0.2)

    assert "connect" == caught.value.deadline
