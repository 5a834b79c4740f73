"""Spans of answers and of requests, and the context of a trace for the headers of requests."""

from __future__ import annotations

import weakref

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from ..hooks import (
    AnswerEnded,
    AnswerRecovery,
    AnswerStarted,
    AnswerTexts,
    RequestEnded,
    RequestRetried,
    RequestStarted,
    StreamOpened,
)
from . import attributes, content

Spans = weakref.WeakKeyDictionary[AnswerStarted | RequestStarted, Span]


class OpenSpans:
    """Makes a span an answer, and in it one a request."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._spans: Spans = weakref.WeakKeyDictionary()

    def context_of(self, request: RequestStarted) -> Context:
        """The context of the request's span."""
        return trace.set_span_in_context(self._span(request))

    def start_answer(self, answer: AnswerStarted) -> None:
        """Begins the span of an answer, within the span of who asks."""
        about = attributes.answer_start(answer)
        self._spans[answer] = self._tracer.start_span(attributes.CHAT, kind=SpanKind.CLIENT, attributes=about)

    def start_request(self, request: RequestStarted) -> None:
        """Begins the span of a request, within that of the request or the answer that needs it, else of who calls."""
        around = self._spans.get(request.parent or request.answer or request)
        parent = None if around is None else trace.set_span_in_context(around)
        name, about = f"{request.method} {request.route}", attributes.request_start(request)
        self._spans[request] = self._tracer.start_span(name, parent, SpanKind.CLIENT, about)

    def note_retry(self, retry: RequestRetried) -> None:
        """Adds to the request's span that an attempt failed."""
        if retry.request is not None:
            about: attributes.Attributes = {
                "attempt": retry.attempt,
                "wait": retry.wait,
                "error.type": retry.error.code,
            }
            self._span(retry.request).add_event("retry", about)

    def note_stream(self, stream: StreamOpened) -> None:
        """Adds to the answer's span that a stream is open."""
        if stream.answer is not None:
            self._span(stream.answer).add_event("stream opened", {"aizoomdoc.stream.transport": stream.transport})

    def note_recovery(self, recovery: AnswerRecovery) -> None:
        """Adds a step after a lost stream to the answer's span."""
        about: attributes.Attributes = {"step": recovery.step, "wait": recovery.wait}
        if recovery.error is not None:
            about["error.type"] = recovery.error.code
        self._span(recovery.answer).add_event("recovery", about)

    def note_texts(self, texts: AnswerTexts) -> None:
        """Adds question and answer to the answer's span."""
        self._span(texts.ended.answer).set_attributes(content.messages(texts))

    def end_request(self, ended: RequestEnded) -> None:
        """Ends the span of a request."""
        self._end(ended.request, attributes.request_end(ended), is_error=ended.outcome == "failed")

    def end_answer(self, ended: AnswerEnded) -> None:
        """Ends the span of an answer."""
        self._end(ended.answer, attributes.answer_end(ended), is_error=ended.outcome == "failed")

    def _end(self, started: AnswerStarted | RequestStarted, about: attributes.Attributes, *, is_error: bool) -> None:
        span = self._span(started)
        span.set_attributes(about)
        if is_error:
            span.set_status(Status(StatusCode.ERROR))
        self._spans.pop(started, None)
        span.end()

    def _span(self, started: AnswerStarted | RequestStarted) -> Span:
        return self._spans.get(started, trace.INVALID_SPAN)
