"""The layouts in which servers may write the same answer; in all else they write as production does.

The contract allows all of them. A layout says what comes between the tokens, which fields their data and envelopes have and in
which order, and how the JSON is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

Fields = dict[str, Any]
STAMP = "2025-01-01T00:00:00.123456Z"
ESCAPED_EACH = 5
"""In the layout `escapes` every fifth token ends in one of `ESCAPED`."""
ESCAPED = ('"', "\\", "\n")


def _same(fields: Fields, number: int) -> Fields:
    del number
    return fields


def _same_pieces(pieces: Iterator[str]) -> Iterator[str]:
    return pieces


@attrs.frozen
class Layout:
    """How a server writes: `data` and `envelope` change the fields of a token's data and of any event's envelope.

    `envelope` is about WebSocket messages; `lines` are further lines of a server-sent event. `thinks`: each token follows a piece
    of the model's thinking. Without `accumulates` there are no rounds: nothing would tell where one begins.
    """

    data: Callable[[Fields, int], Fields] = _same
    envelope: Callable[[Fields, int], Fields] = _same
    lines: Callable[[int], str] = lambda _: ""
    pieces: Callable[[Iterator[str]], Iterator[str]] = _same_pieces
    thinks: bool = False
    accumulates: bool = True
    ascii: bool = False


def _with_escapes(pieces: Iterator[str]) -> Iterator[str]:
    for number, piece in enumerate(pieces):
        turn, is_plain = divmod(number, ESCAPED_EACH)
        yield piece if is_plain else piece + ESCAPED[turn % len(ESCAPED)]


LAYOUTS: Mapping[str, Layout] = {
    "": Layout(),
    "thinking": Layout(thinks=True),
    "swap": Layout(data=lambda fields, _: dict(reversed(fields.items()))),
    "extra": Layout(data=lambda fields, number: {**fields, "index": number, "finish_reason": None}),
    "extra-envelope": Layout(envelope=lambda fields, number: {"id": number, **fields}, lines=lambda number: f"id: {number}\n"),
    "no-accumulated": Layout(data=lambda fields, _: {"token": fields["token"]}, accumulates=False),
    "no-timestamp": Layout(envelope=lambda fields, _: {name: fields[name] for name in ("event", "data")}),
    "escapes": Layout(pieces=_with_escapes),
    "ascii": Layout(ascii=True),
}
"""By the names that streams and figures have; the first is production's."""
