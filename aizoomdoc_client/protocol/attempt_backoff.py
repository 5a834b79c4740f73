"""Backoff of an optimisation whose attempts cost work: while they fail, each is made after twice as many frames as the last."""

from __future__ import annotations

LONGEST_PAUSE = 1023
"""The most frames between two attempts: an attempt costs as much as a few frames, and a server may change its layout."""


class AttemptBackoff:
    """When to try again: after 0, 1, 3, 7, … more frames, and at the next one after a success."""

    __slots__ = ("_next_pause", "pause")

    def __init__(self) -> None:
        self._next_pause = 0
        self.pause: int = 0

    def is_due(self) -> bool:
        """Whether to try with this frame, which is counted; an attempt counts as failed until `succeeded` is called."""
        if self.pause:
            self.pause -= 1
            return False
        self.pause = self._next_pause
        self._next_pause = min(2 * self._next_pause + 1, LONGEST_PAUSE)
        return True

    def succeeded(self) -> None:
        """The last attempt saved work, so the next frame is tried, too."""
        self._next_pause = self.pause = 0
