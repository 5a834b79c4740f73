"""A shared login: concurrent calls, clients of one store, and a logout or another user during a renewal."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import (
    APIConnectionError,
    APIError,
    AsyncAIZoomDocClient,
    AuthenticationError,
    FileTokenStore,
    MemoryTokenStore,
    TokenExpiredError,
)
from aizoomdoc_client.session.single_flight import SingleFlight
from aizoomdoc_client.storage.base import TokenKey, TokenSet
from aizoomdoc_client.testing import Hang, Held, Reply, ScriptedServer, ServerBehavior, SyncPoint
from tests.client_and_server import ClientAndServer, client_and_server, client_of

REFUSAL = Reply(401, {"detail": "Invalid static token"})


class SlowStore(MemoryTokenStore):
    """A store whose read the test delays."""

    def __init__(self) -> None:
        super().__init__()
        self.may_load = threading.Event()
        self.loads = 0

    def load(self, key: TokenKey) -> TokenSet | None:
        """What was there when the reading began."""
        self.loads += 1
        found = super().load(key)
        assert self.may_load.wait(10)
        return found


class BusyStore(MemoryTokenStore):
    """A store whose lock another process seems to hold while `busy` is on."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = False
        self.waited_for, self.released = SyncPoint(), SyncPoint()

    @asynccontextmanager
    async def lock(self, key: TokenKey) -> AsyncIterator[None]:  # type: ignore[override]
        """Waits until the other process has released it."""
        if self.busy:
            self.waited_for.set()
            await self.released.wait()
        async with super().lock(key):
            yield


@asynccontextmanager
async def refused(waiters: int) -> AsyncIterator[list[BaseException | None]]:
    """The errors of `waiters` concurrent calls whose shared exchange is rejected."""
    async with client_and_server() as pair:
        pair.server.respond("POST", "/auth/exchange", REFUSAL)
        outcomes = await asyncio.gather(*(pair.client.get_me() for _ in range(waiters)), return_exceptions=True)

        assert 1 == exchanges(pair)
        yield [outcome if isinstance(outcome, BaseException) else None for outcome in outcomes]


def exchanges(pair: ClientAndServer) -> int:
    return len(pair.server.requests_to("POST", "/auth/exchange"))


def depth(error: BaseException | None) -> int:
    """Number of frames in an error's traceback."""
    assert error is not None
    trace, frames = error.__traceback__, 0
    while trace is not None:
        trace, frames = trace.tb_next, frames + 1
    return frames


async def test_each_waiter_gets_its_own_error() -> None:
    """Calls that share a failed exchange get copies of its error: changes to one do not show on the others."""
    async with refused(50) as errors:
        assert 50 == len({id(error) for error in errors})
        assert {("Invalid static token", 401, 1)} == {
            (error.message, error.status_code, error.attempts) for error in errors if isinstance(error, AuthenticationError)
        }


async def test_an_error_raised_again_by_many_does_not_grow() -> None:
    """A traceback is as long for the last of many waiters that handle and raise the error again as for the first."""
    depths = list[int]()

    async def handled(pair: ClientAndServer) -> None:
        try:
            await pair.client.get_me()
        except AuthenticationError as error:
            await asyncio.sleep(0)
            try:
                raise error
            except AuthenticationError as again:
                depths.append(depth(again))

    async with client_and_server() as pair:
        pair.server.respond("POST", "/auth/exchange", REFUSAL)
        await asyncio.gather(*(handled(pair) for _ in range(50)))

    assert [depths[0]] * 50 == depths


async def test_the_store_is_read_once() -> None:
    """Concurrent first calls read the store once, and once more before the exchange."""
    store = SlowStore()
    store.may_load.set()
    async with client_and_server(token_store=store) as pair:
        await asyncio.gather(*(pair.client.get_me() for _ in range(100)))

    assert 2 == store.loads


async def test_what_a_store_gives_late_replaces_nothing() -> None:
    """Tokens from a store read that ends after a login are discarded: they are older, perhaps another user's."""
    store = SlowStore()
    async with client_and_server(server={"static_tokens": ("one", "two")}, token_store=store, static_token="one") as pair:
        key = TokenKey.of_static_token(pair.server.url, "one")
        issued = pair.server.issue_token()
        store.save(key, TokenSet(access_token=issued, expires_at=4e9, expires_in=3600))
        early = asyncio.create_task(pair.client.get_me())
        await pair.server.until(lambda: store.loads == 1)
        await pair.client.authenticate("two")
        store.may_load.set()

        assert ["user-2", "user-2"] == [me.user.username for me in (await early, await pair.client.get_me())]


async def test_a_running_renewal_does_not_restore_the_former_user() -> None:
    """Tokens requested for the previous user are discarded when they arrive."""
    async with client_and_server(server={"static_tokens": ("one", "two")}, static_token="one") as pair:
        released = SyncPoint()
        pair.server.respond("POST", "/auth/exchange", Held(released))
        early = asyncio.create_task(pair.client.get_me())
        await pair.server.until(lambda: exchanges(pair) == 1)
        await pair.client.authenticate("two")
        released.set()
        await early

        assert "user-2" == (await pair.client.get_me()).user.username
        assert 2 == exchanges(pair)


async def test_a_running_renewal_does_not_undo_a_logout() -> None:
    """Tokens that arrive after the logout are kept neither in memory nor in the store."""
    store = MemoryTokenStore()
    async with client_and_server(token_store=store) as pair:
        released = SyncPoint()
        pair.server.respond("POST", "/auth/exchange", Held(released))
        early = asyncio.create_task(pair.client.get_me())
        await pair.server.until(lambda: exchanges(pair) == 1)
        await pair.client.clear_tokens()
        released.set()
        await early

        assert not pair.client.is_authenticated
        assert store.load(TokenKey.of_static_token(pair.server.url, pair.server.static_token)) is None


@pytest.mark.parametrize("behavior", [ServerBehavior.PRODUCTION, ServerBehavior.CONTRACT], ids=["exchange", "refresh"])
async def test_a_renewal_that_waits_for_another_process_does_not_undo_a_logout(behavior: ServerBehavior) -> None:
    """It gives its own call a token, which is kept neither in memory nor in the store."""
    store = BusyStore()
    async with client_and_server(behavior, token_store=store) as pair:
        await pair.client.get_me()
        pair.server.expire_tokens()
        store.busy = True
        early = asyncio.create_task(pair.client.get_me())
        await store.waited_for.wait()
        await pair.client.clear_tokens()
        store.released.set()

        assert "user-1" == (await early).user.username
        assert not pair.client.is_authenticated
        assert store.load(TokenKey.of_static_token(pair.server.url, pair.server.static_token)) is None


async def test_a_logout_that_the_server_refuses_forgets_the_tokens() -> None:
    """The caller is told, and nobody can go on with the login of this machine."""
    store = MemoryTokenStore()
    async with client_and_server(token_store=store) as pair:
        key = TokenKey.of_profile(pair.server.url, "default")
        store.save(key, TokenSet(static_token=pair.server.static_token))
        async with AsyncAIZoomDocClient(pair.server.url, token_store=store) as client:
            await client.get_me()
            pair.server.respond("POST", "/auth/logout", Reply(403, {"detail": "Access denied"}))
            with pytest.raises(APIError, match="Access denied"):
                await client.logout()

            assert not client.is_authenticated
            assert store.load(key) is None


@attrs.frozen
class Pair:
    """Two clients of one token file, as two processes have them; `late` still has the first token."""

    server: ScriptedServer
    early: AsyncAIZoomDocClient
    late: AsyncAIZoomDocClient


@asynccontextmanager
async def pair(folder: Path, behavior: ServerBehavior = ServerBehavior.PRODUCTION, **options: Any) -> AsyncIterator[Pair]:
    async with ScriptedServer(behavior) as server:
        clients = [client_of(server, token_store=FileTokenStore(folder / "tokens.json"), **options) for _ in range(2)]
        async with clients[0] as early, clients[1] as late:
            await early.get_me()
            await late.get_me()
            yield Pair(server, early, late)


async def test_another_processs_token_is_taken_over(tmp_path: Path) -> None:
    """Of two processes whose token was rejected, the second uses the new token that the first one saved."""
    async with pair(tmp_path) as both:
        both.server.expire_tokens()
        await both.early.get_me()
        await both.late.get_me()

        assert 2 == len(both.server.requests_to("POST", "/auth/exchange"))


async def test_another_processs_token_may_be_rejected_as_well(tmp_path: Path) -> None:
    """A process that finds a rejected token in the file exchanges by itself."""
    async with pair(tmp_path) as both:
        both.server.expire_tokens()
        await both.early.get_me()
        both.server.expire_tokens()

        assert "user-1" == (await both.late.get_me()).user.username
        assert 3 == len(both.server.requests_to("POST", "/auth/exchange"))


@pytest.mark.parametrize("transport", ["websocket", "sse"])
async def test_another_processs_rejected_token_does_not_fail_an_answer(tmp_path: Path, transport: str) -> None:
    """The same for a stream that is opened with the file's token."""
    async with pair(tmp_path, ServerBehavior.CONTRACT, transport=transport) as both:
        chat = await both.late.create_chat("Тест")
        answer = await both.late.send_message(chat, "Где ВРУ?")
        both.server.expire_tokens()
        await both.early.get_me()
        both.server.expire_tokens()

        assert (await answer.result()).text == both.server.chats[chat.id].answers[-1].content


async def test_an_expired_login_stays_expired() -> None:
    """Later calls raise the same error, and the rejected refresh token is not sent again."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        store = MemoryTokenStore()
        tokens = TokenSet(access_token="a.b.c", expires_at=4e9, expires_in=3600, refresh_token="used up")
        store.save(TokenKey.of_profile(pair.server.url, "default"), tokens)
        client = AsyncAIZoomDocClient(pair.server.url, token_store=store)
        for _ in range(2):
            with pytest.raises(TokenExpiredError, match="authenticate"):
                await client.get_me()

        assert 1 == len(pair.server.requests_to("POST", "/auth/refresh"))
        await client.close()


async def test_a_closed_client_waits_for_no_exchange() -> None:
    """Closing ends a hanging exchange, also of another user of the same connections; its waiters get an error."""
    async with ScriptedServer(static_tokens=("one", "two")) as server:
        server.respond("POST", "/auth/exchange", *[Hang()] * 9)
        client = client_of(server, static_token="one")
        calls = [asyncio.create_task(each.get_me()) for each in (client, client.with_options(static_token="two"))]
        await server.until(lambda: len(server.requests) == 2)
        await client.close()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        await server.until(lambda: asyncio.all_tasks() == {asyncio.current_task()})

        assert [APIConnectionError] * 2 == [type(outcome) for outcome in outcomes]
        assert ["client_closed"] * 2 == [getattr(outcome, "code", None) for outcome in outcomes]
        assert 2 == len(server.requests)


async def test_work_without_waiters_is_completed() -> None:
    """Work whose waiters were all cancelled is completed, and keeps no reference to them or to its error."""
    flights, gate = SingleFlight[None](), asyncio.Event()

    async def fail() -> None:
        await gate.wait()
        raise AuthenticationError("no")

    waiters = [asyncio.create_task(flights.run("key", fail())) for _ in range(100)]
    await asyncio.sleep(0)
    [work] = (task for task in asyncio.all_tasks() if task not in waiters and task is not asyncio.current_task())
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    gate.set()
    await asyncio.wait({work})
    await asyncio.sleep(0)

    assert {asyncio.current_task()} == asyncio.all_tasks()
    assert ({}, True) == (flights._running, all(waiter.cancelled() for waiter in waiters))


@pytest.mark.parametrize("behavior", [ServerBehavior.PRODUCTION, ServerBehavior.CONTRACT], ids=["static token", "refresh token"])
async def test_a_newer_login_replaces_the_saved_one(behavior: ServerBehavior) -> None:
    """The static token is revoked, and somebody logs in again in another process: its tokens are used from then on."""
    store = MemoryTokenStore()
    async with client_and_server(behavior, static_token=None, token_store=store) as pair:
        key = TokenKey.of_profile(pair.server.url, "default")
        store.save(key, TokenSet(static_token=pair.server.static_token))
        await pair.client.get_me()
        pair.server.user.static_token = "newer-token"
        expire_all(pair.server)
        with pytest.raises(AuthenticationError):
            await pair.client.get_me()
        assert not await pair.client.has_newer_login()
        store.save(
            key, TokenSet(access_token=pair.server.issue_token(), expires_at=2e10, expires_in=3600, static_token="newer-token")
        )
        assert await pair.client.has_newer_login()
        await pair.client.get_me()
        expire_all(pair.server)

        assert pair.server.user.id == str((await pair.client.get_me()).user.id)


def expire_all(server: ScriptedServer) -> None:
    server.expire_tokens()
    server.expire_refresh_tokens()
