"""Tokens that expire, are rejected, or are requested by many calls at once."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import attrs
import pytest

from aizoomdoc_client import APIError, AuthenticationError, MemoryTokenStore, NotReplayableError, RetryPolicy
from aizoomdoc_client.session import auth
from aizoomdoc_client.storage import FileTokenStore
from aizoomdoc_client.testing import (
    Held,
    Reply,
    ScriptedServer,
    ServerBehavior,
    SyncPoint,
    detail,
    expired_token,
    html_page,
    internal_error,
    simple_answer,
)
from tests.client_and_server import client_and_server, client_of
from tests.faults.programs import run_programs

TEXT = "Высота этажа 3,3 м."


@attrs.define
class Clocks:
    """The two clocks of a login."""

    monotonic: float = 1000.0
    wall: float = 1_700_000_000.0


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """The clocks for the expiry of tokens, controlled by the test."""
    clocks = Clocks()
    fake = attrs.make_class("Time", {})()
    fake.monotonic, fake.time = lambda: clocks.monotonic, lambda: clocks.wall
    init = auth.Authenticator.__init__

    def owned(self: auth.Authenticator, *args: object, **options: object) -> None:
        init(self, *args, clock=fake.monotonic, wall_clock=fake.time, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(auth.Authenticator, "__init__", owned)
    return clocks


@pytest.mark.parametrize("skew", [-86400.0, 86400.0])
async def test_clock_skew__server(skew: float) -> None:
    """A server a day ahead or behind changes nothing: one login for all calls."""
    async with client_and_server() as pair:
        pair.server.clock_skew = skew
        for _ in range(3):
            await pair.client.get_me()

        assert 1 == len(pair.server.requests_to("POST", "/auth/exchange"))


async def test_clock_skew__here(clocks: Clocks) -> None:
    """While a program runs its wall clock may jump by years; expiry and renewal use the monotonic clock."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        for jump in (-1e9, 2e9):
            clocks.wall += jump
            await pair.client.get_me()
        before = len(pair.server.requests_to("POST", "/auth/exchange"))
        clocks.monotonic += 3600
        await pair.client.get_me()

        assert (1, 2) == (before, len(pair.server.requests_to("POST", "/auth/exchange")))


@pytest.mark.parametrize("years", [-50, 50])
async def test_clock_skew__restart(clocks: Clocks, years: int) -> None:
    """After a restart only the wall clock is available: the next process works with any error of it."""
    store = MemoryTokenStore()
    async with client_and_server(token_store=store) as pair:
        await pair.client.get_me()
        clocks.wall += years * 365 * 86400
        async with client_of(pair.server, token_store=store) as later:
            assert "user-1" == (await later.get_me()).user.username


@pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["websocket", "sse"])
async def test_clock_skew__suspended(behavior: ServerBehavior) -> None:
    """After a suspension the token is valid by the client's clock but expired on the server; a question succeeds."""
    async with client_and_server(behavior) as pair:
        chat = await pair.chat()
        pair.server.expire_tokens()
        pair.server.script_answer(simple_answer(TEXT))

        assert TEXT == (await pair.client.ask(chat, "?")).text
        assert (1, 1) == (len(pair.server.posts), len(pair.server.model_runs))


async def test_token_ends_during_upload__before(clocks: Clocks) -> None:
    """A token with seconds left is used for a question but not for an upload, which is sent once with a new token."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        clocks.monotonic += 3600 - 10
        await pair.client.upload_file(b"%PDF-", filename="план.pdf")
        [upload] = pair.server.requests_to("POST", "/files/upload")
        [me] = pair.server.requests_to("GET", "/me")

        assert upload.token != me.token
        assert 2 == len(pair.server.requests_to("POST", "/auth/exchange"))


async def test_token_ends_during_upload__rewound(tmp_path: Path) -> None:
    """A 401 after the whole body: the file is rewound and sent a second time, with a new token, and arrives whole."""
    path = tmp_path / "план.pdf"
    path.write_bytes(b"%PDF-" + bytes(100_000))
    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", expired_token())
        stored = await pair.client.upload_file(path)
        uploads = pair.server.requests_to("POST", "/files/upload")

        assert (100_005, 2, 2) == (stored.size_bytes, len(uploads), len({upload.token for upload in uploads}))


async def test_token_ends_during_upload__twice() -> None:
    """A second 401 is raised: the file is not sent a third time."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", *[expired_token()] * 9)
        with pytest.raises(AuthenticationError):
            await pair.client.upload_file(b"%PDF-", filename="план.pdf")

        assert 2 == len(pair.server.requests_to("POST", "/files/upload"))


async def test_token_ends_during_upload__pipe() -> None:
    """A source that cannot be rewound is not sent again: the error says what to pass instead."""

    class Pipe(io.BytesIO):
        def seek(self, *_: object) -> int:
            raise OSError("a pipe")

    async with client_and_server() as pair:
        pair.server.respond("POST", "/files/upload", expired_token())
        with pytest.raises(NotReplayableError, match=r"план\.pdf .*pass a path"):
            await pair.client.upload_file(Pipe(b"%PDF-"), filename="план.pdf")

        assert 1 == len(pair.server.requests_to("POST", "/files/upload"))


async def test_refresh_storm__tasks() -> None:
    """A hundred calls get a rejected token at once: one exchange, and cancelling the first call does not affect the others."""
    released = SyncPoint()
    async with client_and_server() as pair:
        await pair.client.get_me()
        pair.server.expire_tokens()
        pair.server.respond("POST", "/auth/exchange", Held(released))
        calls = [asyncio.create_task(pair.client.get_me()) for _ in range(100)]
        await pair.server.until(lambda: len(pair.server.requests_to("POST", "/auth/exchange")) == 2)
        calls[0].cancel()
        released.set()
        done = await asyncio.gather(*calls, return_exceptions=True)

        assert (99, 2) == (
            sum(not isinstance(call, BaseException) for call in done),
            len(pair.server.requests_to("POST", "/auth/exchange")),
        )


async def test_refresh_storm__error() -> None:
    """If the exchange fails, all waiting calls get its error, and it was tried once."""
    released = SyncPoint()
    async with client_and_server() as pair:
        pair.server.respond("POST", "/auth/exchange", Held(released, detail(401, "Invalid static token")))
        calls = [asyncio.create_task(pair.client.get_me()) for _ in range(20)]
        await pair.server.until(lambda: len(pair.server.requests_to("POST", "/auth/exchange")) == 1)
        released.set()
        done = await asyncio.gather(*calls, return_exceptions=True)

        assert ({AuthenticationError}, 1) == (set(map(type, done)), len(pair.server.requests_to("POST", "/auth/exchange")))


async def test_refresh_storm__processes(tmp_path: Path) -> None:
    """Four processes that share a token file start at once: one exchange for all of them."""
    async with ScriptedServer() as server:
        program = "print(client.get_me().user.username)"
        ended = await run_programs([program] * 4, server.url, server.static_token, folder=tmp_path)

        assert [(0, "user-1\n", "")] * 4 == ended
        assert 1 == len(server.requests_to("POST", "/auth/exchange"))


async def test_revoked_token(tmp_path: Path) -> None:
    """A rejected static token: `AuthenticationError`; the saved login stays, since an outage gives the same response."""
    path = tmp_path / "tokens.json"
    async with client_and_server(token_store=FileTokenStore(path)) as pair:
        await pair.client.get_me()
        saved = path.read_bytes()
        pair.server.expire_tokens()
        pair.server.database_down = True
        with pytest.raises(AuthenticationError, match="Invalid static token"):
            await pair.client.get_me()
        assert saved == path.read_bytes()
        pair.server.database_down = False

        assert "user-1" == (await pair.client.get_me()).user.username


@pytest.mark.parametrize(
    "reply", [html_page(200), internal_error(), Reply(204), Reply(200, "}{")], ids=["page", "500", "204", "garbage"]
)
async def test_failed_login(reply: Reply) -> None:
    """The error is the login's, nothing is posted, and the next question is asked as usual."""
    async with client_and_server(retry=RetryPolicy(attempts=1)) as pair:
        chat = await pair.chat()
        await pair.client.clear_tokens()
        pair.server.respond("POST", "/auth/exchange", reply)
        with pytest.raises(APIError) as caught:
            await pair.client.ask(chat, "?")
        await pair.client.ask(chat, "?")

        assert ("/auth/exchange", 1) == (caught.value.path, len(pair.server.posts))
