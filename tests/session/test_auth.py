"""The login: one exchange however many wait, renewed ahead of its end, and never another user's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import (
    AIZoomDocError,
    AsyncAIZoomDocClient,
    AuthenticationError,
    FileTokenStore,
    MemoryTokenStore,
    PermissionDeniedError,
    RetryPolicy,
    ServerError,
    TokenExpiredError,
)
from aizoomdoc_client.credentials import Secret
from aizoomdoc_client.session.auth import Authenticator
from aizoomdoc_client.storage.base import TokenKey, TokenSet
from aizoomdoc_client.testing import (
    Held,
    Moment,
    Normally,
    Reply,
    Reset,
    ScriptedServer,
    ServerBehavior,
    SyncPoint,
    internal_error,
)
from tests.visits import Visit, client_of, visit

TWO = ("one", "two")


@attrs.define
class Clock:
    """A clock that the test owns."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def put_clock(client: AsyncAIZoomDocClient) -> Clock:
    """Lets a client's login go by a clock of the test."""
    clock = Clock()
    client._parts.auth._clock = clock
    return clock


def exchanges(visited: Visit) -> int:
    return len(visited.server.requests_to("POST", "/auth/exchange"))


def authorizations(visited: Visit) -> list[str | None]:
    return [request.token for request in visited.server.requests_to("GET", "/me")]


async def test_the_first_call_logs_in() -> None:
    """Nothing is sent when a client is made; the first call exchanges the static token, the second does not."""
    async with visit() as visited:
        assert [] == visited.server.requests
        await visited.client.get_me()
        await visited.client.get_me()

        assert ["POST /auth/exchange", "GET /me", "GET /me"] == visited.calls()


async def test_a_hundred_calls_share_one_exchange() -> None:
    """However many wait for the first token, it is fetched once."""
    async with visit() as visited:
        await asyncio.gather(*(visited.client.get_me() for _ in range(100)))

        assert 1 == exchanges(visited)


async def test_a_hundred_calls_share_one_renewal() -> None:
    """An expired token is renewed once for all who need it."""
    async with visit() as visited:
        clock = put_clock(visited.client)
        await visited.client.get_me()
        clock.now += 4000
        await asyncio.gather(*(visited.client.get_me() for _ in range(100)))

        assert 2 == exchanges(visited)


async def test_a_hundred_rejected_calls_share_one_renewal() -> None:
    """A token that the server rejects is renewed once, and each call repeated once."""
    async with visit() as visited:
        await visited.client.get_me()
        visited.server.expire_tokens()
        await asyncio.gather(*(visited.client.get_me() for _ in range(100)))

        assert 2 == exchanges(visited)
        assert 201 >= len(authorizations(visited))


async def test_a_hundred_calls_share_one_error() -> None:
    """A failed exchange is not tried a hundred times, nor multiplied by the calls' own retries."""
    async with visit() as visited:
        released = SyncPoint()
        visited.server.respond("POST", "/auth/exchange", Held(released, Reply(401, {"detail": "Invalid static token"})))
        calls = [asyncio.create_task(visited.client.get_me()) for _ in range(100)]
        await visited.server.until(lambda: exchanges(visited) == 1)
        released.set()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)

        assert {AuthenticationError} == {type(outcome) for outcome in outcomes}
        assert 1 == exchanges(visited)


async def test_an_unreachable_login_is_retried_as_often_as_said() -> None:
    """Three attempts are three requests: a call's retries do not multiply those of its login."""
    async with visit() as visited:
        busy = Reply(503, {"detail": "busy"}, {"Retry-After": "0.01"})
        visited.server.respond("POST", "/auth/exchange", *[busy] * 20)
        with pytest.raises(ServerError) as caught:
            await visited.client.get_me()

        assert (3, 3) == (exchanges(visited), caught.value.attempts)
        assert "/auth/exchange" == caught.value.path


async def test_a_waiter_that_leaves_takes_nothing_away() -> None:
    """Cancelling the call that began the exchange leaves it to the others."""
    async with visit() as visited:
        released = SyncPoint()
        visited.server.respond("POST", "/auth/exchange", Held(released))
        first, second = (asyncio.create_task(visited.client.get_me()) for _ in range(2))
        await visited.server.until(lambda: exchanges(visited) == 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        released.set()

        assert "active" == (await second).user.status
        assert 1 == exchanges(visited)


async def test_a_token_is_renewed_ahead_of_its_end() -> None:
    """Near its end a token still serves, and another is fetched beside; the next call has it."""
    async with visit() as visited:
        clock = put_clock(visited.client)
        await visited.client.get_me()
        clock.now += 3600 - 30
        await visited.client.get_me()
        await visited.server.until(lambda: exchanges(visited) == 2)
        await visited.client._parts.auth._renewals.run("renewal", never())
        await visited.client.get_me()
        first, second, third = authorizations(visited)

        assert first == second != third


async def asked_with_a_file(client: AsyncAIZoomDocClient) -> None:
    await client.send_message(await client.create_chat(), "Что на плане?", files=[b"plan"])


UPLOADS: dict[str, Callable[[AsyncAIZoomDocClient], Awaitable[object]]] = {
    "upload_file": lambda client: client.upload_file(b"plan"),
    "upload_files": lambda client: client.upload_files([b"plan"]),
    "upload_file_for_llm": lambda client: client.upload_file_for_llm(b"plan"),
    "files": asked_with_a_file,
}


@pytest.mark.parametrize("kind", UPLOADS)
async def test_an_upload_begins_with_a_token_that_lives_long_enough(kind: str) -> None:
    """A token that every other call still uses, and that could end during an upload, is renewed before the first byte."""
    async with visit() as visited:
        clock = put_clock(visited.client)
        await visited.client.get_me()
        clock.now += 3600 - 250
        await visited.client.get_me()
        assert 1 == exchanges(visited)
        await UPLOADS[kind](visited.client)

        assert 2 == exchanges(visited)
        assert 1 == len(visited.server.store.files)


async def test_short_lived_tokens_are_not_renewed_for_every_upload() -> None:
    """Where no token lives for as long as an upload may take, each serves for half of its life."""
    async with visit(server={"expires_in": 60}) as visited:
        clock = put_clock(visited.client)
        for _ in range(3):
            await visited.client.upload_file(b"plan")
            clock.now += 9
        assert 1 == exchanges(visited)
        clock.now += 9
        await visited.client.upload_file(b"plan")

        assert 2 == exchanges(visited)


async def test_an_upload_goes_on_with_a_token_that_still_serves() -> None:
    """A login that fails just now is no reason to refuse an upload while the old token has minutes left."""
    async with visit() as visited:
        clock = put_clock(visited.client)
        await visited.client.get_me()
        clock.now += 3600 - 250
        visited.server.respond("POST", "/auth/exchange", *[Reply(500)] * 3)
        await visited.client.upload_file(b"plan")

        assert 1 == len(visited.server.store.files)


async def never() -> Any:
    """Work that is not begun, because another runs."""


async def test_the_wall_clock_does_not_matter() -> None:
    """A wall clock that jumps by years ends no token: within a process the monotonic clock counts."""
    async with visit() as visited:
        visited.client._parts.auth._wall_clock = Clock(10.0**10)
        await visited.client.get_me()
        visited.client._parts.auth._wall_clock = Clock(0.0)
        await visited.client.get_me()

        assert 1 == exchanges(visited)


async def test_a_wrong_server_clock_does_not_matter() -> None:
    """Dates inside of a token are the server's own business; `expires_in` counts."""
    async with visit() as visited:
        visited.server.clock_skew = 10.0**6
        await visited.client.get_me()
        await visited.client.get_me()

        assert 1 == exchanges(visited)


async def test_a_rejected_token_is_renewed_and_the_call_repeated_once() -> None:
    """401 leads to one renewal and one repetition."""
    async with visit() as visited:
        await visited.client.get_me()
        visited.server.expire_tokens()
        await visited.client.get_me()

        assert ["POST /auth/exchange", "GET /me", "GET /me", "POST /auth/exchange", "GET /me"] == visited.calls()


async def test_a_second_rejection_is_raised() -> None:
    """A server that rejects fresh tokens, too, is not asked for ever."""
    async with visit() as visited:
        rejection = Reply(401, {"detail": "Token has expired"})
        visited.server.respond("GET", "/me", *[rejection] * 9)
        with pytest.raises(AuthenticationError, match="Token has expired"):
            await visited.client.get_me()

        assert 2 == len(visited.server.requests_to("GET", "/me"))
        assert 2 == exchanges(visited)


async def test_a_refresh_token_is_used_where_there_is_one() -> None:
    """A server of the contract gives refresh tokens: the static token travels once."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        await visited.client.get_me()
        for _ in range(3):
            visited.server.expire_tokens()
            await visited.client.get_me()

        assert 1 == exchanges(visited)
        assert 3 == len(visited.server.requests_to("POST", "/auth/refresh"))


async def test_a_refresh_token_that_ended_falls_back() -> None:
    """The static token works on when the refresh token does not."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        await visited.client.get_me()
        visited.server.expire_tokens()
        visited.server.expire_refresh_tokens()
        await visited.client.get_me()

        assert (2, 1) == (exchanges(visited), len(visited.server.requests_to("POST", "/auth/refresh")))


async def test_a_login_without_a_static_token_can_expire() -> None:
    """With neither a working refresh token nor a static token, `TokenExpiredError` says what to do."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        store = MemoryTokenStore()
        key = TokenKey.of_profile(visited.server.url, "default")
        tokens = TokenSet(access_token="a.b.c", expires_at=0, expires_in=3600, refresh_token="used up")
        store.save(key, tokens)
        client = AsyncAIZoomDocClient(visited.server.url, token_store=store)
        with pytest.raises(TokenExpiredError, match="authenticate"):
            await client.get_me()
        await client.close()


async def test_nobody_is_logged_in() -> None:
    """Without any token the error says what to do, and nothing is sent."""
    async with visit() as visited:
        client = AsyncAIZoomDocClient(visited.server.url, token_store=MemoryTokenStore())
        with pytest.raises(AuthenticationError, match="Nobody is logged in"):
            await client.get_me()

        assert [] == visited.server.requests
        await client.close()


async def test_a_saved_login_needs_no_static_token() -> None:
    """A static token kept under the profile, as the command line does it, is exchanged."""
    async with visit() as visited:
        store = MemoryTokenStore()
        store.save(TokenKey.of_profile(visited.server.url, "default"), TokenSet(static_token=visited.server.static_token))
        client = AsyncAIZoomDocClient(visited.server.url, token_store=store)

        assert "user-1" == (await client.get_me()).user.username
        await client.close()


async def test_a_foreign_token_is_survived_by_a_get() -> None:
    """Production answers 500 to a token from before its redeployment: one renewal, one repetition."""
    async with visit() as visited:
        clock = put_clock(visited.client)
        await visited.client.get_me()
        visited.server.change_secret()
        clock.now += 60
        await visited.client.get_me()

        assert 2 == exchanges(visited)


async def test_a_foreign_token_is_survived_by_a_question() -> None:
    """The message is stored exactly once, though its first POST was answered with 500."""
    async with visit() as visited:
        clock = put_clock(visited.client)
        chat = await visited.chat()
        visited.server.change_secret()
        clock.now += 60
        answer = await visited.client.ask(chat, "Где ВРУ?")

        assert ["Где ВРУ?"] == [post.content for post in visited.server.posts]
        assert [answer.text] == [message.content for message in visited.server.chats[chat.id].answers]


async def test_a_server_that_fails_now_and_then_is_no_proof_against_the_token() -> None:
    """A message was stored, its receipt lost in a 500, and a harmless request failed too: it is not posted again."""
    async with visit() as visited:
        clock = put_clock(visited.client)
        chat = await visited.chat()
        clock.now += 60
        lost = Reply(500, {"error": "internal_server_error"}, when=Moment.AFTER_PROCESSING)
        visited.server.respond("POST", "/chats/*/messages", lost)
        visited.server.respond("GET", "/me", internal_error())
        answer = await visited.client.ask(chat, "Где ВРУ?")

        assert ["Где ВРУ?"] == [post.content for post in visited.server.posts]
        assert [answer.text] == [message.content for message in visited.server.chats[chat.id].answers]


async def test_a_true_500_is_not_blamed_on_the_token() -> None:
    """A POST that fails by itself is sent once: a harmless request with the same token works."""
    async with visit() as visited:
        clock = put_clock(visited.client)
        await visited.client.get_me()
        clock.now += 60
        visited.server.respond("POST", "/chats", internal_error())
        with pytest.raises(ServerError):
            await visited.client.create_chat("Тест")

        assert 1 == len(visited.server.requests_to("POST", "/chats"))
        assert 1 == exchanges(visited)


async def test_a_fresh_token_is_not_blamed() -> None:
    """A 500 right after a renewal is the server's own."""
    async with visit(retry=RetryPolicy(attempts=1)) as visited:
        visited.server.respond("GET", "/me", *[internal_error()] * 5)
        with pytest.raises(ServerError):
            await visited.client.get_me()

        assert 1 == len(visited.server.requests_to("GET", "/me"))


async def test_the_next_process_needs_no_exchange(tmp_path: Path) -> None:
    """Tokens from a store are used as they are, by a client that knows nothing else."""
    async with ScriptedServer() as server:
        for _ in range(2):
            async with client_of(server, token_store=FileTokenStore(tmp_path / "tokens.json")) as client:
                await client.get_me()

        assert 1 == len(server.requests_to("POST", "/auth/exchange"))


async def test_a_stored_token_that_is_rejected_is_renewed() -> None:
    """What a store has may be long dead on the server, as 401 or as 500."""
    for end in (ScriptedServer.expire_tokens, ScriptedServer.change_secret):
        async with ScriptedServer() as server:
            store = MemoryTokenStore()
            async with client_of(server, token_store=store) as client:
                await client.get_me()
            end(server)
            async with client_of(server, token_store=store) as client:
                await client.get_me()

            assert 2 == len(server.requests_to("POST", "/auth/exchange"))


async def test_two_users_never_mix() -> None:
    """Clients of `with_options` for other users have their own logins, files and chats over the same connections."""
    async with visit(server={"static_tokens": TWO}, static_token="one") as visited:
        one, two = visited.client, visited.client.with_options(static_token="two")
        seen = await asyncio.gather(*(client.get_me() for client in (one, two) * 20))
        chat = await two.create_chat("Второй")

        assert ["user-1", "user-2"] * 20 == [me.user.username for me in seen]
        assert 2 == exchanges(visited)
        assert [] == list(await one.list_chats())
        with pytest.raises(PermissionDeniedError):
            await one.get_chat(chat)


async def test_another_static_token_is_another_user_for_good() -> None:
    """After `authenticate` with another token nothing of the new user is found under the old one's name."""
    async with visit(server={"static_tokens": TWO}) as visited:
        store = MemoryTokenStore()
        client = client_of(visited.server, static_token="one", token_store=store)
        await client.get_me()
        await client.authenticate("two")
        again = client_of(visited.server, static_token="one", token_store=store)

        assert ["user-2", "user-1"] == [(await used.get_me()).user.username for used in (client, again)]
        await client.close()
        await again.close()


async def test_a_token_that_does_not_work_changes_nothing() -> None:
    """Checking a wrong static token leaves the login as it is."""
    async with visit() as visited:
        await visited.client.get_me()
        with pytest.raises(AuthenticationError, match="Invalid static token"):
            await visited.client.authenticate("wrong")
        visited.server.expire_tokens()

        assert "user-1" == (await visited.client.get_me()).user.username


async def test_an_inactive_account_is_refused() -> None:
    """The account's state is told as it is, and asked once."""
    async with visit() as visited:
        visited.server.user.status = "blocked"
        with pytest.raises(PermissionDeniedError, match="not active"):
            await visited.client.get_me()

        assert 1 == exchanges(visited)


async def test_clear_tokens_keeps_a_saved_login() -> None:
    """The contract's remedy for an invalid token works for a saved login, too, on a client that has done nothing yet."""
    async with visit() as visited:
        store = MemoryTokenStore()
        key = TokenKey.of_profile(visited.server.url, "default")
        store.save(key, TokenSet(access_token="x.y.z", expires_at=4e9, expires_in=3600, static_token=visited.server.static_token))
        client = AsyncAIZoomDocClient(visited.server.url, token_store=store)
        await client.clear_tokens()
        await client.authenticate()

        assert "user-1" == (await client.get_me()).user.username
        await client.close()


async def test_logout_ends_a_saved_login() -> None:
    """A fresh client that logs out tells the server, and forgets the saved login, here and in the store."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        store = MemoryTokenStore()
        key = TokenKey.of_profile(visited.server.url, "default")
        store.save(key, TokenSet(static_token=visited.server.static_token))
        first = AsyncAIZoomDocClient(visited.server.url, token_store=store)
        await first.get_me()
        client = AsyncAIZoomDocClient(visited.server.url, token_store=store)
        await client.logout()

        assert 1 == len(visited.server.requests_to("POST", "/auth/logout"))
        assert store.load(key) is None
        with pytest.raises(AuthenticationError, match="Nobody is logged in"):
            await client.get_me()
        await first.close()
        await client.close()


async def test_a_lost_refresh_does_not_lock_out() -> None:
    """A refresh whose answer was lost may have used the token up: the static token takes over."""
    async with visit(ServerBehavior.CONTRACT) as visited:
        await visited.client.get_me()
        visited.server.expire_tokens()
        visited.server.respond("POST", "/auth/refresh", Reset())
        await visited.client.get_me()

        assert (2, 1) == (exchanges(visited), len(visited.server.requests_to("POST", "/auth/refresh")))


async def test_a_life_of_no_seconds_is_no_loop() -> None:
    """A server that gives tokens without any life is asked once a call."""
    async with visit(server={"expires_in": 0}) as visited:
        visited.server.respond("GET", "/me", Normally())
        with pytest.raises(AIZoomDocError):
            await visited.client.get_me()

        assert 3 >= exchanges(visited)


async def test_the_loaded_tokens_life_is_by_the_wall_clock() -> None:
    """Across restarts only the wall clock can tell: what it says has ended is renewed without being tried."""
    async with visit() as visited:
        used = list[Any]()
        for wall, expected in ((1000.0, "stored"), (5000.0, "fresh")):
            store = MemoryTokenStore()
            store.save(
                TokenKey.of_static_token("http://h", "s"), TokenSet(access_token="stored", expires_at=4600, expires_in=3600)
            )
            auth = Authenticator(
                "http://h",
                Secret("s"),
                profile="default",
                store=store,
                send=exchanging(used),
                clock=Clock(),
                wall_clock=Clock(wall),
            )

            assert Secret(expected) == await auth.token()
        assert 1 == len(used)
        assert visited.server.requests == []


def exchanging(used: list[Any]) -> Callable[[Any], Awaitable[Any]]:
    async def send(request: Any) -> Any:
        used.append(request)
        return attrs.make_class("Answer", ["access_token", "expires_in", "refresh_token"])("fresh", 3600, None)

    return send
