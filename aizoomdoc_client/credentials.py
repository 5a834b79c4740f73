"""Credentials inside the client, kept out of reprs and of the variables that a traceback can show."""

from __future__ import annotations

from types import TracebackType

import attrs

__all__ = ["HiddenFrames", "Secret"]


@attrs.frozen(repr=False)
class Secret:
    """A credential hidden from ``repr``; call `reveal` where it is passed on, and never assign the result to a variable."""

    _text: str = attrs.field(alias="text")

    @classmethod
    def of(cls, text: str | None) -> Secret | None:
        """The secret that `text` is; None for none."""
        return None if text is None else cls(text)

    def reveal(self) -> str:
        """The credential itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"


class HiddenFrames:
    """``with HiddenFrames():`` strips an error of the traceback frames below, and of this one: their variables hold credentials.

    Python adds a frame to an error's traceback where the error is raised, not where a ``with`` passes it on.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            error.__traceback__ = None
