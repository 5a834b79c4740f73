"""The fast way through `llm_token` frames, which are nearly all of a stream.

Each of them repeats the whole text so far as `accumulated`, and is written like the one before it: only another piece of text and
another time stand in it. So the next frame is foretold. Piece and time are taken from where they must stand, the frame is put
together with them, and what came must be that, byte for byte: then `accumulated` is the last one plus this piece, and nothing of
a text that grows is decoded twice. A token frame that comes otherwise is decoded whole; every other frame is left to `codec`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from ..events import AnswerEvent, Draft, LLMToken

_STAMP = b"[0-9:.TZ+-]*+"
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
"""Makes all times look alike."""
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
    """How the next token frame is written, as far as the last one tells.

    Open are only its piece of text, which stands in it twice, and the digits of its time; `middle` is what stands between the two
    pieces, `size` the number of all bytes that are foretold. Where the last `accumulated` is not known, or is not the draft,
    nothing is, and `size` is None.
    """

    __slots__ = ("close", "ending", "head", "middle", "model", "size", "stamp")

    def __init__(self) -> None:
        self.size: int | None = None

    @property
    def is_clear(self) -> bool:
        """Whether anything is foretold."""
        return self.size is not None

    def forget(self) -> None:
        """Nothing is foretold any more."""
        self.size = None

    def learn(self, found: re.Match[bytes]) -> None:
        """The next frame will be written like `found`."""
        model: bytes | None = found["model"]
        self.head: bytes = found["head"]
        self.middle: bytearray = bytearray(found["middle"])
        self.ending: bytes = found["ending"]
        self.model: str | None = None if model is None else model.decode()
        self.stamp: bytes = found["stamp"].translate(_ZEROS)
        self.close: bytes = found["close"]
        self.size = found.end() - len(found["token"])


class DeltaFrameReader:
    """Reads the token frames of one transport.

    It knows their `shape`, what no JSON stands before it (`start`), and the patterns of what stands around the data.
    """

    def __init__(self, shape: type[_Data | _Envelope], *, start: bytes = b"", before: bytes, after: bytes, end: bytes) -> None:
        self._start = start
        self._decode = msgspec.json.Decoder(shape).decode
        self._match = re.compile(_FRAME % (start + before, after, end), re.DOTALL).fullmatch

    def read(self, frames: Iterable[bytes], last: FrameTemplate, draft: Draft, events: list[AnswerEvent]) -> int:
        """How many of the first `frames` are what was foretold; their pieces are taken into `draft`, and `events` are added.

        Every event of a stream goes through this loop, and next to nothing else is done for one.
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
        """The token of a frame decoded whole; None for one that holds anything else or anything more."""
        if not frame.startswith(self._start) or b"\n" in frame:  # the lines of a server-sent event are not JSON yet
            return None
        try:
            fields = self._decode(memoryview(frame)[len(self._start) :])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        data, timestamp = (fields.data, fields.timestamp) if isinstance(fields, _Envelope) else (fields, None)
        return LLMToken(data.token, data.model, draft=Draft(data.accumulated), pieces=1, timestamp=timestamp)

    def foresee(self, frame: bytes, text: str, last: FrameTemplate) -> None:
        """Foretells the frame that follows `frame`, if the `accumulated` of that is `text`."""
        found = self._match(frame)
        if found is not None and text == _text(found["text"]):
            last.learn(found)


WEBSOCKET = DeltaFrameReader(
    _Envelope, before=rb'\{"event": ?"llm_token", ?"data": ?', after=rb'\}, ?"timestamp": ?"', end=rb'"\}'
)
EVENTSOURCE = DeltaFrameReader(_Data, start=b"data: ", before=b"", after=b"", end=rb"\}")


_decode_string = msgspec.json.Decoder(str).decode


def _text(piece: bytes) -> str | None:
    """The text of a piece; None for half a character, what is no JSON, and a last backslash, which may begin an escape."""
    try:
        text = piece.decode()
        if text.isprintable() and '"' not in text and "\\" not in text:
            return text
        text = _decode_string(b'"' + piece + b'"')
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return None if text.endswith("\\") else text


class KnownTexts(dict[bytes, str | None]):
    """The texts of pieces; at most `limit` short ones are kept: a model says most of its pieces again and again.

    To find one here takes a third of the time, and answers that wait to be read share them.
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
known: KnownTexts = KnownTexts(4096)  # less than a megabyte; a model has many more pieces, and says most of those seldom
