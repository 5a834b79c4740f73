"""Bugs in how things are done: sockets, turns, shared logins. Each is caught by a test that a server and a client play."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that stands for a method takes what the method takes)

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from .mutant import Mutant

AUTH = "tests/session/test_auth.py::"
HERE = "tests/mutants/test_session_bugs.py::"


def exchange_for_each(_: Any) -> Any:
    async def renewed(self: Any, *, rejected: str | None) -> Any:
        _ = rejected
        return await self._exchange_and_keep()

    return renewed


def leader_dies(_: Any) -> Any:
    async def run(self: Any, key: Any, work: Any) -> Any:
        return await self.start(key, work)

    return run


def token_is_to_blame(_: Any) -> Any:
    async def renewed_if_to_blame(self: Any, _request: Any, token: Any) -> Any:
        return await self._auth.renew(token)

    return renewed_if_to_blame


def leave_it_open(_: Any) -> Any:
    async def close(_channel: Any) -> None:
        await asyncio.sleep(0)

    return close


def no_turns(_: Any) -> Any:
    async def take(self: Any) -> None:
        await asyncio.sleep(0)
        self.record.slot = self

    return take


def others_do_not_matter(_: Any) -> Any:
    def begin(self: Any, _message_id: str) -> None:
        self.is_open = True

    return begin


def deaf_to_cancel(_: Any) -> Any:
    return lambda _self: None


def open_for_each_reader(true: Any) -> Any:
    async def first_frames(self: Any) -> Any:
        self._opening = None
        return await true(self)

    return first_frames


def post_for_each_waiter(_: Any) -> Any:
    async def posted(self: Any) -> Any:
        self._message = await self._post()
        return self

    return posted


SESSION: Sequence[Mutant] = (
    Mutant(
        "exchange for each",
        "exchanges the token once for each waiter",
        "session.auth:Authenticator._renewed",
        exchange_for_each,
        (AUTH + "test_a_hundred_calls_share_one_exchange", AUTH + "test_a_hundred_calls_share_one_renewal"),
    ),
    Mutant(
        "leader dies",
        "ends an exchange for all when the call that began it is cancelled",
        "session.single_flight:SingleFlight.run",
        leader_dies,
        (AUTH + "test_a_waiter_that_leaves_takes_nothing_away",),
    ),
    Mutant(
        "token is to blame",
        "takes every 500 for a token that the server cannot read, and sends a POST again",
        "session.caller:Caller._renewed_if_unreadable",
        token_is_to_blame,
        (AUTH + "test_a_true_500_is_not_blamed_on_the_token",),
    ),
    Mutant(
        "left open",
        "opens the stream anew while the old socket lives",
        "session.stream_reader:_close",
        leave_it_open,
        (HERE + "test_the_old_stream_is_closed_before_another_opens",),
    ),
    Mutant(
        "no turns",
        "posts a question while another answer of the chat is read",
        "session.chat_queue:ChatSlot.acquire",
        no_turns,
        (HERE + "test_a_chat_has_one_question_at_a_time",),
    ),
    Mutant(
        "others do not matter",
        "reads on although another question was asked in the chat",
        "session.chat_queue:ChatSlot.start_reading",
        others_do_not_matter,
        (HERE + "test_an_answer_read_too_late_is_not_anothers",),
    ),
    Mutant(
        "deaf to cancel",
        "keeps the connection when the answer is cancelled",
        "session.stream_connection:StreamConnection.abort",
        deaf_to_cancel,
        (HERE + "test_cancelling_ends_the_run",),
    ),
    Mutant(
        "open for each reader",
        "opens another stream, and so runs the model again, for a reader that comes back",
        "session.stream_connection:StreamConnection._first_frames",
        open_for_each_reader,
        (HERE + "test_a_reader_that_comes_back_finds_the_same_run",),
    ),
    Mutant(
        "post for each waiter",
        "posts the message again for whoever waits again",
        "answer_stream:AsyncAnswerStream._posted",
        post_for_each_waiter,
        (HERE + "test_a_sender_that_comes_back_finds_the_same_message",),
    ),
)
