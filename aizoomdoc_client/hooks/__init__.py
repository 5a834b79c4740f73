"""What a client and a relay tell a program of their work, while they work.

Contract: `details` are the frozen values that are told, `listener` has the methods that a program overrides, `notifier` calls
them, so that one that raises does no harm, `scope` holds for whom a task works, and the watches tell beginning and end of an
answer and its streams, of a request and its logins, and of a viewer. Imports errors, the type of frames and the checks of
arguments; nothing here waits or sends. Where nobody listens, that costs a comparison with None: no detail is made.
"""

from __future__ import annotations

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
from .listener import Hooks

__all__ = [
    "AnswerEnded",
    "AnswerRecovery",
    "AnswerStarted",
    "AnswerTakenUp",
    "AnswerTexts",
    "Hooks",
    "RequestEnded",
    "RequestRetried",
    "RequestStarted",
    "StreamClosed",
    "StreamOpened",
    "TokenRefreshed",
    "ViewerJoined",
    "ViewerLeft",
]
