"""Tokens that end, are refused, or are wanted by everybody at once."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import attrs
import pytest

from aizoomdoc_client import AuthenticationError, MemoryTokenStore, NotReplayableError
from aizoomdoc_client.session import auth
from aizoomdoc_client.storage import FileTokenStore
from aizoomdoc_client.testing import Held, ScriptedServer, ServerBehavior, SyncPoint, detail, expired_token, simple_answer
from tests.faults.programs import run_programs
from tests.visits import client_of, visit

TEXT = "Высота этажа 3,3 м."


@attrs.define
class Clocks:
    """The two clocks of a login."""

    monotonic: float = 1000.0
    wall: float = 1_700_000_000.0


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """The clocks by which tokens grow old, in the test's hands."""
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
    async with visit() as visited:
        visited.server.clock_skew = skew
        for _ in range(3):
            await visited.client.get_me()

        assert 1 == len(visited.server.requests_to("POST", "/auth/exchange"))


async def test_clock_skew__here(clocks: Clocks) -> None:
    """While a program runs its wall clock may jump by years; a token lives by the other clock, and is renewed by it."""
    async with visit() as visited:
        await visited.client.get_me()
        for jump in (-1e9, 2e9):
            clocks.wall += jump
            await visited.client.get_me()
        before = len(visited.server.requests_to("POST", "/auth/exchange"))
        clocks.monotonic += 3600
        await visited.client.get_me()

        assert (1, 2) == (before, len(visited.server.requests_to("POST", "/auth/exchange")))


@pytest.mark.parametrize("years", [-50, 50])
async def test_clock_skew__restart(clocks: Clocks, years: int) -> None:
    """Across a restart only the wall clock is left: however wrong it is, the next process works."""
    store = MemoryTokenStore()
    async with visit(token_store=store) as visited:
        await visited.client.get_me()
        clocks.wall += years * 365 * 86400
        async with client_of(visited.server, token_store=store) as later:
            assert "user-1" == (await later.get_me()).user.username


@pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["websocket", "sse"])
async def test_clock_skew__suspended(behavior: ServerBehavior) -> None:
    """A laptop wakes: by its clock nothing passed, by the server's the token ended; a question notices nothing."""
    async with visit(behavior) as visited:
        chat = await visited.chat()
        visited.server.expire_tokens()
        visited.server.script_answer(simple_answer(TEXT))

        assert TEXT == (await visited.client.ask(chat, "?")).text
        assert (1, 1) == (len(visited.server.posts), len(visited.server.model_runs))


async def test_token_ends_during_upload__before(clocks: Clocks) -> None:
    """A token with seconds left is good for a question, not for an upload: that begins with a new one, and goes once."""
    async with visit() as visited:
        await visited.client.get_me()
        clocks.monotonic += 3600 - 10
        await visited.client.upload_file(b"%PDF-", filename="план.pdf")
        [upload] = visited.server.requests_to("POST", "/files/upload")
        [me] = visited.server.requests_to("GET", "/me")

        assert upload.token != me.token
        assert 2 == len(visited.server.requests_to("POST", "/auth/exchange"))


async def test_token_ends_during_upload__rewound(tmp_path: Path) -> None:
    """A 401 after the whole body: the file is rewound and sent a second time, with a new token, and arrives whole."""
    path = tmp_path / "план.pdf"
    path.write_bytes(b"%PDF-" + bytes(100_000))
    async with visit() as visited:
        visited.server.respond("POST", "/files/upload", expired_token())
        stored = await visited.client.upload_file(path)
        uploads = visited.server.requests_to("POST", "/files/upload")

        assert (100_005, 2, 2) == (stored.size_bytes, len(uploads), len({upload.token for upload in uploads}))


async def test_token_ends_during_upload__twice() -> None:
    """A second 401 is the caller's: the file does not go a third time."""
    async with visit() as visited:
        visited.server.respond("POST", "/files/upload", *[expired_token()] * 9)
        with pytest.raises(AuthenticationError):
            await visited.client.upload_file(b"%PDF-", filename="план.pdf")

        assert 2 == len(visited.server.requests_to("POST", "/files/upload"))


async def test_token_ends_during_upload__pipe() -> None:
    """What cannot be rewound is not sent half: the error says what to pass instead."""

    class Pipe(io.BytesIO):
        def seek(self, *_: object) -> int:
            raise OSError("a pipe")

    async with visit() as visited:
        visited.server.respond("POST", "/files/upload", expired_token())
        with pytest.raises(NotReplayableError, match=r"план\.pdf .*pass a path"):
            await visited.client.upload_file(Pipe(b"%PDF-"), filename="план.pdf")

        assert 1 == len(visited.server.requests_to("POST", "/files/upload"))


async def test_refresh_storm__tasks() -> None:
    """A hundred calls find the token refused at once: one exchange, and cancelling who came first harms nobody."""
    released = SyncPoint()
    async with visit() as visited:
        await visited.client.get_me()
        visited.server.expire_tokens()
        visited.server.respond("POST", "/auth/exchange", Held(released))
        calls = [asyncio.create_task(visited.client.get_me()) for _ in range(100)]
        await visited.server.until(lambda: len(visited.server.requests_to("POST", "/auth/exchange")) == 2)
        calls[0].cancel()
        released.set()
        done = await asyncio.gather(*calls, return_exceptions=True)

        assert (99, 2) == (
            sum(not isinstance(call, BaseException) for call in done),
            len(visited.server.requests_to("POST", "/auth/exchange")),
        )


async def test_refresh_storm__error() -> None:
    """When the exchange fails, all who wait get its error, and it was tried once."""
    released = SyncPoint()
    async with visit() as visited:
        visited.server.respond("POST", "/auth/exchange", Held(released, detail(401, "Invalid static token")))
        calls = [asyncio.create_task(visited.client.get_me()) for _ in range(20)]
        await visited.server.until(lambda: len(visited.server.requests_to("POST", "/auth/exchange")) == 1)
        released.set()
        done = await asyncio.gather(*calls, return_exceptions=True)

        assert ({AuthenticationError}, 1) == (set(map(type, done)), len(visited.server.requests_to("POST", "/auth/exchange")))


async def test_refresh_storm__processes(tmp_path: Path) -> None:
    """Four processes that share a token file start at once: one exchange for all of them."""
    async with ScriptedServer() as server:
        program = "print(client.get_me().user.username)"
        ended = await run_programs([program] * 4, server.url, server.static_token, folder=tmp_path)

        assert [(0, "user-1\n", "")] * 4 == ended
        assert 1 == len(server.requests_to("POST", "/auth/exchange"))


async def test_revoked_token(tmp_path: Path) -> None:
    """The static token is refused: an error that says so, and the saved login stays: a server without database says so, too."""
    path = tmp_path / "tokens.json"
    async with visit(token_store=FileTokenStore(path)) as visited:
        await visited.client.get_me()
        saved = path.read_bytes()
        visited.server.expire_tokens()
        visited.server.database_down = True
        with pytest.raises(AuthenticationError, match="Invalid static token"):
            await visited.client.get_me()
        assert saved == path.read_bytes()
        visited.server.database_down = False

        assert "user-1" == (await visited.client.get_me()).user.username
