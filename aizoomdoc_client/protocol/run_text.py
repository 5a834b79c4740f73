"""The text of one run of the model, compared with the draft, which is the answer's text as the user has it.

A run's text is always the beginning of the draft, and perhaps a backslash that is held back because it may be half of an escape.
It is the whole draft, except while a re-run repeats what the draft has. So a delta costs time for its own length only, however
long the text is already; only a text that the server repeats is compared.
"""

from __future__ import annotations

import attrs

from ..draft import Draft


@attrs.frozen
class Change:
    """What turns the draft into the run's text: its first `keep` characters (None: all of them) stay, then `delta` follows."""

    keep: int | None
    delta: str


class RunText:
    """The run's text so far: the first `length` characters of `draft` (all of them when None), and then `held`."""

    __slots__ = ("draft", "held", "length")

    def __init__(self) -> None:
        self.draft: Draft = Draft()
        self.held: str = ""
        self.length: int | None = None

    def begin_again(self) -> None:
        """Begins another run, whose text is empty."""
        self.held, self.length = "", 0

    def take_back(self, keep: int) -> None:
        """Cuts the run's text to its first `keep` characters; the draft stays as it is until the next text."""
        if keep <= (len(self.draft.text()) if self.length is None else self.length):
            self.held, self.length = "", keep

    def follow(self, token: str, accumulated: str | None) -> str | None:
        """The delta of an event whose text continues the draft, as nearly all do; None for another one.

        `accumulated` is the run's whole text where the server sends it. The caller appends the delta to the draft.
        """
        if self.length is not None:
            return None
        if accumulated is None:
            said = self.held + token
        else:
            draft = self.draft.text()
            if not accumulated.startswith(draft):
                return None
            said = accumulated[len(draft) :]
        delta, self.held = split(said)
        return delta

    def move(self, token: str, accumulated: str | None, *, may_repeat: bool) -> Change | None:
        """The change of the draft that any event makes; the caller applies it.

        None only where the run `may_repeat` the draft: while its text is a beginning of the draft.
        """
        draft = self.draft.text()
        begin, said = (0, accumulated) if accumulated is not None else (self.length, self.held + token)
        begin = len(draft) if begin is None else begin
        text, held = split(said)
        end = begin + len(text)
        is_repetition = may_repeat and end < len(draft) and draft.startswith(text, begin)
        self.held, self.length = held, end if is_repetition else None
        return None if is_repetition else change(draft, text, begin)


def change(draft: str, target: str, begin: int = 0) -> Change:
    """What turns `draft` into its first `begin` characters and `target`."""
    rest = draft[begin:]
    if target.startswith(rest):
        return Change(None, target[len(rest) :])
    common = _common_length(rest, target)
    return Change(begin + common, target[common:])


def split(said: str) -> tuple[str, str]:
    """What of a text can be delivered, and what is held back: a backslash at its end, which may be half of an escape."""
    delivered = said.removesuffix("\\")
    return delivered, said[len(delivered) :]


def _common_length(one: str, other: str) -> int:
    """The length of the longest common prefix."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low
