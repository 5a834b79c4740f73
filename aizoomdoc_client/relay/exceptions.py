"""What can go wrong between a backend and its relay."""

from __future__ import annotations

from ..exceptions import AIZoomDocError

__all__ = ["BackplaneAwayError", "RelayClosedError", "StreamNotFoundError"]


class StreamNotFoundError(AIZoomDocError):
    """There is no stream of this id, or it is another owner's, which is not told apart."""


class RelayClosedError(AIZoomDocError):
    """The backend is ending; it takes no more questions."""


class BackplaneAwayError(AIZoomDocError):
    """What the workers of a backend share, as Redis, cannot be reached or takes nothing more."""
