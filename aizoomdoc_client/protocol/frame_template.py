"""The next frame of an answer, as the frames before it predict it.

All frames of a kind have the same layout. Only the time varies and the delta, which stands in a frame twice where the server
repeats the text so far. So a frame is read by rebuilding it with the delta that stands at the expected place, and comparing all
bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from .delta_texts import delta_text_cache
from .json_strings import text_of

ZEROS = bytes.maketrans(b"123456789", b"000000000")
"""Maps all digits to 0, so that times of one format compare equal."""


@attrs.define(eq=False)
class FrameTemplate:
    """The next frame, in `parts`, of which those at the indexes `deltas` and `time_part` are filled in from each frame.

    `text` is the part that ends with the text so far, from `text_start` on, and grows with it; None where the server does not
    repeat it. `size` is the number of bytes without deltas. The first delta begins at `begin`, which `moves` if the text stands
    before it. The time lies at `time_at`; `time` is one, with all digits as 0. `sent` are the fields of the data, with
    placeholders for delta and text.
    """

    parts: list[bytes | bytearray]
    deltas: tuple[int, int]
    time_part: int
    text: bytearray | None
    text_start: int
    size: int
    begin: int
    moves: bool
    time_at: slice
    time: bytes
    model: str | None
    sent: Mapping[str, Any]

    def read(self, frame: bytes) -> str | None:
        """The text of a frame's delta, by which the template predicts the next frame; None if this one is not as predicted."""
        begin, parts, text = self.begin, self.parts, self.text
        length = (len(frame) - self.size) >> (text is not None)
        piece, time = frame[begin : begin + length], frame[self.time_at]
        first, last = self.deltas
        parts[first] = parts[last] = piece
        parts[self.time_part] = time
        if frame != b"".join(parts) or time.translate(ZEROS) != self.time:
            return None
        delta = delta_text_cache[piece]
        if delta is not None and text is not None:
            text += piece
            self.size += length
            if self.moves:
                self.begin += length
        return delta

    def resume(self, frame: bytes, said: Callable[[], str]) -> bool:
        """Predicts the frame after `frame`, which has this layout but another text; `said` gives that text, `frame` included.

        False if the frame has another layout or text: the template must then not be used any more.
        """
        if self.text is None:
            return self.read(frame) is not None
        first, last = self.deltas
        del self.text[self.text_start :]
        head, between, tail = sum(map(len, self.parts[:first])), self.parts[last - 1], sum(map(len, self.parts[last + 1 :]))
        at = frame.find(between, head)
        one, other = frame[head:at], frame[at + len(between) : len(frame) - tail]
        raw, piece = (one, other) if self.moves else (other, one)
        self.text += raw
        self.size, self.begin = len(frame) - len(piece), head + (len(raw) if self.moves else 0)
        is_resumed = self._is(frame, b"", piece) if self.moves else self._is(frame, piece, b"")
        return is_resumed and text_of(piece) is not None and text_of(raw) == said()

    def _is(self, frame: bytes, first: bytes, last: bytes) -> bool:
        """Whether the frame is as predicted, with these deltas and its own time."""
        time = frame[self.time_at]
        self.parts[self.deltas[0]], self.parts[self.deltas[1]], self.parts[self.time_part] = first, last, time
        return frame == b"".join(self.parts) and time.translate(ZEROS) == self.time
