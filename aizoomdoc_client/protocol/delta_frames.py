"""Fast decoding of `llm_token` frames, which make up nearly all of a stream: many at once, and the events between them.

Each frame of an answer has the same layout as the frame before it, and most servers repeat the whole text so far in each. A
template of the last frame therefore predicts the next one: the delta is read at its expected place, the frame is rebuilt with it
and compared byte for byte. If it matches, the server's text is the previous one plus this delta, and no text is decoded twice.

Frames in which something else varies are read by `plain_deltas`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from ..events import AnswerEvent, LLMToken
from .attempt_backoff import AttemptBackoff
from .delta_texts import delta_text_cache
from .frame_layout import TOKEN, learn_template
from .frame_template import ZEROS, FrameTemplate
from .json_strings import text_of
from .run_text import RunText, split

TextlessDecoder = Callable[[int], AnswerEvent | None]
"""Gives the event of the frame with that index if it leaves the answer's text unchanged, else None."""


class DeltaFrameReader:
    """Reads the `llm_token` frames of one answer, once their layout is learned."""

    def __init__(self) -> None:
        self._template: FrameTemplate | None = None
        self._is_valid = False
        self._backoff = AttemptBackoff()

    @property
    def is_ready(self) -> bool:
        """Whether the next frame can be predicted."""
        return self._is_valid

    @property
    def pause(self) -> int:
        """How many of the next frames will not be predicted."""
        return 0 if self._is_valid else self._backoff.pause

    def skip(self, frames: int) -> None:
        """Counts frames of the `pause` that were decoded otherwise."""
        self._backoff.pause -= frames

    def forget(self) -> None:
        """Ends the prediction, whose text no longer holds: the next frame has to be decoded whole."""
        self._is_valid = False

    def learn(self, frame: bytes, run: RunText) -> None:
        """Predicts the next frame from one that was decoded whole, after which the run's text is the draft."""

        def said() -> str:  # a function, because joining the text costs time and few layouts need it
            return run.draft.text() + run.held

        self._is_valid = self._template is not None and self._template.resume(frame, said)
        if not self._is_valid and self._backoff.is_due():
            self._template = learn_template(TOKEN, frame, said)
            self._is_valid = self._template is not None

    def read(  # noqa: C901 - the hot loop, through which every event of a stream goes: a call costs more than each of its parts
        self,
        frames: Sequence[bytes],
        run: RunText,
        events: list[AnswerEvent],
        *,
        decode_thinking: TextlessDecoder,
        decode_textless: TextlessDecoder,
    ) -> int:
        """How many of the first `frames` are as predicted; `run` takes their deltas, and their events are appended to `events`.

        Frames between them that `decode_textless` decodes count, too; `decode_thinking` is quicker and decodes fewer of them.
        """
        template = self._template
        if template is None or not self._is_valid:
            return 0
        parts, (first, last), time_part, look = template.parts, template.deltas, template.time_part, template.time
        text, size, begin, time_at, held = template.text, template.size, template.begin, template.time_at, run.held
        repeats, moves = text is not None, template.moves
        join, found, times, others = b"".join, list[str](), list[bytes](), list[tuple[int, AnswerEvent]]()
        alternate = may_be_other = False  # where a token and another event alternate, the other one is tried first in turn
        for frame in frames:
            if may_be_other:
                may_be_other = False
                other = decode_thinking(len(found) + len(others))
                if other is not None:
                    others.append((len(found), other))
                    continue
            length = (len(frame) - size) >> repeats
            piece, time = frame[begin : begin + length], frame[time_at]
            parts[first] = parts[last] = piece
            parts[time_part] = time
            if frame != join(parts) or time.translate(ZEROS) != look:
                other = decode_textless(len(found) + len(others))
                if other is None:
                    break
                others.append((len(found), other))
                alternate = True
                continue
            token = delta_text_cache[piece]
            if token is None or held:
                token, held = _with_held(piece, held)
                if token is None:
                    break
            if text is not None:
                text += piece
                size += length
                if moves:
                    begin += length
            found.append(token)
            times.append(time)
            may_be_other = alternate
        template.size, template.begin, run.held = size, begin, held
        made = LLMToken.series(run.draft, found, itertools.repeat(template.model), times, itertools.repeat(template.sent))
        if found:
            self._backoff.succeeded()
        events += in_order(made, others) if others else made
        return len(found) + len(others)


def in_order(made: Sequence[AnswerEvent], others: Sequence[tuple[int, AnswerEvent]]) -> list[AnswerEvent]:
    """All events in the order of their frames; the number beside each of `others` is how many of `made` precede it."""
    events, start = list[AnswerEvent](), 0
    for count, other in others:
        events += made[start:count]
        events.append(other)
        start = count
    return [*events, *made[start:]]


def _with_held(piece: bytes, held: str) -> tuple[str | None, str]:
    """The text of `held` and a delta, and what of that is held back in turn; None for a delta that is no text."""
    text = text_of(piece)
    return (None, held) if text is None else split(held + text)
