"""Mutants of requests and connections: how they are sent, read, remembered and closed."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that replaces a method has the method's parameters)

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, cast

import aiohttp
import attrs
from websockets.asyncio.client import ClientConnection

from aizoomdoc_client.transport.websockets_client import WebSocketsConnection

from .mutant import Mutant

RETRIES = "tests/session/test_retries.py::"
TRANSPORTS = "tests/session/test_stream_opener.py::"
CHAT_QUEUE = "tests/session/test_chat_queue.py::"


def forget_the_working_transport(_: Any) -> Any:
    return lambda *_args, **_options: None


def never_resume_reading(_: Any) -> Any:
    return lambda _self: None


def go_on_where_it_stopped(original: Any) -> Any:
    def open_source(self: Any) -> Any:
        self._start = None if self._start is None else self._start + (self.size or 0) // 2 * self._used
        return original(self)

    return open_source


def never_ended(_original: Any) -> Any:
    return lambda _self, _copy: False


def as_written(_: Any) -> Any:
    return str


def always_current(_original: Any) -> Any:
    return property(lambda _self: True)


def key_of_the_pool(_original: Any) -> Any:
    return aiohttp.ClientRequest.connection_key


def leave_the_place(_original: Any) -> Any:
    return WebSocketsConnection.connection_lost


def any_loop(original: Any) -> Any:
    def current(self: Any) -> Any:
        return self.source if self._made is None else original(self)

    return current


def ignore_retry_after(original: Any) -> Any:
    def delay(error: Any, **options: Any) -> Any:
        error.retry_after = None
        return original(error, **options)

    return delay


def key_for_each_attempt(original: Any) -> Any:
    async def run(self: Any, request: Any, attempt: Any) -> Any:
        async def with_another_key(request: Any) -> Any:
            keyed = "Idempotency-Key" in request.headers
            key = {"Idempotency-Key": str(uuid.uuid4())} if keyed else {}
            return await attempt(attrs.evolve(request, headers={**request.headers, **key}))

        return await original(self, request, with_another_key)

    return run


def keep_for_a_minute(_: Any) -> float:
    return 60.0


def keep_the_connection(_: Any) -> Any:
    return lambda _self: None


def send_again_by_itself(_: Any) -> Any:
    return aiohttp.ServerDisconnectedError


def trust_a_connection_after_500(_: Any) -> Any:
    async def start(self: Any, connection: Any) -> Any:
        usual: Any = cast("Any", super(type(self), self))
        return await usual.start(connection)

    return start


def keep_the_slot(_: Any) -> Any:
    return lambda _self: None


def clear_after_reading(_: Any) -> Any:
    def wake_item_waiters(self: Any) -> None:
        events = list(self._item_waiters)
        self._item_waiters.clear()
        for event in events:
            self._thread.wake(event)

    return wake_item_waiters


def no_idle_timeout(_: Any) -> Any:
    return lambda _self: None


def count_the_pause(original: Any) -> Any:
    def tick(self: Any) -> None:
        since = self._unanswered_since
        original(self)
        if self._connection.frames.is_paused:
            self._unanswered_since = since

    return tick


def wait_for_the_end_of_tcp(_: Any) -> Any:
    def data_received(self: Any, data: Any) -> None:
        ClientConnection.data_received(self, data)
        self.frames.on_read()

    return data_received


CONNECTIONS: Sequence[Mutant] = (
    Mutant(
        "forgets the other transport",
        "tries a WebSocket again for each answer, though the server has none",
        "protocol.transport_choice:TransportChoice.opened",
        forget_the_working_transport,
        (TRANSPORTS + "test_the_working_transport_is_remembered",),
    ),
    Mutant(
        "Retry-After ignored",
        "waits less than Retry-After says",
        "protocol.retry:delay",
        ignore_retry_after,
        (RETRIES + "test_retry_after_is_waited_for",),
    ),
    Mutant(
        "key for each attempt",
        "gives each attempt at a POST an idempotency key of its own",
        "session.retrier:Retrier.run",
        key_for_each_attempt,
        (RETRIES + "test_every_post_has_a_key_that_its_attempts_share",),
    ),
    Mutant(
        "reading not resumed",
        "pauses a WebSocket for a slow consumer and never resumes reading",
        "transport.frame_queue:FrameQueue._resume_reading",
        never_resume_reading,
        ("tests/transport/test_frame_queue.py::test_a_full_queue_pauses_reading_until_it_is_taken",),
    ),
    Mutant(
        "pause counted as silence",
        "counts the pause for a slow consumer as a missed pong",
        "transport.keep_alive:KeepAlive._tick",
        count_the_pause,
        ("tests/transport/test_keep_alive.py::test_a_pause_is_no_missed_pong",),
    ),
    Mutant(
        "waits for the end of TCP",
        "takes a close frame for the end only when TCP ends too",
        "transport.websockets_client:WebSocketsConnection.data_received",
        wait_for_the_end_of_tcp,
        ("tests/transport/test_websocket_verdicts.py::test_a_close_frame_is_the_verdict",),
    ),
    Mutant(
        "not rewound",
        "sends the rest of a file, not all of it, when it is sent again",
        "transport.uploads:Upload.open",
        go_on_where_it_stopped,
        ("tests/transport/test_uploads.py::test_a_source_that_can_be_rewound_is_sent_again",),
    ),
    Mutant(
        "copies for ever",
        "uses a model's copy of a file after it has ended",
        "session.known_files:KnownFiles.has_expired",
        never_ended,
        ("tests/session/test_attachments.py::test_a_copy_is_made_again_before_it_ends",),
    ),
    Mutant(
        "another version",
        "hands the model a file that changed on the disk since it was stored",
        "session.known_files:FileVersion.is_current",
        always_current,
        ("tests/session/test_attachments.py::test_a_file_that_changed_on_the_disk_is_not_taken_for_the_one_that_was_stored",),
    ),
    Mutant(
        "file ids as they are given",
        "knows an uploaded file by its id as the server wrote it",
        "session.attachments:id_key",
        as_written,
        ("tests/session/test_attachments.py::test_spellings_of_a_files_id_are_one_file",),
    ),
    Mutant(
        "events kept open",
        "keeps the connection of server-sent events when the answer is cancelled",
        "transport.eventsource:EventSourceStream.abort",
        keep_the_connection,
        ("tests/test_answer.py::test_cancel_ends_a_reader_that_waits",),
    ),
    Mutant(
        "WebSocket kept open",
        "keeps the connection of a WebSocket when the answer is cancelled",
        "transport.websocket:WebSocketStream.abort",
        keep_the_connection,
        ("tests/transport/test_websocket.py::test_abort_wakes_the_reader",),
    ),
    Mutant(
        "sent again by itself",
        "lets aiohttp send a GET again whose connection broke off: another run of the model",
        "transport.http_session:BrokenOffError",
        send_again_by_itself,
        ("tests/session/test_model_runs.py::test_a_stream_that_breaks_before_its_response_is_opened_once",),
    ),
    Mutant(
        "trusts after 500",
        "keeps the connection on which a server answered 500",
        "transport.http_session:_Response.start",
        trust_a_connection_after_500,
        (RETRIES + "test_a_dead_pooled_connection_is_no_failure",),
    ),
    Mutant(
        "stream over a pooled connection",
        "opens a stream over a pooled connection of a user's own session, which may be dead",
        "transport.http_session:RequestAlone.connection_key",
        key_of_the_pool,
        ("tests/transport/test_own_session.py::test_a_stream_takes_no_pooled_connection_and_is_asked_for_once",),
    ),
    Mutant(
        "place kept",
        "keeps the place of a WebSocket in the pool of a user's own session",
        "transport.session_websocket:_Connection.connection_lost",
        leave_the_place,
        ("tests/transport/test_own_session.py::test_a_stream_gives_its_connection_back",),
    ),
    Mutant(
        "session of any loop",
        "takes a closed session, or one of another event loop",
        "transport.own_session:OwnSession.current",
        any_loop,
        (
            "tests/transport/test_own_session.py::test_a_closed_session_is_refused",
            "tests/transport/test_own_session.py::test_a_session_of_another_loop_is_refused",
        ),
    ),
    Mutant(
        "idle connection kept",
        "keeps idle connections for longer than servers do",
        "transport.http_session:KEEP_ALIVE",
        keep_for_a_minute,
        ("tests/transport/test_http_bodies_and_headers.py::test_a_connection_that_the_server_may_close_soon_is_not_used_again",),
    ),
    Mutant(
        "slot kept",
        "keeps the chat's slot for an answer that was closed unread",
        "session.question_sender:QuestionSender.leave",
        keep_the_slot,
        (CHAT_QUEUE + "test_an_unread_answer_releases_its_slot",),
    ),
    Mutant(
        "wake-up lost",
        "reads the waiters of a pump and clears them in two steps, so that one added between them is lost",
        "sync.pump:Pump._wake_item_waiters",
        clear_after_reading,
        ("tests/sync/test_pump_interleavings.py::test_no_wake_up_is_lost",),
    ),
    Mutant(
        "no idle time-out",
        "does not limit the silence between events",
        "session.watchdog:Watchdog.wait_started",
        no_idle_timeout,
        ("tests/faults/test_time.py::test_slow_drip__deadlines",),
    ),
)
