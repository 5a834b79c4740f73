"""The names that the server may be reached at, and the pages that may use it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from aizoomdoc_client.local.handlers.allowed_hosts import host_is_allowed, origin_is_allowed
from tests.local.support import Serve, User, ask_about_note, raw_reply, settings

HERE = [
    "127.0.0.1:8000",
    "127.0.0.1",
    "127.8.8.8",
    "localhost:8000",
    "LocalHost.",
    "app.localhost",
    "[::1]:8000",
    "[::ffff:127.0.0.1]",
    "192.168.1.7:8000",
    "[2001:db8::1]:80",
]
ELSEWHERE = [
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "notlocalhost",
    "127.1",
]
MALFORMED = [
    "127.0.0.1@evil.example",
    "evil.example#127.0.0.1",
    "evil.example/127.0.0.1",
    "127.0.0.1 evil.example",
    "evil.example:99999",
    "[::1",
    "::1",
    "",
    ":8000",
]


@pytest.mark.parametrize("host", HERE)
async def test_addresses_and_names_of_this_machine_are_served(user: User, host: str) -> None:
    """A page cannot make its own name one of them; an IP address cannot be rebound at all."""
    status, _ = await raw_reply(user, "GET /health HTTP/1.1", {"Host": host})

    assert 200 == status


@pytest.mark.parametrize("host", ELSEWHERE)
async def test_another_name_is_421_and_reaches_nothing(user: User, host: str) -> None:
    """Whatever the path, with a valid token as well: this is what a rebound name looks like."""
    for path in ("/health", "/me", "/nowhere"):
        status, body = await raw_reply(user, f"GET {path} HTTP/1.1", {"Host": host} | user.bearer)

        assert 421 == status
        assert b"--allowed-host" in body


@pytest.mark.parametrize("host", MALFORMED)
async def test_a_malformed_host_is_400(user: User, host: str) -> None:
    """Nothing is guessed of what it might name."""
    assert (400, b'{"detail":"The Host header is malformed"}') == await raw_reply(user, "GET /health HTTP/1.1", {"Host": host})


async def test_a_request_without_a_host_is_served_only_as_http_1_0(user: User) -> None:
    """No browser sends one; HTTP/1.1 forbids it (RFC 9112)."""
    old, new = [await raw_reply(user, f"GET /health HTTP/1.{minor}", {}) for minor in (0, 1)]

    assert (200, 400) == (old[0], new[0])


@pytest.mark.parametrize(
    ("changes", "host", "allowed"),
    [
        ({"allowed_hosts": "Docs.Example.org."}, "docs.example.org:443", True),
        ({"allowed_hosts": ("docs.example.org",)}, "sub.docs.example.org", False),
        ({"allowed_hosts": ("документы.рф",)}, "xn--d1acoigc6ae0f.xn--p1ai", True),
        ({"allowed_hosts": ("*",)}, "evil.example", True),
        ({"host": "workstation"}, "Workstation:8000", True),
        ({"host": "0.0.0.0"}, "workstation:8000", False),
        ({"host": "0.0.0.0"}, "10.0.0.3:8000", True),
    ],
)
def test_names_are_allowed_one_by_one(tmp_path: Any, changes: dict[str, Any], host: str, allowed: bool) -> None:
    """That of a container or of a proxy, for one; the name listened on is allowed, too, and 0.0.0.0 allows none."""
    assert allowed == host_is_allowed(host, settings(tmp_path, **changes))


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://10.0.0.3:8000", "10.0.0.3:8000", True),
        ("http://localhost:3000", "127.0.0.1:8000", True),
        ("https://docs.example.org", "127.0.0.1:8000", True),
        ("https://evil.example", "127.0.0.1:8000", False),
        ("http://10.0.0.9:8000", "10.0.0.3:8000", False),
        ("http://10.0.0.3", "10.0.0.3:8000", False),
        ("null", "127.0.0.1:8000", False),
        ("", "", False),
        ("chrome-extension://abcdef", "127.0.0.1:8000", False),
    ],
)
def test_of_pages_only_the_own_and_those_of_this_machine_are_served(tmp_path: Any, origin: str, host: str, allowed: bool) -> None:
    """And those of a name that was allowed: a proxy may replace the Host by another."""
    assert allowed == origin_is_allowed(origin, host, settings(tmp_path, allowed_hosts=("docs.example.org",)))


async def test_a_foreign_page_gets_neither_a_socket_nor_a_response(user: User) -> None:
    """The handshake is refused, with a valid token as well, and no header of CORS lets the page read anything."""
    chat = await ask_about_note(user)
    url, page = f"{user.server.url}/chats/{chat}/stream", {"Origin": "https://evil.example"}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await user.session.ws_connect(url, params={"token": user.login["access_token"]}, headers=page)
    async with user.session.options(f"{user.server.url}/me", headers=page) as preflight:
        cors = [name for name in preflight.headers if name.lower().startswith("access-control")]

    assert (403, 403, []) == (refused.value.status, preflight.status, cors)
    assert 403 == (await user.get("/me", headers=page)).status


async def test_the_servers_own_page_gets_a_socket(serve: Serve) -> None:
    """A browser sends the page's Origin with every WebSocket."""
    user = await serve()
    chat = await ask_about_note(user)
    url, query = f"{user.server.url}/chats/{chat}/stream", {"token": user.login["access_token"]}
    async with user.session.ws_connect(url, params=query, headers={"Origin": user.server.url}) as socket:
        assert '"event"' in (await socket.receive()).data
