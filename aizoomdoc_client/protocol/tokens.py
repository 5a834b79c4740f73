"""The fast way through `llm_token` frames, which are nearly all of a stream.

Each of them repeats the whole text so far as `accumulated`. Decoding that for every token makes a long answer quadratic, so it
is compared, as bytes, with what was there before: only when it proves to be the last one plus this token, byte for byte, is the
token the next piece of the text. Every other frame is left to the slow way, which decodes it all.
"""

from __future__ import annotations

import re

import msgspec

from ..events import Draft, LLMToken

_CHARS = rb'((?:[^"\\\x00-\x1f]++|\\.)*+)"'
_DATA = rb'\{"token": ?"' + _CHARS + rb', ?"accumulated": ?"'
_ASCII = rb'[^"\\\x00-\x1f\x7f-\xff]*+'
_MODEL = rb'(?:, ?"model": ?(?:null|"(?P<model>' + _ASCII + rb')"))?\}'


class TokenReader:
    """Reads the token frames of one transport's shape; `head` ends where `accumulated` begins, `tail` follows it."""

    def __init__(self, head: bytes, tail: bytes) -> None:
        self._match_head = re.compile(head).match
        self._match_tail = re.compile(b'"' + tail).fullmatch
        self._match_text = re.compile(_CHARS).match

    def read(self, frame: bytes, seen: bytearray, draft: Draft) -> LLMToken | None:
        """The next piece of `draft`, taken into it and into `seen`, its JSON bytes; None when the slow way must decide."""
        head = self._match_head(frame)
        if head is None:
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
    rb'\{"event": ?"llm_token", ?"data": ?' + _DATA,
    _MODEL + rb', ?"timestamp": ?"(?P<timestamp>' + _ASCII + rb')"\}',
)
EVENTSOURCE = TokenReader(_DATA, _MODEL + rb"(?P<timestamp>)")


def _text(piece: bytes) -> str | None:
    """The text of a piece; None for half a character, what is no JSON, and a last backslash, which may begin an escape."""
    try:
        if b"\\" not in piece:
            return piece.decode()
        text: str = msgspec.json.decode(b'"' + piece + b'"')
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return None if text.endswith("\\") else text
