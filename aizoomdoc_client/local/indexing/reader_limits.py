"""What one document may take of time and memory."""

from __future__ import annotations

import attrs

MEGABYTE = 1024 * 1024


@attrs.frozen(kw_only=True)
class ReaderLimits:
    """What one document may take.

    `silence` is the longest time without a page and `seconds` that of the whole, in seconds; both grow with the document's size.
    For a page whose text is recognized in its picture both are longer by what the reader says, by `recognition_seconds` at most;
    with `recognize` False that is done for none.
    """

    pages: int = 10_000
    memory_bytes: int = 2048 * MEGABYTE
    silence: float = 20.0
    seconds: float = 120.0
    seconds_per_megabyte: float = 10.0
    silence_per_megabyte: float = 1.0
    recognize: bool = True
    recognition_seconds: float = 200.0

    def total_seconds(self, size: int) -> float:
        """The longest time for a document of `size` bytes."""
        return self.seconds + self.seconds_per_megabyte * size / MEGABYTE

    def silent_seconds(self, size: int) -> float:
        """The longest time without a page of a document of `size` bytes."""
        return self.silence + self.silence_per_megabyte * size / MEGABYTE
