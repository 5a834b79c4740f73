"""Keeps credentials out of reprs, of the variables that a traceback can show, and of what servers quote."""

from __future__ import annotations

import re
import weakref
from types import TracebackType
from urllib.parse import quote

import attrs

__all__ = ["HiddenFrames", "Secret", "without_secrets"]

_SHORT = 8
"""A credential with fewer characters than this is masked only where it stands alone, not within a word."""
_SHORTEST = 3
"""A credential with fewer characters is not masked: one or two letters occur in any sentence."""


@attrs.frozen(repr=False)
class Secret:
    """A credential hidden from ``repr``; call `reveal` where it is passed on, and never assign the result to a variable."""

    _text: str = attrs.field(alias="text")

    def __attrs_post_init__(self) -> None:
        _in_use[id(self)] = self

    @classmethod
    def of(cls, text: str | None) -> Secret | None:
        """`text` as a secret; None for None."""
        return None if text is None else cls(text)

    def reveal(self) -> str:
        """The credential itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"


_in_use: weakref.WeakValueDictionary[int, Secret] = weakref.WeakValueDictionary()
"""By identity: of two equal ones either may be collected first, and the other has to stay."""


def without_secrets(text: str) -> str:
    """`text` with an ellipsis in place of each credential that is in use in this process, as it is or percent-encoded.

    Servers quote what they were sent, and not every credential can be recognised by its looks.
    """
    values = {secret.reveal() for secret in list(_in_use.values())}
    forms = {form for value in values for form in (value, quote(value, safe="")) if len(form) >= _SHORTEST and form in text}
    for form in sorted(forms, key=len, reverse=True):
        pattern = re.escape(form)
        text = re.sub(pattern if len(form) >= _SHORT else rf"(?<!\w){pattern}(?!\w)", "…", text)
    return text


class HiddenFrames:
    """``with HiddenFrames():`` strips an error of the traceback frames below, and of this one: their variables hold credentials.

    Python adds a frame to an error's traceback where the error is raised, not where a ``with`` passes it on.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            error.__traceback__ = None
