"""Fast decoding of `llm_token` frames, which make up nearly all of a stream.

Each frame repeats the whole text so far as `accumulated` and has the same layout as the frame before it; only the delta and the
timestamp's digits vary. A template of the last frame therefore predicts the next one: delta and timestamp are read at their
expected places, the frame is rebuilt with them and compared byte for byte. If it matches, `accumulated` is the previous one plus
this delta, and no text is decoded twice. A frame that does not match is decoded whole; other events are left to `event_codec`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from ..draft import Draft
from ..events import AnswerEvent, LLMToken

_STAMP = b"[0-9:.TZ+-]*+"
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
"""Maps all digits to 0, so that timestamps of one format compare equal."""
_CHARS = rb'(?:[^"\\\x00-\x1f]++|\\.)*+'
_ASCII = rb'[^"\\\x00-\x1f\x7f-\xff]*+'
_FRAME = (
    rb'(?P<head>%b\{"token": ?")(?P<token>' + _CHARS + rb")"
    rb'(?P<middle>", ?"accumulated": ?"(?P<text>' + _CHARS + rb"))"
    rb'(?P<ending>"(?:, ?"model": ?(?:null|"(?P<model>' + _ASCII + rb')"))?%b)(?P<stamp>' + _STAMP + rb")(?P<close>%b)"
)


class _Data(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    accumulated: str
    model: str | None = None


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    event: Literal["llm_token"]
    data: _Data
    timestamp: str | None = None


class FrameTemplate:
    """The expected layout of the next `llm_token` frame, learned from the last one.

    Only the delta, which occurs twice, and the timestamp's digits vary. `middle` is what stands between the deltas, `size` the
    number of constant bytes; `size` is None, and nothing matches, while the last `accumulated` is unknown or
    differs from the draft.
    """

    __slots__ = ("close", "ending", "head", "middle", "model", "size", "stamp")

    def __init__(self) -> None:
        self.size: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether the next frame's layout is known."""
        return self.size is not None

    def forget(self) -> None:
        """Forgets the layout: the next frame is decoded whole."""
        self.size = None

    def learn(self, found: re.Match[bytes]) -> None:
        """Takes the layout of `found`."""
        model: bytes | None = found["model"]
        self.head: bytes = found["head"]
        self.middle: bytearray = bytearray(found["middle"])
        self.ending: bytes = found["ending"]
        self.model: str | None = None if model is None else model.decode()
        self.stamp: bytes = found["stamp"].translate(_ZEROS)
        self.close: bytes = found["close"]
        self.size = found.end() - len(found["token"])


class DeltaFrameReader:
    """Reads the `llm_token` frames of one transport.

    `shape` is their decoded form, `start` what precedes the JSON, and the patterns match what surrounds the data.
    """

    def __init__(self, shape: type[_Data | _Envelope], *, start: bytes = b"", before: bytes, after: bytes, end: bytes) -> None:
        self._start = start
        self._decode = msgspec.json.Decoder(shape).decode
        self._match = re.compile(_FRAME % (start + before, after, end), re.DOTALL).fullmatch

    def read(self, frames: Iterable[bytes], last: FrameTemplate, draft: Draft, events: list[AnswerEvent]) -> int:
        """How many of the first `frames` match the template; their deltas are appended to `draft` and their events to `events`.

        This is the hot loop: every event of a stream goes through it.
        """
        if last.size is None:
            return 0
        size, head, middle, ending, model, close = last.size, last.head, last.middle, last.ending, last.model, last.close
        look, piece_at, stamp_at, close_at = last.stamp, len(head), -len(last.stamp) - len(close), -len(close)
        join, found, stamps = b"".join, list[str](), list[bytes]()
        for frame in frames:
            length = (len(frame) - size) >> 1
            piece, stamp = frame[piece_at : piece_at + length], frame[stamp_at:close_at]
            if frame != join((head, piece, middle, piece, ending, stamp, close)) or stamp.translate(_ZEROS) != look:
                break
            token = known[piece]
            if token is None:
                break
            middle += piece
            size += length
            found.append(token)
            stamps.append(stamp)
        last.size = size
        events += LLMToken.series(draft, found, model, stamps)
        return len(found)

    def decode(self, frame: bytes) -> LLMToken | None:
        """The event of a frame, decoded whole; None for a frame with another event or further fields."""
        if not frame.startswith(self._start) or b"\n" in frame:  # the lines of a server-sent event are not JSON yet
            return None
        try:
            fields = self._decode(memoryview(frame)[len(self._start) :])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        data, timestamp = (fields.data, fields.timestamp) if isinstance(fields, _Envelope) else (fields, None)
        return LLMToken(data.token, data.model, draft=Draft(data.accumulated), pieces=1, timestamp=timestamp)

    def learn_from(self, frame: bytes, text: str, last: FrameTemplate) -> None:
        """Learns the layout of the next frame from `frame`, if its `accumulated` is `text`."""
        found = self._match(frame)
        if found is not None and text == _text(found["text"]):
            last.learn(found)


WEBSOCKET = DeltaFrameReader(
    _Envelope, before=rb'\{"event": ?"llm_token", ?"data": ?', after=rb'\}, ?"timestamp": ?"', end=rb'"\}'
)
EVENTSOURCE = DeltaFrameReader(_Data, start=b"data: ", before=b"", after=b"", end=rb"\}")


_decode_string = msgspec.json.Decoder(str).decode


def _text(piece: bytes) -> str | None:
    """The text of an encoded delta; None for half a character, invalid JSON, or a trailing backslash: it may begin an escape."""
    try:
        text = piece.decode()
        if text.isprintable() and '"' not in text and "\\" not in text:
            return text
        text = _decode_string(b'"' + piece + b'"')
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return None if text.endswith("\\") else text


class DeltaTextCache(dict[bytes, str | None]):
    """Decoded texts by encoded delta, at most `limit` short ones: models repeat most deltas.

    A hit takes a third of the time of decoding, and answers that wait to be read share the strings.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def __missing__(self, piece: bytes) -> str | None:
        text = _text(piece)
        if len(piece) <= _SHORT:
            if len(self) >= self._limit:
                self.clear()
            self[piece] = text
        return text


_SHORT = 32
"""Bytes."""
known: DeltaTextCache = DeltaTextCache(4096)  # less than a megabyte; a model has many more pieces, and says most of those seldom
