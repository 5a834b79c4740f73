"""A user's own session of aiohttp: its way to the network is used, and nothing else of it."""

from __future__ import annotations

import asyncio
import copy
import pickle
import socket
import ssl
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from aizoomdoc_client import (
    AIZoomDocClient,
    APIConnectionError,
    APIError,
    AsyncAIZoomDocClient,
    ConfigurationError,
    MemoryTokenStore,
    NotFoundError,
    RetryPolicy,
)
from aizoomdoc_client.testing import (
    Deltas,
    Reset,
    ScriptedServer,
    ServerBehavior,
    SyncPoint,
    Wait,
    final,
    html_page,
    running_server,
)
from aizoomdoc_client.transport.own_session import OwnSession
from aizoomdoc_client.transport.websocket import WebSocketTransport
from tests.client_and_server import client_and_server, client_of

from .forward_proxy import ForwardProxy
from .tls_servers import Authority, tls_server
from .websocket_servers import REQUEST, TOKEN

TRANSPORTS = {"websocket": "ws", "sse": "sse"}
NOBODY = "6f1c1a52-0000-4000-8000-00000000dead"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the tests themselves has none."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def ask(client: AsyncAIZoomDocClient) -> str:
    return (await client.ask(await client.create_chat("a"), "Где ВРУ?")).text


def counting(paths: Counter[str]) -> aiohttp.TraceConfig:
    """A trace that counts the requests that a session begins."""
    trace = aiohttp.TraceConfig()

    async def count(_session: Any, _context: Any, started: aiohttp.TraceRequestStartParams) -> None:
        paths[started.url.path] += 1

    trace.on_request_start.append(count)
    return trace


class OneAddress(AbstractResolver):
    """Every name is this machine."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        del family
        known: dict[str, Any] = {"hostname": host, "host": "127.0.0.1", "port": port, "family": socket.AF_INET}
        return [ResolveResult(**known, proto=0, flags=0)]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_all_requests_go_through_it_and_it_stays_open(transport: Any) -> None:
    """Its connector finds the server, for the stream, too; its trace sees each request; its owner closes it."""
    seen = Counter[str]()
    async with (
        ScriptedServer(behavior=ServerBehavior.CONTRACT) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=OneAddress()), trace_configs=[counting(seen)]) as session,
    ):
        url = f"http://server.corp.example:{server.port}"
        options: dict[str, Any] = {"allow_insecure": True, "token_store": MemoryTokenStore(), "transport": transport}
        async with AsyncAIZoomDocClient(url, server.static_token, http_session=session, **options) as client:
            assert await ask(client)
            assert await ask(client.with_options(timeout=5))
        assert await ask(client)  # a closed client can be used again
        await client.close()

        assert [TRANSPORTS[transport]] * 3 == [run.transport for run in server.model_runs]
        assert Counter(request.path for request in server.requests if request.method != "WS") == seen
        assert not session.closed
        async with session.get(f"{url}/health") as response:
            assert 200 == response.status


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_stream_gives_its_connection_back(transport: Any) -> None:
    """A connector that allows one connection at a time serves one question after the other, broken streams in between too."""
    connector = aiohttp.TCPConnector(limit=1)
    async with (
        asyncio.timeout(15),  # closing would wait for a connection that the connector still counts
        aiohttp.ClientSession(connector=connector) as session,
        client_and_server(
            ServerBehavior.CONTRACT, transport=transport, http_session=session, retry=RetryPolicy(attempts=1, max_reruns=0)
        ) as pair,
    ):
        assert await ask(pair.client)
        pair.server.respond("WS" if transport == "websocket" else "GET", "/chats/*/stream", Reset(), html_page(502))
        for _ in range(2):
            with pytest.raises(APIError):
                await ask(pair.client)
        assert await ask(pair.client)
        await pair.client.close()


@pytest.mark.parametrize("reads", [0, 3], ids=["before a read", "during a read"])
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_owner_of_a_session_may_close_it_while_an_answer_streams(transport: Any, reads: int) -> None:
    """Closing does not wait for the answer, which ends with an error."""
    held = SyncPoint()
    retry = RetryPolicy(attempts=1, max_reruns=0)
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.script_answer([Deltas(["Высота"]), Wait(held), final("Высота 3,3 м.")])
        async with aiohttp.ClientSession() as session:
            client = client_of(pair.server, http_session=session, transport=transport, retry=retry)
            answer = client.send_message(await client.create_chat("a"), "Где ВРУ?")
            events = aiter(answer)
            while not answer.text:
                await anext(events)
            following = asyncio.ensure_future(anext(events))
            for _ in range(reads):
                await asyncio.sleep(0)
            async with asyncio.timeout(5):
                await session.close()
        async with asyncio.timeout(5):
            with pytest.raises((APIError, ConfigurationError)):
                await following
        held.set()
        await client.close()


async def test_the_owner_of_a_session_may_close_it_during_an_upload(tmp_path: Path) -> None:
    """The error says so, and not that the file is too large, as for a server that closes its connection within one."""
    file = tmp_path / "plan.pdf"
    file.write_bytes(bytes(40_000_000))
    sending = asyncio.Event()

    def progress(_sent: int, _total: int | None) -> None:
        sending.set()

    async with (
        ScriptedServer(behavior=ServerBehavior.CONTRACT) as server,
        aiohttp.ClientSession() as session,
        client_of(server, http_session=session) as client,
    ):
        await client.get_me()
        upload = asyncio.ensure_future(client.upload_file(file, progress=progress))
        await sending.wait()
        await session.close()
        async with asyncio.timeout(10):
            with pytest.raises(ConfigurationError, match="is closed"):
                await upload


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_tunnel_of_its_proxy_is_used(transport: Any, tmp_path: Path) -> None:
    """By requests and the stream; the login of the proxy stays with it."""
    authority = Authority.new(tmp_path)
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=authority.file))
    async with tls_server(authority) as (url, server), ForwardProxy(int(url.rpartition(":")[2])).running() as proxy:
        async with aiohttp.ClientSession(connector=connector, proxy=f"http://user:word@127.0.0.1:{proxy.port}") as session:
            options: dict[str, Any] = {"token_store": MemoryTokenStore(), "http_session": session, "transport": transport}
            async with AsyncAIZoomDocClient("https://localhost", server.static_token, **options) as client:
                assert await ask(client)
        assert [TRANSPORTS[transport]] == [run.transport for run in server.model_runs]
        assert {"CONNECT"} == set(proxy.methods)
        assert len(proxy.heads) == sum("Proxy-Authorization: Basic" in head for head in proxy.heads)
        assert not any("roxy" in name for request in server.requests for name in request.headers)


async def test_a_stream_through_a_proxy_to_plain_http_is_one_of_events() -> None:
    """Aiohttp has no tunnel there, and a WebSocket needs one."""
    async with ScriptedServer(behavior=ServerBehavior.CONTRACT) as server, ForwardProxy(server.port).running() as proxy:
        async with aiohttp.ClientSession(proxy=f"http://127.0.0.1:{proxy.port}") as session:
            options: dict[str, Any] = {"token_store": MemoryTokenStore(), "http_session": session, "allow_insecure": True}
            async with AsyncAIZoomDocClient("http://server.corp.example", server.static_token, **options) as client:
                assert await ask(client)
        assert ["sse"] == [run.transport for run in server.model_runs]


@pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning:tests")
async def test_what_it_would_add_or_decide_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers, a login, cookies, time-outs, a base URL, errors for statuses, bodies left compressed: the client's ways hold."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login canary password canary\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    async def refuse(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        raise AssertionError

    def no_json(_value: Any) -> str:
        raise AssertionError

    jar = aiohttp.CookieJar(unsafe=True)
    jar.update_cookies({"session": "canary"})
    async with (
        ScriptedServer(behavior=ServerBehavior.CONTRACT) as server,
        aiohttp.ClientSession(
            "http://elsewhere.example/",
            headers={"Authorization": "Bearer canary", "Accept": "text/canary", "X-Canary": "1", "Content-Type": "text/canary"},
            auth=aiohttp.BasicAuth("canary", "canary"),
            cookie_jar=jar,
            timeout=aiohttp.ClientTimeout(total=1e-6, sock_read=1e-6),
            raise_for_status=True,
            json_serialize=no_json,
            auto_decompress=False,
            trust_env=True,
            middlewares=[refuse],
            max_field_size=1,
            read_bufsize=1,
        ) as session,
        client_of(server, http_session=session) as client,
    ):
        assert await ask(client)
        with pytest.raises(NotFoundError):
            await client.get_chat(NOBODY)

        assert not any("canary" in value.lower() for request in server.requests for value in request.headers.values())
        assert not any("X-Canary" in request.headers for request in server.requests)


async def test_errors_of_statuses_are_those_of_the_client() -> None:
    """A session that raises for each status changes neither the error nor the renewal of a token."""
    async with (
        ScriptedServer(behavior=ServerBehavior.CONTRACT) as server,
        aiohttp.ClientSession(raise_for_status=True) as session,
        client_of(server, http_session=session) as client,
    ):
        await client.get_me()
        server.expire_tokens()
        assert "user-1" == (await client.get_me()).user.username


@pytest.mark.parametrize("reaction", [Reset(), Reset(reset=False)])
async def test_a_stream_takes_no_pooled_connection_and_is_asked_for_once(reaction: Any) -> None:
    """A pooled connection may be stale, and aiohttp would ask again by itself: another run of the model."""
    async with (
        aiohttp.ClientSession() as session,
        client_and_server(
            ServerBehavior.CONTRACT, transport="sse", http_session=session, retry=RetryPolicy(max_reruns=0)
        ) as pair,
    ):
        assert await ask(pair.client)
        assert await ask(pair.client)
        streams = [request.connection for request in pair.server.requests_to("GET", "/chats/*/stream")]
        others = [request.connection for request in pair.server.requests if not request.path.endswith("/stream")]
        assert (2, 1) == (len(set(streams)), len(set(others)))
        assert not set(streams) & set(others)

        pair.server.respond("GET", "/chats/*/stream", *[reaction] * 5)
        with pytest.raises(APIError):
            await ask(pair.client)
        assert 3 == len(pair.server.requests_to("GET", "/chats/*/stream"))


@pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning:tests")
async def test_the_proxy_of_a_session_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy that it names, and the environment's only where it trusts that, as the session's other requests do."""
    async with ScriptedServer(behavior=ServerBehavior.CONTRACT) as server, ForwardProxy(server.port).running() as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        options: dict[str, Any] = {"token_store": MemoryTokenStore(), "allow_insecure": True}

        async def heads_of(url: str, **session_options: Any) -> int:
            before = len(proxy.heads)
            async with (
                aiohttp.ClientSession(**session_options) as session,
                AsyncAIZoomDocClient(url, server.static_token, http_session=session, **options) as client,
            ):
                await client.get_me()
            return len(proxy.heads) - before

        credentials = aiohttp.BasicAuth("user", "word")
        assert await heads_of("http://server.corp.example", proxy=address, proxy_auth=credentials)
        assert f"Proxy-Authorization: {credentials.encode()}" in proxy.heads[-1]
        monkeypatch.setenv("HTTP_PROXY", address)
        assert await heads_of("http://server.corp.example", trust_env=True)
        connector = aiohttp.TCPConnector(resolver=OneAddress())
        assert 0 == await heads_of(f"http://server.corp.example:{server.port}", connector=connector)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_the_connector_of_a_session_decides_whom_to_trust(transport: Any, tmp_path: Path) -> None:
    """Its TLS context is used for requests and the stream."""
    authority = Authority.new(tmp_path)
    trusting = ssl.create_default_context(cafile=authority.file)
    async with tls_server(authority) as (url, server):
        options: dict[str, Any] = {"token_store": MemoryTokenStore(), "transport": transport}
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as session,
            AsyncAIZoomDocClient(url, server.static_token, http_session=session, **options) as client,
        ):
            assert await ask(client)
            chat = await client.create_chat("b")
        async with aiohttp.ClientSession() as session:
            client = AsyncAIZoomDocClient(url, server.static_token, http_session=session, **options)
            with pytest.raises(APIConnectionError) as caught:
                await client.ask(chat, "Где ВРУ?")
        assert caught.value.fatal
        assert [TRANSPORTS[transport]] == [run.transport for run in server.model_runs]


async def test_a_websocket_to_whom_it_does_not_trust_is_a_fatal_error(tmp_path: Path) -> None:
    """As over the client's own connections: nothing is sent, and nothing is tried again."""
    authority = Authority.new(tmp_path)
    async with tls_server(authority) as (url, _), aiohttp.ClientSession() as session:
        websocket = WebSocketTransport(url, "tests", max_frame_bytes=1000, own=OwnSession(session))
        with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            await websocket.open(REQUEST, token=TOKEN, connect_timeout=5)

    assert (True, False) == (caught.value.fatal, caught.value.request_sent)


async def test_a_closed_session_is_refused() -> None:
    """When the client is made, or with the next call."""
    async with ScriptedServer() as server:
        async with aiohttp.ClientSession() as session:
            client = client_of(server, http_session=session)
            await client.get_me()
        with pytest.raises(ConfigurationError, match="is closed"):
            await client.get_me()
        with pytest.raises(ConfigurationError, match="is closed"):
            await ask(client)
        with pytest.raises(ConfigurationError, match="is closed"):
            client_of(server, http_session=session)
        await client.close()


def test_a_session_of_another_loop_is_refused() -> None:
    """Of an event loop that has ended, of another thread's, and in the sync client, which says what to pass instead."""
    with running_server() as server:

        async def make() -> aiohttp.ClientSession:
            return aiohttp.ClientSession()

        with asyncio.Runner() as runner:
            session = runner.run(make())
            client = client_of(server, http_session=session)
            with pytest.raises(ConfigurationError, match="another event loop: pass a function"):
                asyncio.run(client.get_me())
            with (
                AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore(), http_session=session) as sync,
                pytest.raises(ConfigurationError, match="sync client"),
            ):
                sync.get_me()
            runner.run(session.close())
        with pytest.raises(ConfigurationError, match="is closed"):
            asyncio.run(client.get_me())


def test_a_function_makes_a_session_for_each_loop() -> None:
    """It is called within the loop; what it made is closed when the loop ends, or with the client."""
    made = list[aiohttp.ClientSession]()

    def make() -> aiohttp.ClientSession:
        asyncio.get_running_loop()
        made.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=3)))
        return made[-1]

    with running_server(ServerBehavior.CONTRACT) as server:
        client = client_of(server, http_session=make)
        assert [] == made
        assert asyncio.run(ask(client))
        assert asyncio.run(ask(client))
        assert [True, True] == [session.closed for session in made]

        with AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore(), http_session=make) as sync:
            assert sync.ask(sync.create_chat(), "Где ВРУ?").text
            assert not made[-1].closed
        assert [True] * 3 == [session.closed for session in made]


async def test_an_error_of_the_function_is_raised_as_it_is() -> None:
    """It is the program's own, and nothing is sent again for it."""
    calls = list[int]()

    def fail() -> aiohttp.ClientSession:
        calls.append(1)
        raise ValueError("no such thing")

    async with ScriptedServer() as server, client_of(server, http_session=fail) as client:
        with pytest.raises(ValueError, match="no such thing"):
            await client.get_me()
    assert [1] == calls


@pytest.mark.parametrize("wrong", ["session", 5, object()])
async def test_what_is_no_session_is_refused(wrong: Any) -> None:
    """Given, or made by a function."""
    async with ScriptedServer() as server:
        with pytest.raises(ConfigurationError, match="must be an aiohttp"):
            client_of(server, http_session=wrong)
        async with client_of(server, http_session=lambda: wrong) as client:
            with pytest.raises(ConfigurationError, match="must be an aiohttp"):
                await client.get_me()


async def test_settings_that_it_decides_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As arguments; as for every setting, the argument goes before what the environment says."""
    monkeypatch.setenv("AIZOOMDOC_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("AIZOOMDOC_CA_FILE", "/missing.pem")
    async with ScriptedServer(behavior=ServerBehavior.CONTRACT) as server, aiohttp.ClientSession() as session:
        decided: dict[str, Any] = {
            "proxy": "none",
            "ca_file": "/ca.pem",
            "client_certificate": "/c.pem",
            "client_key": "/k.pem",
            "max_connections": 256,
        }
        for name, value in decided.items():
            with pytest.raises(ConfigurationError, match=name):
                client_of(server, http_session=session, **{name: value})
        async with client_of(server, http_session=session, headers={"X-Team": "docs"}) as client:
            assert (None, None) == (client.config.proxy, client.config.ca_file)
            assert await ask(client)
            assert {"docs"} == {request.headers.get("X-Team") for request in server.requests}
            assert await ask(client.with_options(transport="sse"))


def new_session() -> aiohttp.ClientSession:
    """What a module of a program has."""
    return aiohttp.ClientSession(headers={"X-Canary": "1"})


async def test_a_pickle_has_a_function_and_no_session() -> None:
    """A session is refused by an error that says what to do; copies within the process use the same one."""
    seen = Counter[str]()
    async with (
        ScriptedServer() as server,
        aiohttp.ClientSession(trace_configs=[counting(seen)]) as session,
        client_of(server, http_session=session, pickle_token=True) as client,
    ):
        with pytest.raises(TypeError, match="cannot be pickled: pass a function"):
            pickle.dumps(client)
        for other in (copy.copy(client), copy.deepcopy(client)):
            seen.clear()
            await other.get_me()
            assert seen
        async with pickle.loads(pickle.dumps(client_of(server, http_session=new_session, pickle_token=True))) as unpickled:
            assert "user-1" == (await unpickled.get_me()).user.username
            assert unpickled._parts.connections.own.source is new_session
