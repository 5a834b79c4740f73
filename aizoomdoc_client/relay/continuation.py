"""Goes on with an answer of which viewers have a part: that part is not delivered again."""

from __future__ import annotations

from collections.abc import Sequence

from ..events import AnswerEvent, AnswerRestarted, LLMFinal, LLMToken
from ..protocol.run_text import change

__all__ = ["Continuation"]


class Continuation:
    """Turns the events of an answer that is delivered from its beginning into those for viewers who have `delivered` of its text.

    Text that repeats what they have is left out; where it differs, `answer_restarted` takes back what does not hold.
    """

    def __init__(self, delivered: str) -> None:
        self._delivered: str | None = delivered  # None once the viewers' text is that of the answer
        self._text = ""

    def feed(self, event: AnswerEvent) -> Sequence[AnswerEvent]:
        """The events for viewers that `event` gives."""
        if self._delivered is None:
            return [event]
        match event:
            case LLMToken(token):
                self._text += token
                return self._caught_up(event, self._delivered)
            case AnswerRestarted(keep):
                self._text = self._text[:keep]
                return []
            case LLMFinal() if self._text != self._delivered:
                self._delivered = None
                return [AnswerRestarted(len(self._text), "final"), event]
            case _:
                return [event]

    def _caught_up(self, event: LLMToken, delivered: str) -> Sequence[AnswerEvent]:
        """Nothing while the text is a part of what viewers have; then what changes theirs into it, once."""
        if delivered.startswith(self._text):
            return []
        self._delivered = None
        found = change(delivered, self._text)
        rest = LLMToken(found.delta, event.model, synthetic=event.synthetic)
        return [rest] if found.keep is None else [AnswerRestarted(found.keep, "rerun"), rest]
