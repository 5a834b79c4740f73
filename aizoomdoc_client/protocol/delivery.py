"""Whether a message whose POST failed was stored all the same: the history decides; the message is never sent again.

A stored message is ours only if it is the only one with our content among those that are new and stand after all older ones, and
if the older ones are known for sure. In every other case the delivery is unknown and reported as such.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Unpack

import attrs

from ..catalog import text
from ..exceptions import APIError, DeliveryUnknownError, GatewayError, ProtocolError, ServerError
from ..models import ChatHistory, Message
from ..models.ids import id_key
from .conversation import is_question
from .recovery import GiveUp, Look
from .requests import RequestContext
from .retry import request_outcome

LOOKS: Sequence[float] = (0.2, 1.0, 2.0, 4.0, 8.0)
"""Seconds to wait before each look into the history after a POST whose outcome is unknown."""


@attrs.frozen
class Stored:
    """The message was stored."""

    message: Message


Action = Look | Stored | GiveUp


def may_post_unseen(error: APIError) -> bool:
    """Whether a message may be posted although the history could not be read before it, with `error`.

    A server whose history endpoint alone fails can still be asked: without a baseline an ambiguous failure raises
    `DeliveryUnknownError`, and nothing can be stored twice. If the server is down or busy, its error is raised at once.
    """
    if isinstance(error, ProtocolError):
        return error.status_code is not None
    return isinstance(error, ServerError) and not isinstance(error, GatewayError)


def is_error_of(error: APIError, path: str | None) -> bool:
    """Whether `error` is of the request with this `path`, and not of a login that the request needed."""
    return error.path is None or error.path == path


class Delivery:
    """Decides whether one message was stored.

    `known` are the ids that the chat had before, None when they may be incomplete; `request` is named in errors.
    """

    def __init__(self, content: str, known: Collection[str] | None, **request: Unpack[RequestContext]) -> None:
        self._content = content
        self._known = None if known is None else frozenset(map(id_key, known))
        self._request = request
        self._looks = 0
        self._cause: APIError | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether a failure left unknown whether the message was stored."""
        return self._cause is not None

    def failed(self, error: APIError) -> Action:
        """The action after the last attempt failed with `error`: the message was not stored, or that is unknown.

        An error of another request, which is that of the login that the message needed, says that the message was not stored: the
        server rejected its token, or it was not sent.
        """
        if not is_error_of(error, self._request.get("path")) or request_outcome(error) != "unknown":
            return GiveUp(error)
        self._cause = error
        return self._next_look() if self._known is not None else GiveUp(self._unknown())

    def looked(self, history: ChatHistory | None) -> Action:
        """The action after a look; `history` is None when it could not be read."""
        if history is None:
            return self._next_look()
        ours = [message for message in self._newer(history.messages) if self._may_be_ours(message)]
        if len(ours) == 1:
            return Stored(ours[0])
        return GiveUp(self._unknown()) if ours or history.truncated else self._next_look()

    def _newer(self, messages: Sequence[Message]) -> Sequence[Message]:
        """The messages after the last one that was there before."""
        places = (place for place in range(len(messages) - 1, -1, -1) if id_key(messages[place].id) in (self._known or ()))
        return messages[next(places, -1) + 1 :]

    def _may_be_ours(self, message: Message) -> bool:
        return is_question(message) and message.content == self._content

    def _next_look(self) -> Look | GiveUp:
        if self._looks == len(LOOKS):
            return GiveUp(self._unknown())
        self._looks += 1
        return Look(LOOKS[self._looks - 1])

    def _unknown(self) -> DeliveryUnknownError:
        assert self._cause is not None
        context: RequestContext = {**self._request, "status_code": self._cause.status_code}
        return DeliveryUnknownError(text("delivery_unknown", reason=self._cause.text), **context)
