"""Metrics of answers, requests, streams and viewers."""

from __future__ import annotations

from opentelemetry.metrics import Meter

from ..hooks import AnswerEnded, AnswerRecovery, RequestEnded, RequestRetried, StreamClosed, StreamOpened, TokenRefreshed
from . import attributes

ANSWER_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640)
"""Bounds of buckets for what takes as long as a model thinks."""
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""The bounds that the conventions have for requests."""


class Metrics:
    """Records what details say; nothing, where the program has no reader of metrics."""

    def __init__(self, meter: Meter) -> None:
        slow, fast = [*ANSWER_SECONDS], [*REQUEST_SECONDS]
        self._duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            "s",
            "Time from a question to the end of its answer",
            explicit_bucket_boundaries_advisory=slow,
        )
        self._first_text = meter.create_histogram(
            "gen_ai.client.operation.time_to_first_chunk", "s", "Time to the first text", explicit_bucket_boundaries_advisory=slow
        )
        self._first_event = meter.create_histogram(
            "aizoomdoc.client.time_to_first_event", "s", "Time to the first event", explicit_bucket_boundaries_advisory=slow
        )
        self._queue_wait = meter.create_histogram(
            "aizoomdoc.client.queue_wait", "s", "Time in the server's queue", explicit_bucket_boundaries_advisory=slow
        )
        self._request_duration = meter.create_histogram(
            "http.client.request.duration", "s", "Time of a call, with all its attempts", explicit_bucket_boundaries_advisory=fast
        )
        self._retries = meter.create_counter("aizoomdoc.client.retries", "{attempt}", "Requests that were sent again")
        self._reruns = meter.create_counter("aizoomdoc.client.reruns", "{run}", "Runs of the model after a lost stream")
        self._refreshes = meter.create_counter("aizoomdoc.client.token_refreshes", "{refresh}", "Access tokens asked for")
        self._sent = meter.create_counter("aizoomdoc.client.bytes_sent", "By", "Bodies of requests")
        self._received = meter.create_counter("aizoomdoc.client.bytes_received", "By", "Bodies of responses, and streams")
        self._streams = meter.create_up_down_counter(
            "aizoomdoc.client.open_streams", "{stream}", "Streams of answers that are open"
        )
        self._viewers = meter.create_up_down_counter("aizoomdoc.relay.viewers", "{viewer}", "Viewers of a relay's answers")

    def answer_ended(self, ended: AnswerEnded) -> None:
        """Times of an answer; those that it did not reach are left out."""
        group = attributes.answer_group(ended)
        self._duration.record(ended.seconds, group)
        for seconds, histogram in (
            (ended.first_event, self._first_event),
            (ended.first_text, self._first_text),
            (ended.queued, self._queue_wait),
        ):
            if seconds is not None:
                histogram.record(seconds, group)

    def request_ended(self, ended: RequestEnded) -> None:
        """Time and bytes of a request."""
        where = attributes.request_start(ended.request)
        self._request_duration.record(ended.seconds, attributes.request_group(ended))
        if ended.bytes_sent:
            self._sent.add(ended.bytes_sent, where)
        if ended.bytes_received:
            self._received.add(ended.bytes_received, where)

    def retried(self, retry: RequestRetried) -> None:
        """One more attempt."""
        where = {} if retry.request is None else attributes.request_start(retry.request)
        self._retries.add(1, {**where, "error.type": retry.error.code})

    def recovery(self, recovery: AnswerRecovery) -> None:
        """One more run, if it is one."""
        if recovery.step == "rerun":
            self._reruns.add(1, attributes.operation(recovery.answer))

    def refreshed(self, refresh: TokenRefreshed) -> None:
        """One more login."""
        about: attributes.Attributes = {"aizoomdoc.token.by": refresh.by, **attributes.server(refresh.server_url)}
        if (error := attributes.error_type(refresh)) is not None:
            about["error.type"] = error
        self._refreshes.add(1, about)

    def stream_opened(self, stream: StreamOpened) -> None:
        """One more open stream."""
        self._streams.add(1, _of_stream(stream))

    def stream_closed(self, closed: StreamClosed) -> None:
        """One open stream less, and what came by it."""
        self._streams.add(-1, _of_stream(closed.stream))
        self._received.add(closed.bytes_received, {"http.request.method": "GET", **_of_stream(closed.stream)})

    def viewers(self, change: int) -> None:
        """So many more viewers."""
        self._viewers.add(change)


def _of_stream(stream: StreamOpened) -> attributes.Attributes:
    server = {} if stream.answer is None else attributes.server(stream.answer.server_url)
    return {"aizoomdoc.stream.transport": stream.transport, **server}
