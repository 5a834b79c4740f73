"""Attempts to save work that cost work themselves: made ever more seldom while they are in vain."""

from __future__ import annotations

LONGEST_PAUSE = 1023
"""Frames between two attempts at most: an attempt costs as much as a few frames, and a server may begin to write otherwise."""


class Attempts:
    """When to try again: after no frame, 1, 3, 7, … more frames, and at once after a success."""

    __slots__ = ("_failures", "pause")

    def __init__(self) -> None:
        self._failures = 0
        self.pause: int = 0

    def is_due(self) -> bool:
        """Whether to try with this frame; if so, it counts as in vain until `succeeded`."""
        if self.pause:
            self.pause -= 1
            return False
        self.pause = min(2**self._failures - 1, LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 10)
        return True

    def succeeded(self) -> None:
        """The last attempt has saved work."""
        self._failures = self.pause = 0
