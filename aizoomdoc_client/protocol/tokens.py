"""The fast way through `llm_token` frames, which are nearly all of a stream.

Each of them repeats the whole text so far as `accumulated`. A small frame is decoded whole, which costs less than looking at its
bytes. In a large one, where that would make a long answer quadratic, `accumulated` is compared, as bytes, with what was there
before. Either way a token counts as the next piece of the text only when `accumulated` proves to be the last one plus this token.
Every other frame is left to the slow way.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from ..events import Draft, LLMToken

SMALL = 1024
"""Bytes of a frame below which it is decoded whole."""

_CHARS = rb'((?:[^"\\\x00-\x1f]++|\\.)*+)"'
_DATA = rb'\{"token": ?"' + _CHARS + rb', ?"accumulated": ?"'
_ASCII = rb'[^"\\\x00-\x1f\x7f-\xff]*+'
_MODEL = rb'(?:, ?"model": ?(?:null|"(?P<model>' + _ASCII + rb')"))?\}'


class _Data(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    accumulated: str
    model: str | None = None


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    event: Literal["llm_token"]
    data: _Data
    timestamp: str | None = None


class Evidence:
    """What the last `accumulated` was: as `text`, or as the bytes of its JSON; None where that is not known."""

    __slots__ = ("json", "text")

    def __init__(self) -> None:
        self.text: str | None = ""
        self.json: bytearray | None = bytearray()

    @property
    def is_known(self) -> bool:
        """Whether it is known in one way or the other."""
        return self.text is not None or self.json is not None

    def forget(self) -> None:
        """Nothing is known, so that the next frame goes the slow way."""
        self.text = self.json = None

    def renew(self, text: str, json: bytes) -> None:
        """Both are known."""
        self.text, self.json = text, bytearray(json)


class TokenReader:
    """Reads the token frames of one transport's shape; `head` ends where `accumulated` begins, `tail` follows it."""

    def __init__(self, shape: type[_Data | _Envelope], head: bytes, tail: bytes) -> None:
        self._decode = msgspec.json.Decoder(shape).decode
        self._match_head = re.compile(head).match
        self._match_tail = re.compile(b'"' + tail).fullmatch
        self._match_text = re.compile(_CHARS).match

    def read(self, frame: bytes, last: Evidence, draft: Draft) -> LLMToken | None:
        """The next piece of `draft`, taken into it and into the evidence; None when the slow way must decide."""
        return self._read_small(frame, last, draft) if len(frame) < SMALL else self._read_large(frame, last, draft)

    def _read_small(self, frame: bytes, last: Evidence, draft: Draft) -> LLMToken | None:
        text = last.text
        if text is None:
            return None
        try:
            fields = self._decode(frame)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        data, timestamp = (fields.data, fields.timestamp) if isinstance(fields, _Envelope) else (fields, None)
        token, accumulated = data.token, data.accumulated
        if len(accumulated) != len(text) + len(token) or not (accumulated.startswith(text) and accumulated.endswith(token)):
            return None
        if accumulated.endswith("\\"):  # it may begin an escape
            return None
        last.text, last.json = accumulated, None
        pieces = draft.pieces
        pieces.append(token)
        return LLMToken(token, data.model, timestamp=timestamp, draft=draft, pieces=len(pieces))

    def _read_large(self, frame: bytes, last: Evidence, draft: Draft) -> LLMToken | None:
        seen, head = last.json, self._match_head(frame)
        if seen is None or head is None:
            return None
        piece, start = head[1], head.end()
        middle = start + len(seen)
        tail = self._match_tail(frame, middle + len(piece))
        if tail is None or not (frame.startswith(seen, start) and frame.startswith(piece, middle)):
            return None
        token = _text(piece)
        if token is None:
            return None
        seen += piece
        last.text = None
        draft.pieces.append(token)
        model, timestamp = tail["model"], tail["timestamp"]
        pieces = len(draft.pieces)
        return LLMToken(token, None if model is None else model.decode(), timestamp=timestamp, draft=draft, pieces=pieces)

    def accumulated(self, frame: bytes) -> bytes | None:
        """The JSON bytes of a token frame's `accumulated`; None in a frame of another shape."""
        head = self._match_head(frame)
        text = self._match_text(frame, head.end()) if head else None
        return text[1] if text else None


WEBSOCKET = TokenReader(
    _Envelope,
    rb'\{"event": ?"llm_token", ?"data": ?' + _DATA,
    _MODEL + rb', ?"timestamp": ?"(?P<timestamp>' + _ASCII + rb')"\}',
)
EVENTSOURCE = TokenReader(_Data, _DATA, _MODEL + rb"(?P<timestamp>)")


def _text(piece: bytes) -> str | None:
    """The text of a piece; None for half a character, what is no JSON, and a last backslash, which may begin an escape."""
    try:
        if b"\\" not in piece:
            return piece.decode()
        text: str = msgspec.json.decode(b'"' + piece + b'"')
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return None if text.endswith("\\") else text
