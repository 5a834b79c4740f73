"""What a program overrides to be told of a client's work."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .details import (
    AnswerEnded,
    AnswerRecovery,
    AnswerStarted,
    AnswerTakenUp,
    AnswerTexts,
    RequestEnded,
    RequestRetried,
    RequestStarted,
    StreamClosed,
    StreamOpened,
    TokenRefreshed,
    ViewerJoined,
    ViewerLeft,
)

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Hooks:
    """What a client, or a relay, does: override the methods that you want to be told by. All others do nothing.

    Each gets one frozen detail, in the thread in which the client works (the background thread of a sync client), and must return
    soon: the work goes on afterwards. The beginning of an answer is told in the context (`contextvars`) of the caller. The end of
    an answer that is dropped instead of closed may be told in any thread. An exception of a hook is logged, once for each method
    of a class, and changes nothing else. Details have no tokens, questions and answers, except as errors have them, and
    `AnswerTexts`, which only hooks with `wants_texts` get.
    """

    wants_texts: bool = False
    """Whether `answer_texts` is called."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__[:100]}>"

    def request_started(self, request: RequestStarted) -> None:
        """A call of an endpoint, the opening of a stream, or a download begins."""

    def request_headers(self, request: RequestStarted) -> Mapping[str, str]:  # noqa: ARG002 - for who overrides it
        """Headers for all attempts at this request, such as ``traceparent``, besides the client's own, which stay as they are.

        Downloads, which may be from other hosts, have none.
        """
        return _NOTHING

    def request_retried(self, retry: RequestRetried) -> None:
        """An attempt failed and another one follows."""

    def request_ended(self, request: RequestEnded) -> None:
        """A call or a download is over, or the stream is open; follows on each `request_started`."""

    def token_refreshed(self, refresh: TokenRefreshed) -> None:
        """A new access token was asked for."""

    def answer_started(self, answer: AnswerStarted) -> None:
        """A question is about to be asked; what is done for its answer comes after this."""

    def answer_recovery(self, recovery: AnswerRecovery) -> None:
        """The stream of an answer broke off, and a step is taken."""

    def answer_ended(self, answer: AnswerEnded) -> None:
        """Nothing more comes of an answer; follows on each `answer_started`."""

    def answer_texts(self, texts: AnswerTexts) -> None:
        """Question and answer, right before `answer_ended`; called only where `wants_texts` is true."""

    def stream_opened(self, stream: StreamOpened) -> None:
        """A stream is open; an answer has several when one breaks off."""

    def stream_closed(self, stream: StreamClosed) -> None:
        """A stream is closed; follows on each `stream_opened`."""

    def context_headers(self) -> Mapping[str, str]:
        """The context in which a relay is asked, as headers such as ``traceparent``: kept with the answer for other workers."""
        return _NOTHING

    def answer_taken_up(self, taken_up: AnswerTakenUp) -> None:
        """A relay goes on with an answer that another worker was asked for.

        It is told in the context (`contextvars`) in which the answer is then asked for and read, a copy of its own.
        """

    def viewer_joined(self, viewer: ViewerJoined) -> None:
        """Somebody looks at an answer of a relay."""

    def viewer_left(self, viewer: ViewerLeft) -> None:
        """Somebody no longer looks; follows on each `viewer_joined`."""
