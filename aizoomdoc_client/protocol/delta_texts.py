"""The texts of encoded deltas, cached."""

from __future__ import annotations

from .json_strings import text_of

_SHORT = 32
"""The most bytes of a delta that is cached: longer ones are rarely repeated."""


class DeltaTextCache(dict[bytes, str | None]):
    """Decoded texts by encoded delta, at most `limit` short ones: models repeat most deltas.

    A hit takes a third of the time of decoding, and answers that wait to be read share the strings. None stands for a delta that
    is no text, and for one with a backslash at its end, which may begin an escape.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def __missing__(self, piece: bytes) -> str | None:
        text = text_of(piece)
        if text is not None and text.endswith("\\"):
            text = None
        if len(piece) <= _SHORT:
            if len(self) >= self._limit:
                self.clear()
            self[piece] = text
        return text


delta_text_cache: DeltaTextCache = DeltaTextCache(4096)  # less than 1 MB; most of a model's other tokens are rare
