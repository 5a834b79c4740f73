"""The details that hooks get: frozen, without tokens, questions and answers, but `AnswerTexts`. Times are in seconds.

What began and what ended are told apart; the end has the very object of the beginning, so that a listener can keep what it knows
of it in a dictionary. The errors are those that the caller gets: of an answer that broke off its `partial` has the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

from ..exceptions import AIZoomDocError
from ..serializable import OneLineRepr

Outcome: TypeAlias = Literal["completed", "failed", "cancelled"]
"""How something ended; what was closed or dropped before its end counts as cancelled."""
RecoveryStep: TypeAlias = Literal["lost", "look", "history", "rerun", "given_up"]
"""A step after the stream of an answer broke off.

``lost`` is the break itself, ``look`` that the chat's history is about to be read, ``history`` that the answer was in it,
``rerun`` that the model runs again, ``given_up`` that nothing more is tried.
"""

_PLAIN = re.compile(
    "|auth|chats|documents|exchange|files|health|logout|me|messages|projects|prompts|refresh|results|roles|search|settings|stream"
    "|tree|upload|upload-for-llm"
)
"""The segments that endpoints have in their paths besides ids; the empty one stands before the first slash."""


@attrs.frozen(kw_only=True, eq=False)
class AnswerStarted(OneLineRepr):
    """A question is about to be asked, or with `is_resumed` the answer to one of before to be taken up."""

    server_url: str
    chat_id: str
    is_resumed: bool = False


@attrs.frozen(kw_only=True, eq=False)
class AnswerEnded(OneLineRepr):
    """Nothing more comes of an answer.

    `message_id` is the stored answer's, where the server tells it, `question_id` the message's, None if it was not posted.
    `seconds`, `first_event` and `first_text` count from the call; `queued` is the time in the server's queue; None for what did
    not happen.
    """

    answer: AnswerStarted
    outcome: Outcome
    error: AIZoomDocError | None = None
    question_id: str | None = None
    message_id: str | None = None
    model: str | None = None
    transport: Literal["websocket", "sse"] | None = None
    request_id: str | None = None
    reruns: int = 0
    restarts: int = 0
    seconds: float
    first_event: float | None = None
    first_text: float | None = None
    queued: float | None = None


@attrs.frozen(kw_only=True, eq=False)
class AnswerTexts(OneLineRepr):
    """Question and answer, told only to hooks that want them; an ellipsis stands for each token in use that they quote.

    `question` is as the server stored it, None if it was not posted; `text` is what came of the answer until it ended.
    """

    ended: AnswerEnded
    question: str | None = attrs.field(repr=False)
    text: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True, eq=False)
class AnswerRecovery(OneLineRepr):
    """The stream of an answer broke off, and this is done about it; a ``look`` begins after `wait` seconds at the earliest."""

    answer: AnswerStarted
    step: RecoveryStep
    error: AIZoomDocError | None = None
    wait: float = 0.0


@attrs.frozen(kw_only=True, eq=False)
class AnswerTakenUp(OneLineRepr):
    """A relay goes on with an answer that another worker was asked for, and that nobody reads any more.

    `context` is what `Hooks.context_headers` gave in that worker.
    """

    stream_id: str
    chat_id: str
    owner: str
    context: Mapping[str, str]


@attrs.frozen(kw_only=True, eq=False)
class RequestStarted(OneLineRepr):
    """A call of an endpoint, the opening of a stream or a download begins; `answer` is the answer that it is made for, if any.

    `parent` is the request that waits for this one: a login is made for a request that needs a token.
    """

    server_url: str
    method: str
    path: str
    answer: AnswerStarted | None = None
    parent: RequestStarted | None = None

    @property
    def route(self) -> str:
        """The path with ``{id}`` in place of each id: all requests to an endpoint have the same route."""
        return "/".join(part if _PLAIN.fullmatch(part) else "{id}" for part in self.path.split("/"))


@attrs.frozen(kw_only=True, eq=False)
class RequestEnded(OneLineRepr):
    """A call of an endpoint is over, with all its attempts; an opened stream goes on.

    The bytes are those of the last attempt's bodies, 0 where there was none. `request_id` is the server's name for a failed
    request, where it gives one.
    """

    request: RequestStarted
    outcome: Outcome
    status_code: int | None = None
    error: AIZoomDocError | None = None
    attempts: int = 1
    seconds: float
    bytes_sent: int = 0
    bytes_received: int = 0
    request_id: str | None = None


@attrs.frozen(kw_only=True, eq=False)
class RequestRetried(OneLineRepr):
    """The attempt number `attempt` failed with `error`; the next one begins in `wait` seconds."""

    request: RequestStarted | None
    method: str
    path: str
    attempt: int
    error: AIZoomDocError
    wait: float


@attrs.frozen(kw_only=True, eq=False)
class TokenRefreshed(OneLineRepr):
    """A new access token was asked for, once for all who waited for it; `by` says with what.

    `answer` and `request` are those that needed it first.
    """

    server_url: str
    by: Literal["refresh_token", "static_token"]
    outcome: Outcome
    error: AIZoomDocError | None = None
    seconds: float
    answer: AnswerStarted | None = None
    request: RequestStarted | None = None


@attrs.frozen(kw_only=True, eq=False)
class StreamOpened(OneLineRepr):
    """The stream of an answer is open: its first event is here."""

    answer: AnswerStarted | None
    transport: Literal["websocket", "sse"]


@attrs.frozen(kw_only=True, eq=False)
class StreamClosed(OneLineRepr):
    """The stream is closed, by this side, or because of `error`; `frames` are events as the server sent them."""

    stream: StreamOpened
    error: AIZoomDocError | None = None
    seconds: float
    frames: int
    bytes_received: int


@attrs.frozen(kw_only=True, eq=False)
class ViewerJoined(OneLineRepr):
    """Somebody looks at an answer of a relay, from the event after the one with the id `after` on."""

    stream_id: str
    chat_id: str
    owner: str
    after: int = 0


@attrs.frozen(kw_only=True, eq=False)
class ViewerLeft(OneLineRepr):
    """Somebody no longer looks, after so many `events`; `is_complete`: the answer's last event was among them."""

    viewer: ViewerJoined
    seconds: float
    events: int
    is_complete: bool
