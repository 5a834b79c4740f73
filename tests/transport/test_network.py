"""Settings of a network: an explicit proxy, certificates, headers and the size of the pool, over both transports alike."""

from __future__ import annotations

import asyncio
import base64
import pickle
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
import truststore

from aizoomdoc_client import (
    AIZoomDocClient,
    APIConnectionError,
    AsyncAIZoomDocClient,
    ConfigurationError,
    MemoryTokenStore,
)
from aizoomdoc_client.config import resolve_config
from aizoomdoc_client.credentials import Secret
from aizoomdoc_client.testing import ScriptedServer, ServerBehavior
from aizoomdoc_client.transport import websocket
from aizoomdoc_client.transport.http import AiohttpTransport
from aizoomdoc_client.transport.network import Network
from aizoomdoc_client.transport.websocket_library import WebSocketLibrary

from .forward_proxy import ForwardProxy
from .tls_servers import Authority, tls_server
from .websocket_servers import library

__all__ = ["library"]
pytestmark = pytest.mark.usefixtures("no_proxies", "best")
TRANSPORTS = ("websocket", "sse")


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the tests themselves has none."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def best(library: WebSocketLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients use each library."""
    monkeypatch.setattr(websocket, "best_library", lambda: library)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.new(tmp_path)


def client_of(url: str, **settings: Any) -> AsyncAIZoomDocClient:
    options: dict[str, Any] = {"token_store": MemoryTokenStore(), "static_token": "your-static-token", **settings}
    return AsyncAIZoomDocClient(url, **options)


async def ask(url: str, **settings: Any) -> str:
    async with client_of(url, **settings) as client:
        return (await client.ask(await client.create_chat("a"), "Где ВРУ?")).text


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_explicit_proxy_is_used_by_both_transports(monkeypatch: pytest.MonkeyPatch, transport: str) -> None:
    """With its credentials, whatever the environment names or excludes; its password is in no repr."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    async with ScriptedServer(behavior=ServerBehavior.CONTRACT) as server, ForwardProxy(server.port).running() as proxy:
        settings: dict[str, Any] = {"proxy": f"http://иван:пароль@127.0.0.1:{proxy.port}", "allow_insecure": True}
        async with client_of("http://server.corp.example", transport=transport, **settings) as client:
            assert (await client.ask(await client.create_chat("a"), "Где ВРУ?")).text
            assert "пароль" not in repr(client) + repr(client.config)

    credentials = base64.b64encode("иван:пароль".encode()).decode()
    assert all(f"Proxy-Authorization: Basic {credentials}" in head for head in proxy.heads)
    assert [{"websocket": "ws"}.get(transport, "sse")] == [run.transport for run in server.model_runs]


async def test_an_explicit_proxy_is_used_for_this_machine() -> None:
    """Who names a proxy for a client means it, for a server on this machine, too."""
    async with (
        ScriptedServer() as server,
        ForwardProxy(server.port).running() as proxy,
        client_of(server.url, proxy=f"127.0.0.1:{proxy.port}") as client,
    ):
        await client.get_me()
        assert ["POST"] == proxy.methods  # the login, on a connection that the next request uses, too


async def test_no_proxy_is_used_where_none_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """``proxy="none"`` reaches the server directly, though the environment names a proxy that is not there."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with ForwardProxy(1).running() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with client_of("http://192.0.2.1:8000", proxy="None", allow_insecure=True, timeout=0.3) as client:
            with pytest.raises(APIConnectionError):
                await client.get_me()

    assert [] == proxy.heads


@pytest.mark.parametrize("value", ["http://", "ftp://user:secret@proxy.example:1", "http://user:secret@proxy:port", " "])
def test_an_unusable_proxy_is_refused_without_its_password(value: str) -> None:
    """By the name of the setting."""
    with pytest.raises(ConfigurationError, match="proxy") as caught:
        client_of("https://server.example", proxy=value)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_certificates_of_an_own_authority_are_trusted(authority: Authority, transport: str) -> None:
    """By both transports with `ca_file`, and by none without it."""
    async with tls_server(authority) as (url, server):
        assert await ask(url, transport=transport, ca_file=authority.file)
        assert [{"websocket": "ws"}.get(transport, "sse")] == [run.transport for run in server.model_runs]
        with pytest.raises(APIConnectionError, match=r"(?i)certificate.verify") as caught:
            await ask(url, transport=transport)

    assert caught.value.fatal


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_certificates_of_the_system_are_trusted(
    authority: Authority, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By both transports with ``ca_file="system"``, also with a certificate of the client; no others are."""
    joined = authority.certificate("client")
    async with tls_server(authority, asks_for_certificate=True) as (url, server):
        options: dict[str, Any] = {"transport": transport, "ca_file": "system", "client_certificate": joined}
        with pytest.raises(APIConnectionError) as caught:
            await ask(url, **options)
        assert caught.value.fatal
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))  # a part of the store of a Linux system
        assert await ask(url, **options)
        assert [{"websocket": "ws"}.get(transport, "sse")] == [run.transport for run in server.model_runs]


@pytest.mark.parametrize("word", ["system", " System "])
def test_the_system_itself_checks_certificates(word: str) -> None:
    """By the package truststore, which asks macOS and Windows; in whatever way the word is written."""
    network = Network.of(resolve_config(server_url="https://server.example", ca_file=word, environ={}))

    assert isinstance(network.server_tls, truststore.SSLContext)
    assert network.server_tls is network.other_tls


def test_the_system_cannot_be_asked_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra, and no other store is trusted instead."""
    monkeypatch.setitem(sys.modules, "truststore", None)
    with pytest.raises(ConfigurationError, match=r"aizoomdoc-client\[truststore\]"):
        client_of("https://server.example", ca_file="system")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_certificate_is_shown_to_the_server(authority: Authority, transport: str) -> None:
    """With its key in the same file, or in another one; a server that asks for one refuses a client without."""
    joined = authority.certificate("client")
    given: dict[str, Any] = {"ca_file": authority.file, "transport": transport}
    async with tls_server(authority, asks_for_certificate=True) as (url, _):
        assert await ask(url, client_certificate=joined, **given)
        assert await ask(
            url, client_certificate=authority.folder / "client.pem", client_key=authority.folder / "client.key", **given
        )
        with pytest.raises(APIConnectionError):
            await ask(url, **given)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_certificates_hold_through_a_proxy(authority: Authority, transport: str) -> None:
    """TLS is with the server, through a tunnel: its certificate is checked, and the client's own is shown."""
    joined = authority.certificate("client")
    async with (
        tls_server(authority, asks_for_certificate=True) as (url, _),
        ForwardProxy(int(url.rpartition(":")[2])).running() as proxy,
    ):
        options: dict[str, Any] = {"ca_file": authority.file, "client_certificate": joined, "transport": transport}
        assert await ask("https://localhost", proxy=f"user:word@127.0.0.1:{proxy.port}", **options)

    assert {"CONNECT"} == set(proxy.methods)


def test_unusable_certificates_are_refused_at_once(authority: Authority, tmp_path: Path) -> None:
    """When the client is made, by the file's name: not there, no certificates, a key of another certificate, a key alone."""
    joined = authority.certificate("client")
    authority.certificate("other")
    (tmp_path / "text.pem").write_text("no certificate")
    wrong: list[dict[str, Any]] = [
        {"ca_file": tmp_path / "missing.pem"},
        {"ca_file": tmp_path / "text.pem"},
        {"client_certificate": tmp_path / "missing.pem"},
        {"client_certificate": authority.file},
        {"client_certificate": joined, "client_key": tmp_path / "other.key"},
        {"client_key": tmp_path / "client.key"},
        {"ca_file": ""},
    ]
    for settings in wrong:
        with pytest.raises(ConfigurationError, match=r"ca_file|client certificate|client_key"):
            client_of("https://server.example", **settings)


def test_an_encrypted_key_is_refused_without_a_prompt(authority: Authority, tmp_path: Path) -> None:
    """OpenSSL would ask for its password at the terminal."""
    from cryptography.hazmat.primitives import serialization

    authority.certificate("client")
    key = serialization.load_pem_private_key((tmp_path / "client.key").read_bytes(), None)
    encryption = serialization.BestAvailableEncryption(b"word")
    (tmp_path / "encrypted.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    )

    with pytest.raises(ConfigurationError, match=r"encrypted\.key.*encrypted"):
        client_of("https://server.example", client_certificate=tmp_path / "client.pem", client_key=tmp_path / "encrypted.key")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_headers_go_with_each_request(transport: str) -> None:
    """Over both transports, the login included, a ``User-Agent`` instead of the usual one; none of them is in a repr."""
    async with ScriptedServer(behavior=ServerBehavior.CONTRACT) as server:
        headers = {"X-Team": "docs", "X-Api-Key": "canary", "User-Agent": "backend/1"}
        async with client_of(server.url, headers=headers, transport=transport) as client:
            await client.ask(await client.create_chat("a"), "Где ВРУ?")
            assert "canary" not in repr(client) + repr(client.config)

        sent = [{name: request.headers.get(name) for name in headers} for request in server.requests]
        assert [headers] * len(sent) == sent
        assert len(sent) >= 4


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer canary"},
        {"content-length": "1"},
        {"Sec-WebSocket-Key": "canary"},
        {"Host": "canary"},
        {"X-A": "canary\r\nX-B: 1"},
        {"X A": "canary"},
        {"X-A": "канарейка"},
        {"X-A": "canary", "x-a": "canary"},
        {"X-A": 1},
        "X-A: canary",
        5,
    ],
)
def test_headers_that_would_change_a_request_are_refused(headers: Any) -> None:
    """Those that the client sets, and what no header can carry; the error does not show a value."""
    with pytest.raises(ConfigurationError) as caught:
        client_of("https://server.example", headers=headers)

    assert "canary" not in str(caught.value)


async def test_the_pool_has_the_wanted_size() -> None:
    """No more than `max_connections` requests are under way at once in an event loop."""
    async with ScriptedServer() as server, client_of(server.url, max_connections=2) as client:
        await client.authenticate()
        await asyncio.gather(*(client.get_me() for _ in range(20)))
        session = client._parts.connections.streams._sessions
        assert session.existing is None
        connector: Any = client._parts.connections.http._sessions.existing.connector  # type: ignore[attr-defined]
        assert 2 == connector.limit


def test_every_setting_has_its_variable_and_its_line(tmp_path: Path) -> None:
    """Headers one a line in a variable, as a table in the profile file; paths with ``~`` are of the user's folder."""
    (tmp_path / "config.toml").write_text(
        '[default]\nproxy = "p:1"\nca_file = "/ca"\nclient_certificate = "/cert"\nclient_key = "/key"\nmax_connections = 7\n'
        'headers = { X-Team = "docs" }\n'
    )
    folder = {"AIZOOMDOC_CONFIG_DIR": str(tmp_path), "AIZOOMDOC_SERVER": "https://server.example"}
    saved = resolve_config(environ=folder)
    variables = {
        "AIZOOMDOC_PROXY": "q:2",
        "AIZOOMDOC_CA_FILE": "/ca2",
        "AIZOOMDOC_CLIENT_CERTIFICATE": "/cert2",
        "AIZOOMDOC_CLIENT_KEY": "/key2",
        "AIZOOMDOC_MAX_CONNECTIONS": "8",
        "AIZOOMDOC_HEADERS": "X-A: 1\n X-B :2: 3\n\n",
    }
    found = resolve_config(environ=folder | variables)

    def network(config: Any) -> tuple[Any, ...]:
        return (
            config.proxy,
            config.ca_file,
            config.client_certificate,
            config.client_key,
            config.max_connections,
            dict(config.headers),
        )

    assert ("p:1", "/ca", "/cert", "/key", 7, {"X-Team": "docs"}) == network(saved)
    assert ("q:2", "/ca2", "/cert2", "/key2", 8, {"X-A": "1", "X-B": "2: 3"}) == network(found)
    assert str(Path.home() / "ca.pem") == resolve_config(environ=folder, ca_file="~/ca.pem").ca_file
    for name, value in {"HEADERS": "canary", "MAX_CONNECTIONS": "many"}.items():
        with pytest.raises(ConfigurationError, match=f"AIZOOMDOC_{name}"):
            resolve_config(environ=folder | {f"AIZOOMDOC_{name}": value})


def test_a_copy_has_the_settings_of_the_network(authority: Authority) -> None:
    """A pickled client, and a sync one, reach the server in the same way."""
    options: dict[str, Any] = {"ca_file": authority.file, "proxy": "127.0.0.1:1", "headers": {"X-A": "1"}}
    for client in (client_of("https://server.example", **options), AIZoomDocClient("https://server.example", **options)):
        copy = pickle.loads(pickle.dumps(client))

        assert (client.config.proxy, client.config.headers, client.config.ca_file) == (
            copy.config.proxy,
            copy.config.headers,
            copy.config.ca_file,
        )


async def test_other_hosts_are_shown_no_headers() -> None:
    """A download from another host than the server has neither its headers nor its token, but the user's ``User-Agent``."""
    heads = list[str]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        network = Network(headers={"X-Api-Key": "canary", "User-Agent": "backend/1"})
        http = AiohttpTransport(url, "tests", network=network)
        for token in (None, Secret("static-token")):
            download = await http.download(f"{url}/file", token=token, timeout=5)
            assert b"ok" == b"".join([chunk async for chunk in download.chunks()])
            await download.close()
        await http.close()

    assert [False, True] == ["canary" in head for head in heads]
    assert all("User-Agent: backend/1" in head for head in heads)


def test_the_certificate_is_for_the_server_alone(authority: Authority) -> None:
    """Other hosts are spoken to in a context without it, which trusts the same authorities."""
    config = resolve_config(
        server_url="https://server.example",
        ca_file=authority.file,
        client_certificate=authority.certificate("client"),
        environ={},
    )
    network = Network.of(config)

    assert network.server_tls is not network.other_tls
    assert network.server_tls is not None
    assert network.other_tls is not None
    assert network.server_tls.get_ca_certs() == network.other_tls.get_ca_certs() != []
    assert "canary" not in repr(attrs.evolve(network, headers={"X": "canary"}))
