"""An answer's text while it grows."""

from __future__ import annotations

__all__ = ["Draft"]


class Draft:
    """A text that only grows; a number of pieces names each of its past states."""

    __slots__ = ("_joined", "pieces")

    def __init__(self, text: str = "") -> None:
        self.pieces: list[str] = [text] if text else []
        # How many pieces were joined, and the result: a caller that reads the text after every piece would otherwise join all of
        # them each time. One tuple, so that the thread of a sync consumer and the loop's never see half of a change.
        self._joined: tuple[int, str] = (0, "")

    def text(self, pieces: int | None = None) -> str:
        """The whole text, or as it was when it had that many `pieces`."""
        count = len(self.pieces) if pieces is None else pieces
        joined, text = self._joined
        if count < joined:
            return "".join(self.pieces[:count])
        if count > joined:
            text = "".join((text, *self.pieces[joined:count]))
            self._joined = (count, text)
        return text

    def remember_joined(self, text: str) -> None:
        """Remembers `text`, which the caller has already, as all pieces joined: so they need not be joined again."""
        self._joined = (len(self.pieces), text)
