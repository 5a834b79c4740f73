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
_MODEL = rb'(?:, ?"model": ?(?:null|"([^"\\\x00-\x1f]*+)"))?\}'


class TokenReader:
    """Reads the token frames of one transport's shape; `head` ends where `accumulated` begins, `tail` follows it."""

    def __init__(self, head: bytes, tail: bytes) -> None:
        self._head = re.compile(head)
        self._tail = re.compile(b'"' + tail)
        self._text = re.compile(_CHARS)

    def read(self, frame: bytes, seen: bytearray, draft: Draft) -> LLMToken | None:
        """The next piece of `draft`, taken into it and into `seen`, its JSON bytes; None when the slow way must decide."""
        head = self._head.match(frame)
        if head is None:
            return None
        piece, start = head[1], head.end()
        end = start + len(seen) + len(piece)
        tail = self._tail.fullmatch(frame, end)
        if tail is None or not frame.startswith(seen, start) or not frame.startswith(piece, end - len(piece)):
            return None
        try:
            token = _text(piece)
            model, timestamp = (None if field is None else field.decode() for field in (*tail.groups(), None)[:2])
        except (msgspec.DecodeError, UnicodeDecodeError):  # half a character, or nothing that is JSON
            return None
        if token.endswith("\\"):  # it may begin an escape
            return None
        seen += piece
        draft.pieces.append(token)
        return LLMToken(token, model, timestamp=timestamp, draft=draft, pieces=len(draft.pieces))

    def accumulated(self, frame: bytes) -> bytes | None:
        """The JSON bytes of a token frame's `accumulated`; None in a frame of another shape."""
        head = self._head.match(frame)
        text = self._text.match(frame, head.end()) if head else None
        return text[1] if text else None


WEBSOCKET = TokenReader(
    rb'\{"event": ?"llm_token", ?"data": ?' + _DATA,
    _MODEL + rb', ?"timestamp": ?"([^"\\\x00-\x1f]*+)"\}',
)
EVENTSOURCE = TokenReader(_DATA, _MODEL)


def _text(piece: bytes) -> str:
    text: str = msgspec.json.decode(b'"' + piece + b'"') if b"\\" in piece else piece.decode()
    return text
