"""Mutants of the session: streams, the chat queue, shared logins. Each is killed by a test with a server and a client."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that replaces a method has the method's parameters)

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from aizoomdoc_client.exceptions import APIError, NotFoundError
from aizoomdoc_client.protocol import codec
from aizoomdoc_client.protocol.retry import request_outcome
from aizoomdoc_client.transport.base import Response

from .mutant import Mutant

AUTH = "tests/session/test_auth.py::"
LOGINS = "tests/session/test_login_failures.py::"
LOOPS = "tests/session/test_event_loops.py::"
READER = "tests/session/test_stream_reader.py::"
HERE = "tests/mutants/test_session_bugs.py::"


def exchange_for_each(_: Any) -> Any:
    async def renew(self: Any, **_: Any) -> Any:
        return await self._exchange_and_keep(self._generation)

    return renew


def cancel_with_the_first_caller(_: Any) -> Any:
    async def run(self: Any, key: Any, work: Any) -> Any:
        return await self.start(key, work)

    return run


def blame_the_token_for_every_500(_: Any) -> Any:
    async def renewed_if_to_blame(self: Any, _request: Any, token: Any, _error: Any) -> Any:
        return await self._auth.renew(token)

    return renewed_if_to_blame


def forget_the_doubt(_: Any) -> Any:
    def not_found_is_deleted(attempt: Any) -> Any:
        is_doubtful = False

        async def attempt_or_gone(request: Any) -> Any:
            nonlocal is_doubtful
            try:
                return await attempt(request)
            except NotFoundError:
                if not is_doubtful:
                    raise
                return Response(200, codec.encode(request.gone))
            except APIError as error:
                is_doubtful = request_outcome(error) == "unknown"
                raise

        return attempt_or_gone

    return not_found_is_deleted


def never_refilled(_: Any) -> Any:
    return lambda _self: None


def leave_it_open(_: Any) -> Any:
    async def close(_channel: Any) -> None:
        await asyncio.sleep(0)

    return close


def no_chat_queue(_: Any) -> Any:
    async def take(self: Any) -> None:
        await asyncio.sleep(0)
        self.chat.slot = self

    return take


def ignore_other_questions(_: Any) -> Any:
    def begin(self: Any, _message_id: str) -> None:
        self.is_open = True

    return begin


def ignore_cancel(_: Any) -> Any:
    return lambda _self: None


def open_for_each_reader(original: Any) -> Any:
    async def first_frames(self: Any) -> Any:
        self._opening = None
        return await original(self)

    return first_frames


def show_quoted_tokens(_: Any) -> Any:
    return lambda text: text


def blame_no_young_token(_: Any) -> Any:
    def may_be_unreadable(self: Any, token: Any, **_: Any) -> Any:
        return not self.is_young(token)

    return may_be_unreadable


def keep_what_is_ready(original: Any) -> Any:
    def end(self: Any) -> None:
        ready = list(self._ready)
        original(self)
        self._ready.extend(ready)

    return end


def opening_unnoted(original: Any) -> Any:
    async def open_unnoted(self: Any, request: Any, *, token: Any) -> Any:
        self._run.requested, requested = lambda: None, self._run.requested
        stream = await original(self, request, token=token)
        requested()
        return stream

    return open_unnoted


def as_given(_: Any) -> Any:
    return str


def expiry_goes_on(_: Any) -> Any:
    def reading(self: Any) -> None:
        self._slot.mark_reader_active()

    return reading


def deadline_anew(original: Any) -> Any:
    def begin(self: Any) -> None:
        self._end = None
        original(self)

    return begin


def needs_no_waiters(original: Any) -> Any:
    def init(self: Any, *, needs_waiters: bool = False) -> None:
        _ = needs_waiters
        original(self)

    return init


def post_for_each_waiter(_: Any) -> Any:
    async def post(self: Any) -> Any:
        self._message = await self._post(self._asking)
        return self

    return post


def newest_loop_only(original: Any) -> Any:
    def current(self: Any) -> Any:
        for loop in tuple(self._values):
            if loop is not asyncio.get_running_loop():
                self._values.pop(loop, None)
        return original(self)

    return current


def occupy_unlocked(_: Any) -> Any:
    def occupy(self: Any, slot: Any) -> bool:
        if self.slot is not None and self.slot is not slot and not self.slot.may_be_superseded():
            return False
        self.slot = slot
        return True

    return occupy


def unlocked(original: Any) -> Any:
    def without_lock(self: Any, *arguments: Any) -> Any:
        self._lock = contextlib.nullcontext()
        return original(self, *arguments)

    return without_lock


SESSION: Sequence[Mutant] = (
    Mutant(
        "exchange for each",
        "exchanges the token once for each waiter",
        "session.auth:Authenticator._renew_once",
        exchange_for_each,
        (AUTH + "test_a_hundred_calls_share_one_exchange", AUTH + "test_a_hundred_calls_share_one_renewal"),
    ),
    Mutant(
        "cancelled with the first caller",
        "ends an exchange for all when the call that began it is cancelled",
        "session.single_flight:SingleFlight.run",
        cancel_with_the_first_caller,
        (AUTH + "test_cancelling_the_first_waiter_does_not_cancel_the_others",),
    ),
    Mutant(
        "every 500 blamed on the token",
        "takes every 500 for a token that the server cannot read, and sends a POST again",
        "session.caller:Caller._renew_if_unreadable",
        blame_the_token_for_every_500,
        (AUTH + "test_another_500_is_not_blamed_on_the_token",),
    ),
    Mutant(
        "doubt forgotten",
        "forgets at the next failure that a deletion may have been done",
        "session.caller:_not_found_is_deleted",
        forget_the_doubt,
        ("tests/session/test_retries.py::test_a_doubtful_deletion_stays_doubtful",),
    ),
    Mutant(
        "budget never refilled",
        "never returns a retry to the budget",
        "protocol.retry:RetryBudget.earn",
        never_refilled,
        ("tests/session/test_retries.py::test_successes_refill_the_retry_budget",),
    ),
    Mutant(
        "left open",
        "opens another stream while the old one is open",
        "session.stream_reader:_close",
        leave_it_open,
        (HERE + "test_the_old_stream_is_closed_before_another_opens",),
    ),
    Mutant(
        "no chat queue",
        "posts a question while another answer of the chat is read",
        "session.chat_queue:ChatSlot.acquire",
        no_chat_queue,
        (HERE + "test_a_chat_has_one_question_at_a_time",),
    ),
    Mutant(
        "other questions ignored",
        "goes on reading although another question was asked in the chat",
        "session.chat_queue:ChatSlot.start_reading",
        ignore_other_questions,
        (HERE + "test_an_answer_read_too_late_is_not_anothers",),
    ),
    Mutant(
        "cancel ignored",
        "keeps the connection when the answer is cancelled",
        "session.stream_connection:StreamConnection.abort",
        ignore_cancel,
        (HERE + "test_cancelling_ends_the_run",),
    ),
    Mutant(
        "open for each reader",
        "opens another stream, and so runs the model again, for a repeated read",
        "session.stream_connection:StreamConnection._first_frames",
        open_for_each_reader,
        (HERE + "test_a_repeated_read_uses_the_same_run",),
    ),
    Mutant(
        "quoted tokens shown",
        "shows in errors the tokens that a server quotes, unless they look like tokens",
        "protocol.redaction:without_secrets",
        show_quoted_tokens,
        ("tests/session/test_quoted_tokens.py::test_a_quoted_static_token_is_masked",),
    ),
    Mutant(
        "events after closing",
        "hands out events that were received before the answer was closed",
        "answer_stream:AsyncAnswerStream._end",
        keep_what_is_ready,
        ("tests/test_answer.py::test_no_event_comes_after_closing",),
    ),
    Mutant(
        "opening not noted",
        "counts a stream as one that may have a run only when it is open",
        "session.stream_connection:StreamConnection._open",
        opening_unnoted,
        (
            "tests/model/test_real_session.py::test_the_session_does_what_the_model_does",
            "tests/session/test_given_up_openings.py::test_the_next_question_does_not_take_its_answer",
        ),
    ),
    Mutant(
        "ids as they are given",
        "asks in a chat by its id as the caller wrote it",
        "protocol.validation:id_key",
        as_given,
        ("tests/session/test_chat_queue.py::test_two_spellings_of_a_chats_id_are_one_chat",),
    ),
    Mutant(
        "given up all the same",
        "gives up an answer whose reader came back in time",
        "session.stream_reader:StreamReader._mark_active",
        expiry_goes_on,
        (READER + "test_a_reader_that_came_back_is_not_given_up",),
    ),
    Mutant(
        "total anew",
        "counts the total deadline from each opening",
        "session.stream_reader:StreamReader._begin",
        deadline_anew,
        (READER + "test_every_opening_gets_what_is_left_of_the_total",),
    ),
    Mutant(
        "work cancelled all the same",
        "cancels work that a waiter came back to",
        "session.resumable_task:ResumableTask._cancel_expiry",
        ignore_cancel,
        ("tests/session/test_resumable_task.py::test_a_waiter_that_came_back_may_wait_for_longer",),
    ),
    Mutant(
        "upload goes on",
        "goes on with an upload whose question was given up",
        "session.single_flight:SingleFlight.__init__",
        needs_no_waiters,
        ("tests/session/test_given_up_posts.py::test_a_question_whose_file_is_on_its_way_is_not_posted",),
    ),
    Mutant(
        "post for each waiter",
        "posts the message again when it is awaited again",
        "answer_stream:AsyncAnswerStream._ensure_posted",
        post_for_each_waiter,
        (HERE + "test_a_repeated_send_uses_the_same_message",),
    ),
    Mutant(
        "newest loop only",
        "closes the connections of the other event loops when one opens its own",
        "transport.lifetimes:PerLoop.current",
        newest_loop_only,
        (LOOPS + "test_threads_share_one_client", LOOPS + "test_a_loop_that_ends_takes_only_its_own_along"),
    ),
    Mutant(
        "chat occupied by two threads",
        "lets two threads take a free chat at the same moment",
        "session.chat_queue:ChatState.occupy",
        occupy_unlocked,
        (LOOPS + "test_one_question_occupies_a_chat",),
    ),
    Mutant(
        "two states of a chat",
        "gives two threads that ask at the same moment a state of the chat each",
        "session.chat_queue:ChatStates.of",
        unlocked,
        (LOOPS + "test_a_chat_has_one_state",),
    ),
    Mutant(
        "login taken for the message",
        "takes the failure of a login for one of the message that needed it",
        "protocol.delivery:is_error_of",
        lambda _: lambda _error, _path: True,
        (LOGINS + "test_a_login_that_fails_after_a_401",),
    ),
    Mutant(
        "young token never blamed",
        "does not replace a token that became unreadable right after the login",
        "session.auth:Authenticator.may_be_unreadable",
        blame_no_young_token,
        (AUTH + "test_a_redeployment_right_after_a_login",),
    ),
    Mutant(
        "token blamed again and again",
        "exchanges the token for each call to a server that always fails",
        "session.auth:Authenticator.may_be_unreadable",
        lambda _: lambda _self, _token, **_: True,
        (AUTH + "test_a_server_that_always_fails_is_sent_one_login",),
    ),
)
