"""The login: one exchange for all waiting calls, renewed before it expires, and never another user's."""

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
    detail,
    internal_error,
)
from tests.client_and_server import ClientAndServer, client_and_server, client_of

TWO = ("one", "two")


@attrs.define
class Clock:
    """A clock that the test owns."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def put_clock(client: AsyncAIZoomDocClient) -> Clock:
    """Replaces the clock of a client's login."""
    clock = Clock()
    client._parts.auth._clock = clock
    return clock


def exchanges(pair: ClientAndServer) -> int:
    return len(pair.server.requests_to("POST", "/auth/exchange"))


def authorizations(pair: ClientAndServer) -> list[str | None]:
    return [request.token for request in pair.server.requests_to("GET", "/me")]


async def test_the_first_call_logs_in() -> None:
    """Nothing is sent when a client is made; the first call exchanges the static token, the second does not."""
    async with client_and_server() as pair:
        assert [] == pair.server.requests
        await pair.client.get_me()
        await pair.client.get_me()

        assert ["POST /auth/exchange", "GET /me", "GET /me"] == pair.calls()


async def test_a_hundred_calls_share_one_exchange() -> None:
    """The first token is fetched once for all waiting calls."""
    async with client_and_server() as pair:
        await asyncio.gather(*(pair.client.get_me() for _ in range(100)))

        assert 1 == exchanges(pair)


async def test_a_hundred_calls_share_one_renewal() -> None:
    """An expired token is renewed once for all who need it."""
    async with client_and_server() as pair:
        clock = put_clock(pair.client)
        await pair.client.get_me()
        clock.now += 4000
        await asyncio.gather(*(pair.client.get_me() for _ in range(100)))

        assert 2 == exchanges(pair)


async def test_a_hundred_rejected_calls_share_one_renewal() -> None:
    """A token that the server rejects is renewed once, and each call repeated once."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        pair.server.expire_tokens()
        await asyncio.gather(*(pair.client.get_me() for _ in range(100)))

        assert 2 == exchanges(pair)
        assert 201 >= len(authorizations(pair))


async def test_a_hundred_calls_share_one_error() -> None:
    """A failed exchange is neither tried a hundred times nor multiplied by the calls' own retries."""
    async with client_and_server() as pair:
        released = SyncPoint()
        pair.server.respond("POST", "/auth/exchange", Held(released, Reply(401, {"detail": "Invalid static token"})))
        calls = [asyncio.create_task(pair.client.get_me()) for _ in range(100)]
        await pair.server.until(lambda: exchanges(pair) == 1)
        released.set()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)

        assert {AuthenticationError} == {type(outcome) for outcome in outcomes}
        assert 1 == exchanges(pair)


async def test_an_unreachable_login_is_retried_as_often_as_said() -> None:
    """Three attempts are three requests: a call's retries do not multiply those of its login."""
    async with client_and_server() as pair:
        busy = Reply(503, {"detail": "busy"}, {"Retry-After": "0.01"})
        pair.server.respond("POST", "/auth/exchange", *[busy] * 20)
        with pytest.raises(ServerError) as caught:
            await pair.client.get_me()

        assert (3, 3) == (exchanges(pair), caught.value.attempts)
        assert "/auth/exchange" == caught.value.path


async def test_cancelling_the_first_waiter_does_not_cancel_the_others() -> None:
    """Cancelling the call that started the exchange does not cancel the exchange for the others."""
    async with client_and_server() as pair:
        released = SyncPoint()
        pair.server.respond("POST", "/auth/exchange", Held(released))
        first, second = (asyncio.create_task(pair.client.get_me()) for _ in range(2))
        await pair.server.until(lambda: exchanges(pair) == 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        released.set()

        assert "active" == (await second).user.status
        assert 1 == exchanges(pair)


async def test_a_token_is_renewed_ahead_of_its_end() -> None:
    """Near its expiry a token is still used while another is fetched in the background; the next call uses that one."""
    async with client_and_server() as pair:
        clock = put_clock(pair.client)
        await pair.client.get_me()
        clock.now += 3600 - 30
        await pair.client.get_me()
        await pair.server.until(lambda: exchanges(pair) == 2)
        await pair.client._parts.auth._renewals.run("renewal", never())
        await pair.client.get_me()
        first, second, third = authorizations(pair)

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
    """A token that other calls still use but that could expire during an upload is renewed before the first byte."""
    async with client_and_server() as pair:
        clock = put_clock(pair.client)
        await pair.client.get_me()
        clock.now += 3600 - 250
        await pair.client.get_me()
        assert 1 == exchanges(pair)
        await UPLOADS[kind](pair.client)

        assert 2 == exchanges(pair)
        assert 1 == len(pair.server.store.files)


async def test_short_lived_tokens_are_not_renewed_for_every_upload() -> None:
    """If tokens live shorter than an upload may take, each is used for half of its life."""
    async with client_and_server(server={"expires_in": 60}) as pair:
        clock = put_clock(pair.client)
        for _ in range(3):
            await pair.client.upload_file(b"plan")
            clock.now += 9
        assert 1 == exchanges(pair)
        clock.now += 9
        await pair.client.upload_file(b"plan")

        assert 2 == exchanges(pair)


async def test_an_upload_goes_on_with_a_token_that_still_serves() -> None:
    """A failing renewal does not fail an upload while the old token has minutes left."""
    async with client_and_server() as pair:
        clock = put_clock(pair.client)
        await pair.client.get_me()
        clock.now += 3600 - 250
        pair.server.respond("POST", "/auth/exchange", *[Reply(500)] * 3)
        await pair.client.upload_file(b"plan")

        assert 1 == len(pair.server.store.files)


async def never() -> Any:
    """Work that is not started, because the same work is running."""


async def test_the_wall_clock_does_not_matter() -> None:
    """A wall clock that jumps by years expires no token: within a process the monotonic clock counts."""
    async with client_and_server() as pair:
        pair.client._parts.auth._wall_clock = Clock(10.0**10)
        await pair.client.get_me()
        pair.client._parts.auth._wall_clock = Clock(0.0)
        await pair.client.get_me()

        assert 1 == exchanges(pair)


async def test_a_wrong_server_clock_does_not_matter() -> None:
    """Dates inside a token are ignored; `expires_in` counts."""
    async with client_and_server() as pair:
        pair.server.clock_skew = 10.0**6
        await pair.client.get_me()
        await pair.client.get_me()

        assert 1 == exchanges(pair)


async def test_a_rejected_token_is_renewed_and_the_call_repeated_once() -> None:
    """401 leads to one renewal and one repetition."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        pair.server.expire_tokens()
        await pair.client.get_me()

        assert ["POST /auth/exchange", "GET /me", "GET /me", "POST /auth/exchange", "GET /me"] == pair.calls()


async def test_a_second_rejection_is_raised() -> None:
    """If the server rejects the new token, too, the error is raised."""
    async with client_and_server() as pair:
        rejection = Reply(401, {"detail": "Token has expired"})
        pair.server.respond("GET", "/me", *[rejection] * 9)
        with pytest.raises(AuthenticationError, match="Token has expired"):
            await pair.client.get_me()

        assert 2 == len(pair.server.requests_to("GET", "/me"))
        assert 2 == exchanges(pair)


async def test_a_refresh_token_is_used_where_there_is_one() -> None:
    """A server that follows the contract issues refresh tokens: the static token is sent once."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        await pair.client.get_me()
        for _ in range(3):
            pair.server.expire_tokens()
            await pair.client.get_me()

        assert 1 == exchanges(pair)
        assert 3 == len(pair.server.requests_to("POST", "/auth/refresh"))


async def test_a_refresh_token_that_ended_falls_back() -> None:
    """The static token is used after the refresh token is rejected."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        await pair.client.get_me()
        pair.server.expire_tokens()
        pair.server.expire_refresh_tokens()
        await pair.client.get_me()

        assert (2, 1) == (exchanges(pair), len(pair.server.requests_to("POST", "/auth/refresh")))


async def test_a_login_without_a_static_token_can_expire() -> None:
    """With neither a working refresh token nor a static token, `TokenExpiredError` says what to do."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        store = MemoryTokenStore()
        key = TokenKey.of_profile(pair.server.url, "default")
        tokens = TokenSet(access_token="a.b.c", expires_at=0, expires_in=3600, refresh_token="used up")
        store.save(key, tokens)
        client = AsyncAIZoomDocClient(pair.server.url, token_store=store)
        with pytest.raises(TokenExpiredError, match="authenticate"):
            await client.get_me()
        await client.close()


async def test_nobody_is_logged_in() -> None:
    """Without any token the error says what to do, and nothing is sent."""
    async with client_and_server() as pair:
        client = AsyncAIZoomDocClient(pair.server.url, token_store=MemoryTokenStore())
        with pytest.raises(AuthenticationError, match="Nobody is logged in"):
            await client.get_me()

        assert [] == pair.server.requests
        await client.close()


async def test_a_saved_login_needs_no_static_token() -> None:
    """A static token kept under the profile, as the command line does it, is exchanged."""
    async with client_and_server() as pair:
        store = MemoryTokenStore()
        store.save(TokenKey.of_profile(pair.server.url, "default"), TokenSet(static_token=pair.server.static_token))
        client = AsyncAIZoomDocClient(pair.server.url, token_store=store)

        assert "user-1" == (await client.get_me()).user.username
        await client.close()


async def test_a_get_recovers_from_an_unreadable_token() -> None:
    """Production answers 500 to a token from before its redeployment: one renewal, one retry."""
    async with client_and_server() as pair:
        clock = put_clock(pair.client)
        await pair.client.get_me()
        pair.server.change_secret()
        clock.now += 60
        await pair.client.get_me()

        assert 2 == exchanges(pair)


async def test_a_question_recovers_from_an_unreadable_token() -> None:
    """The message is stored exactly once, though its first POST was answered with 500."""
    async with client_and_server() as pair:
        clock = put_clock(pair.client)
        chat = await pair.chat()
        pair.server.change_secret()
        clock.now += 60
        answer = await pair.client.ask(chat, "Где ВРУ?")

        assert ["Где ВРУ?"] == [post.content for post in pair.server.posts]
        assert [answer.text] == [message.content for message in pair.server.chats[chat.id].answers]


async def test_an_unreliable_server_does_not_prove_the_token_unreadable() -> None:
    """A message was stored but its response was a 500, and an idempotent request failed too: the message is not posted again."""
    async with client_and_server() as pair:
        clock = put_clock(pair.client)
        chat = await pair.chat()
        clock.now += 60
        lost = Reply(500, {"error": "internal_server_error"}, when=Moment.AFTER_PROCESSING)
        pair.server.respond("POST", "/chats/*/messages", lost)
        pair.server.respond("GET", "/me", internal_error())
        answer = await pair.client.ask(chat, "Где ВРУ?")

        assert ["Где ВРУ?"] == [post.content for post in pair.server.posts]
        assert [answer.text] == [message.content for message in pair.server.chats[chat.id].answers]


async def test_another_500_is_not_blamed_on_the_token() -> None:
    """A POST that fails for another reason is sent once: an idempotent request with the same token works."""
    async with client_and_server() as pair:
        clock = put_clock(pair.client)
        await pair.client.get_me()
        clock.now += 60
        pair.server.respond("POST", "/chats", internal_error())
        with pytest.raises(ServerError):
            await pair.client.create_chat("Тест")

        assert 1 == len(pair.server.requests_to("POST", "/chats"))
        assert 1 == exchanges(pair)


async def test_a_fresh_token_is_not_blamed() -> None:
    """A 500 right after a login, of another kind than that for unreadable tokens, is not taken for a rejected token."""
    async with client_and_server(retry=RetryPolicy(attempts=1)) as pair:
        pair.server.respond("GET", "/me", *[detail(500, "Out of order")] * 5)
        with pytest.raises(ServerError):
            await pair.client.get_me()

        assert (1, 1) == (len(pair.server.requests_to("GET", "/me")), exchanges(pair))


async def test_a_redeployment_right_after_a_login() -> None:
    """A token that becomes unreadable moments after it was issued is replaced, too; a message is stored exactly once."""
    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.change_secret()
        await pair.client.get_me()
        assert 2 == exchanges(pair)

    async with client_and_server() as pair:
        chat = await pair.chat()
        pair.server.change_secret()
        await pair.client.ask(chat, "Где ВРУ?")

        assert (["Где ВРУ?"], 2) == ([post.content for post in pair.server.posts], exchanges(pair))


async def test_a_server_that_always_fails_is_sent_one_login() -> None:
    """However many calls and attempts end with 500, one token is exchanged because of them in half a minute."""
    async with client_and_server() as pair:
        clock = put_clock(pair.client)
        await pair.client.list_chats()
        for pattern in ("/me", "/chats"):
            pair.server.respond("GET", pattern, *[internal_error()] * 50)
        for call in (pair.client.get_me, pair.client.list_chats, pair.client.get_me):
            with pytest.raises(ServerError):
                await call()
            clock.now += 9
        assert 2 == exchanges(pair)
        clock.now += 9
        with pytest.raises(ServerError):
            await pair.client.get_me()

        assert 3 == exchanges(pair)


async def test_the_next_process_needs_no_exchange(tmp_path: Path) -> None:
    """Tokens from a store are used as they are, by a client that knows nothing else."""
    async with ScriptedServer() as server:
        for _ in range(2):
            async with client_of(server, token_store=FileTokenStore(tmp_path / "tokens.json")) as client:
                await client.get_me()

        assert 1 == len(server.requests_to("POST", "/auth/exchange"))


async def test_a_stored_token_that_is_rejected_is_renewed() -> None:
    """A stored token that the server rejects with 401 or 500 is renewed."""
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
    async with client_and_server(server={"static_tokens": TWO}, static_token="one") as pair:
        one, two = pair.client, pair.client.with_options(static_token="two")
        seen = await asyncio.gather(*(client.get_me() for client in (one, two) * 20))
        chat = await two.create_chat("Второй")

        assert ["user-1", "user-2"] * 20 == [me.user.username for me in seen]
        assert 2 == exchanges(pair)
        assert [] == list(await one.list_chats())
        with pytest.raises(PermissionDeniedError):
            await one.get_chat(chat)


async def test_another_static_token_is_another_user_for_good() -> None:
    """After `authenticate` with another token the new user's tokens are not stored under the old user's key."""
    async with client_and_server(server={"static_tokens": TWO}) as pair:
        store = MemoryTokenStore()
        client = client_of(pair.server, static_token="one", token_store=store)
        await client.get_me()
        await client.authenticate("two")
        again = client_of(pair.server, static_token="one", token_store=store)

        assert ["user-2", "user-1"] == [(await used.get_me()).user.username for used in (client, again)]
        await client.close()
        await again.close()


async def test_a_token_that_does_not_work_changes_nothing() -> None:
    """Checking a wrong static token leaves the login as it is."""
    async with client_and_server() as pair:
        await pair.client.get_me()
        with pytest.raises(AuthenticationError, match="Invalid static token"):
            await pair.client.authenticate("wrong")
        pair.server.expire_tokens()

        assert "user-1" == (await pair.client.get_me()).user.username


async def test_an_inactive_account_is_refused() -> None:
    """The error names the account's state, and the server is asked once."""
    async with client_and_server() as pair:
        pair.server.user.status = "blocked"
        with pytest.raises(PermissionDeniedError, match="not active"):
            await pair.client.get_me()

        assert 1 == exchanges(pair)


async def test_clear_tokens_keeps_a_saved_login() -> None:
    """The contract's remedy for an invalid token works for a saved login, too, on a client that has done nothing yet."""
    async with client_and_server() as pair:
        store = MemoryTokenStore()
        key = TokenKey.of_profile(pair.server.url, "default")
        store.save(key, TokenSet(access_token="x.y.z", expires_at=4e9, expires_in=3600, static_token=pair.server.static_token))
        client = AsyncAIZoomDocClient(pair.server.url, token_store=store)
        await client.clear_tokens()
        await client.authenticate()

        assert "user-1" == (await client.get_me()).user.username
        await client.close()


async def test_logout_ends_a_saved_login() -> None:
    """A new client that logs out sends the logout to the server, and deletes the saved login in memory and in the store."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        store = MemoryTokenStore()
        key = TokenKey.of_profile(pair.server.url, "default")
        store.save(key, TokenSet(static_token=pair.server.static_token))
        first = AsyncAIZoomDocClient(pair.server.url, token_store=store)
        await first.get_me()
        client = AsyncAIZoomDocClient(pair.server.url, token_store=store)
        await client.logout()

        assert 1 == len(pair.server.requests_to("POST", "/auth/logout"))
        assert store.load(key) is None
        with pytest.raises(AuthenticationError, match="Nobody is logged in"):
            await client.get_me()
        await first.close()
        await client.close()


async def test_a_lost_refresh_does_not_lock_out() -> None:
    """A refresh whose response was lost may have consumed the refresh token: the static token is used instead."""
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        await pair.client.get_me()
        pair.server.expire_tokens()
        pair.server.respond("POST", "/auth/refresh", Reset())
        await pair.client.get_me()

        assert (2, 1) == (exchanges(pair), len(pair.server.requests_to("POST", "/auth/refresh")))


async def test_a_lifetime_of_zero_causes_no_loop() -> None:
    """A server whose tokens have a lifetime of 0 is asked once per call."""
    async with client_and_server(server={"expires_in": 0}) as pair:
        pair.server.respond("GET", "/me", Normally())
        with pytest.raises(AIZoomDocError):
            await pair.client.get_me()

        assert 3 >= exchanges(pair)


async def test_the_loaded_tokens_life_is_by_the_wall_clock() -> None:
    """After a restart only the wall clock is available: a token expired by it is renewed without being tried."""
    async with client_and_server() as pair:
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
        assert pair.server.requests == []


def exchanging(used: list[Any]) -> Callable[[Any], Awaitable[Any]]:
    async def send(request: Any) -> Any:
        used.append(request)
        return attrs.make_class("Answer", ["access_token", "expires_in", "refresh_token"])("fresh", 3600, None)

    return send


@pytest.mark.parametrize(
    "body",
    [
        {"access_token": "{}"},
        {"access_token": "{}", "expires_in": None, "user": None},
        {"access_token": "{}", "expires_in": "soon"},
    ],
    ids=["nothing else", "null", "unreadable"],
)
async def test_a_login_that_tells_nothing_but_the_token(body: dict[str, Any]) -> None:
    """The token is used until the server rejects it, and then exchanged anew."""
    async with client_and_server() as pair:
        token = pair.server.issue_token()
        reply = Reply(200, {**body, "access_token": token})
        pair.server.respond("POST", "/auth/exchange", reply)
        session = await pair.client.authenticate()
        await pair.client.get_me()
        assert (None, "", 1) == (session.expires_in, session.user.username, exchanges(pair))
        pair.server.expire_tokens()
        await pair.client.get_me()

        assert 2 == exchanges(pair)
