"""Learning the layout of an answer's frames from one of them, whatever its fields and their order.

A frame is divided into what varies, which is the delta (twice, where the server repeats the text so far) and the time, and the
constant parts between. Where these lie is guessed by the fields' names and then checked: with other texts in their places the
frame must be JSON that has exactly these texts in the right fields. Hence every frame with the same constant parts, and with a
piece of a JSON string in each place, has these pieces in these fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

import attrs
import msgspec

from .frame_template import ZEROS, FrameTemplate
from .json_strings import string_begin, string_end, text_of

SSE = b"data: "
_TIME = re.compile(rb'"timestamp"[ \t\n\r]*:[ \t\n\r]*"([0-9:.TZ +-]+)"')
"""As ``"timestamp": "2025-03-04T05:06:07.123456+00:00"``, of which the group is the time."""


@attrs.frozen
class Kind:
    """A kind of event whose frames are learned: its name, and the field that has its delta."""

    event: str
    delta: str


TOKEN, THINKING = Kind("llm_token", "token"), Kind("llm_thinking", "content")


@attrs.frozen
class _Place:
    """Where a string that varies lies in a frame."""

    holds: Literal["<delta>", "<text>", "<time>"]
    begin: int
    end: int


def learn_template(kind: Kind, frame: bytes, said: Callable[[], str]) -> FrameTemplate | None:
    """The template of the frame after `frame`; None for a layout that cannot be predicted.

    `said` gives the run's text up to and including `frame`.
    """
    places = _places(kind, frame)
    sent = _data_with_placeholders(kind, frame, places)
    if sent is None:
        return None
    parts, index = _parts(frame, places)
    delta, text, time = (index.get(name) for name in ("<delta>", "<text>", "<time>"))
    assert delta is not None
    grown, start, size = None, 0, len(frame) - len(parts[delta])
    if text is not None:
        if text_of(bytes(parts[text])) != said():
            return None
        grown = parts[text - 1] = bytearray(parts[text - 1] + parts[text])
        start = len(grown) - len(parts[text])
    first, last = sorted((delta, delta if text is None else text))
    if time is None:
        parts.append(b"")
        time, time_at = len(parts) - 1, slice(0, 0)
    elif first < time < last:
        return None
    else:
        [found] = (place for place in places if place.holds == "<time>")
        origin = len(frame) if time > last else 0  # what follows the deltas is counted from the frame's end
        time_at = slice(found.begin - origin, found.end - origin)
    return FrameTemplate(
        parts=parts,
        deltas=(first, last),
        time_part=time,
        text=grown,
        text_start=start,
        size=size,
        begin=sum(map(len, parts[:first])),
        moves=first == text,
        time_at=time_at,
        time=bytes(parts[time]).translate(ZEROS),
        model=cast("str | None", sent.get("model")),
        sent=sent,
    )


def _places(kind: Kind, frame: bytes) -> Sequence[_Place]:
    """Where delta, text and time seem to lie, in the frame's order."""
    places = _place(frame, "<delta>", kind.delta), _place(frame, "<text>", "accumulated")
    found = sorted(filter(None, places), key=lambda place: place.begin)
    bounds = [0, *(bound for place in found for bound in (place.begin, place.end)), len(frame)]
    times = [] if frame.startswith(SSE) else [_TIME.search(frame, *gap) for gap in zip(bounds[::2], bounds[1::2], strict=True)]
    found += [_Place("<time>", *time.span(1)) for time in times[::-1] if time][:1]
    return sorted(found, key=lambda place: place.begin)


def _place(frame: bytes, holds: Literal["<delta>", "<text>"], field: str) -> _Place | None:
    begin = string_begin(frame, b'"%b"' % field.encode())
    end = None if begin is None else string_end(frame, begin)
    return None if begin is None or end is None else _Place(holds, begin, end)


def _parts(frame: bytes, places: Sequence[_Place]) -> tuple[list[bytes | bytearray], dict[str, int]]:
    """The bytes at the places and between them, in turns, and in that list the index of each place by what it holds."""
    parts, end = list[bytes | bytearray](), 0
    for place in places:
        parts += [frame[end : place.begin], frame[place.begin : place.end]]
        end = place.end
    return [*parts, frame[end:]], {place.holds: 2 * number + 1 for number, place in enumerate(places)}


def _data_with_placeholders(kind: Kind, frame: bytes, places: Sequence[_Place]) -> Mapping[str, Any] | None:
    """The fields of the data with ``<delta>``, ``<text>`` and ``<time>`` in the places; None if one is not where it should be."""
    parts, index = _parts(frame, places)
    for name, part in index.items():
        parts[part] = name.encode()
    rest = b"".join(parts)
    if any(rest.count(name.encode()) != 1 for name in index):
        return None
    try:
        value: Any = msgspec.json.decode(rest.removeprefix(SSE))
    except msgspec.MsgspecError:
        return None
    data = _object(value)
    if not frame.startswith(SSE):
        if data.get("event") != kind.event or not _is_at(data, "timestamp", "<time>", index):
            return None
        data = _object(data.get("data"))
    is_right = data.get(kind.delta) == "<delta>" and _is_at(data, "accumulated", "<text>", index)
    is_plain = isinstance(data.get("model"), str | None) and data.get("synthetic") is None
    return data if is_right and is_plain else None


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _is_at(fields: Mapping[str, Any], field: str, name: str, index: Mapping[str, int]) -> bool:
    """Whether the field is the one at the place of that name; without such a place, whether it is no text."""
    found = fields.get(field)
    return found == name if name in index else not isinstance(found, str)
