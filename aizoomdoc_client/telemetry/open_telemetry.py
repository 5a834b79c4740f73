"""Hooks that make spans and metrics."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry import context, metrics, propagate, trace
from opentelemetry.context import Context
from opentelemetry.metrics import MeterProvider
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace import TracerProvider

from .._version import __version__
from ..hooks import (
    AnswerEnded,
    AnswerRecovery,
    AnswerStarted,
    AnswerTakenUp,
    AnswerTexts,
    Hooks,
    RequestEnded,
    RequestRetried,
    RequestStarted,
    StreamClosed,
    StreamOpened,
    TokenRefreshed,
    ViewerJoined,
    ViewerLeft,
)
from . import content
from .metrics import Metrics
from .spans import OpenSpans

__all__ = ["OpenTelemetryHooks"]

SCOPE = "aizoomdoc_client"


class OpenTelemetryHooks(Hooks):
    """Spans and metrics of a client and a relay, to be given to each as `hooks`; one serves any number of both.

    A span ``chat`` for each answer, by the conventions for generative AI, within the span in which it was asked for; in it one
    for each request, whose context the server gets (``traceparent``). No token and no text of an error is in them; ids of chats
    and messages are. Providers and propagator are the program's, unless others are given.

    Question and answer are in the answer's span only with `capture_content`, or where it is not given and
    ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` is ``SPAN_ONLY``, ``SPAN_AND_EVENT`` or ``true``.
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        propagator: TextMapPropagator | None = None,
        capture_content: bool | None = None,
    ) -> None:
        self.wants_texts: bool = content.is_wanted() if capture_content is None else capture_content
        self._spans = OpenSpans(trace.get_tracer(SCOPE, __version__, tracer_provider))
        self._metrics = Metrics(metrics.get_meter(SCOPE, __version__, meter_provider))
        self._propagator = propagator

    def request_started(self, request: RequestStarted) -> None:
        """Begins the request's span."""
        self._spans.start_request(request)

    def request_headers(self, request: RequestStarted) -> Mapping[str, str]:
        """The context of the request's span, as the propagator writes it."""
        return self._injected(self._spans.context_of(request))

    def _injected(self, current: Context | None = None) -> Mapping[str, str]:
        headers: dict[str, str] = {}
        self._textmap.inject(headers, current)  # pyright: ignore[reportArgumentType] - its own default
        return headers

    @property
    def _textmap(self) -> TextMapPropagator:
        return propagate.get_global_textmap() if self._propagator is None else self._propagator

    def request_retried(self, retry: RequestRetried) -> None:
        """Notes and counts it."""
        self._spans.note_retry(retry)
        self._metrics.retried(retry)

    def request_ended(self, request: RequestEnded) -> None:
        """Ends the request's span."""
        self._spans.end_request(request)
        self._metrics.request_ended(request)

    def token_refreshed(self, refresh: TokenRefreshed) -> None:
        """Counts it; the request for it has a span of its own."""
        self._metrics.refreshed(refresh)

    def answer_started(self, answer: AnswerStarted) -> None:
        """Begins the answer's span."""
        self._spans.start_answer(answer)

    def answer_recovery(self, recovery: AnswerRecovery) -> None:
        """Notes it, and counts another run."""
        self._spans.note_recovery(recovery)
        self._metrics.recovery(recovery)

    def answer_ended(self, answer: AnswerEnded) -> None:
        """Ends the answer's span."""
        self._spans.end_answer(answer)
        self._metrics.answer_ended(answer)

    def answer_texts(self, texts: AnswerTexts) -> None:
        """Puts question and answer into the answer's span."""
        self._spans.note_texts(texts)

    def stream_opened(self, stream: StreamOpened) -> None:
        """Notes and counts it."""
        self._spans.note_stream(stream)
        self._metrics.stream_opened(stream)

    def stream_closed(self, stream: StreamClosed) -> None:
        """Counts it, and its bytes."""
        self._metrics.stream_closed(stream)

    def context_headers(self) -> Mapping[str, str]:
        """The context of who asks a relay, as the propagator writes it."""
        return self._injected()

    def answer_taken_up(self, taken_up: AnswerTakenUp) -> None:
        """Lets the answer's span be within the span in which the other worker was asked, not in that of a viewer here."""
        context.attach(self._textmap.extract(taken_up.context, Context()))

    def viewer_joined(self, viewer: ViewerJoined) -> None:  # noqa: ARG002 - who it is, is nothing for metrics
        """Counts it."""
        self._metrics.viewers(1)

    def viewer_left(self, viewer: ViewerLeft) -> None:  # noqa: ARG002 - as above
        """Counts it."""
        self._metrics.viewers(-1)
