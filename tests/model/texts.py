"""What runs of the model say, ready to be sent: every question has a family of texts of its own, so that no two can be confused.

A `Telling` is one run's events. Within a family some repeat each other in other pieces, some go on or stop short, some part from
the rest in mid-word; most families share their first letters, as answers do.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

Sent = tuple[str, Mapping[str, Any]]

FAMILIES = 24
ENDINGS = ("completed", "no_completed", "afterthought", "error", "hollow")
"""How a run ends: as it should, without `completed`, with tokens after the final text, with an `error` instead of the text, with
`completed` and no text."""
TELLINGS = 14
"""How many tellings a family has; the first is the plain one."""


@attrs.frozen
class Telling:
    """One run's events but for its end: `texts` are what stands surely after each, None where an event carries no text."""

    events: tuple[Sent, ...]
    texts: tuple[str | None, ...]
    final: str


@attrs.frozen
class Story:
    """A run's events as they are on the wire, in both shapes; `texts` as in `Telling`, the final text included."""

    websocket: tuple[bytes, ...]
    eventsource: tuple[bytes, ...]
    texts: tuple[str | None, ...]
    final: str
    stores: bool


@functools.cache
def story(family: int, number: int, ending: str) -> Story:
    """The telling `number` of a family, with an end."""
    telling = tellings(family)[number]
    end = _END[ending](telling.final)
    events = (*telling.events, *end)
    return Story(
        tuple(_envelope(*event) for event in events),
        tuple(_block(*event) for event in events),
        (*telling.texts, *(data["content"] if name == "llm_final" else None for name, data in end)),
        telling.final,
        stores=ending not in {"error", "hollow"},
    )


_END: Mapping[str, Callable[[str], tuple[Sent, ...]]] = {
    "completed": lambda text: (("llm_final", {"content": text, "model": "pro"}), ("completed", {"message": "ok"})),
    "no_completed": lambda text: (("llm_final", {"content": text}),),
    "afterthought": lambda text: (
        ("llm_final", {"content": text}),
        ("llm_token", {"token": "!", "accumulated": text + "!"}),
        ("completed", {"message": "ok"}),
    ),
    "error": lambda _: (("error", {"message": "Internal error"}),),
    "hollow": lambda _: (("completed", {"message": "ok"}),),
}


@functools.cache
def tellings(family: int) -> tuple[Telling, ...]:
    """All that runs may say to one question; there are `TELLINGS`."""
    base = f"Ответ {family}: щит «ВРУ-{family}», отм. +3,300"
    other = f"Ответ {family}: щита ВРУ-{family} нет"
    escaped = f'{family} "D:\\"\nE:\\'
    return (
        _plain(base, 9),
        _plain(base, 4),
        _simple(base),
        _plain(other, 7),
        _simple(other),
        _plain(base[:20], 6),
        _plain(base + ", лист 7", 11),
        _plain(f"Никакого ответа {family}", 8),
        _rounds(other[:17], base),
        _rounds("", base, keep=9),
        _plain(base, 9, final=other),
        _escaped(escaped, 1),
        _escaped(escaped, 3),
        _bare(base, 9),
    )


def _plain(text: str, size: int, final: str | None = None) -> Telling:
    return _run_and_notify(text if final is None else final, *_begun(), *_tokens(text, size))


def _simple(text: str) -> Telling:
    return _run_and_notify(text, *_begun())


def _rounds(draft: str, text: str, keep: int = 0) -> Telling:
    """Two rounds: the second begins anew, or (`keep`) with the first letters of the first at once."""
    parameters = dict[str, object]()
    tool = (("tool_call", {"tool": "zoom", "parameters": parameters, "reason": "мелко"}), None)
    return _run_and_notify(text, *_begun(), *_tokens(draft or text, 5), tool, *_tokens(text, max(keep, 8)))


def _bare(text: str, size: int) -> Telling:
    """Tokens without `accumulated`, an empty one among them."""
    tokens = [(("llm_token", {"token": data["token"]}), so_far) for (_, data), so_far in _tokens(text, size)]
    return _run_and_notify(text, *_begun(), *tokens[:1], (("llm_token", {"token": ""}), tokens[0][1]), *tokens[1:])


def _escaped(text: str, size: int) -> Telling:
    """Tokens cut out of JSON: joined they are another text, and a text so far may end with half of an escape."""
    raw = json.dumps(text, ensure_ascii=False)[1:-1]
    pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
    events, so_far = list[tuple[Sent, str | None]](), ""
    for piece in pieces:
        so_far += piece
        whole, half = _unescaped(so_far)
        events.append((("llm_token", {"token": piece, "accumulated": whole + half}), whole))
    return _run_and_notify(text, *_begun(), *events)


def _unescaped(raw: str) -> tuple[str, str]:
    """What whole escapes stand for, and half of one that may be left."""
    half = "\\" if (len(raw) - len(raw.rstrip("\\"))) % 2 else ""
    return json.loads(f'"{raw.removesuffix(half)}"'), half


def _begun() -> Sequence[tuple[Sent, None]]:
    phase = {"phase": "llm", "description": "Формирование ответа"}
    return ((("processing_started", {"request_id": "7d4f"}), None), (("phase_started", phase), None))


def _tokens(text: str, size: int) -> list[tuple[Sent, str | None]]:
    ends = range(size, len(text) + size, size)
    return [
        (("llm_token", {"token": text[end - size : end], "accumulated": text[:end], "model": "pro"}), text[:end]) for end in ends
    ]


def _run_and_notify(final: str, *events: tuple[Sent, str | None]) -> Telling:
    return Telling(tuple(event for event, _ in events), tuple(text for _, text in events), final)


def _envelope(name: str, data: Mapping[str, Any]) -> bytes:
    envelope = {"event": name, "data": data, "timestamp": "2026-01-01T00:00:00Z"}
    return json.dumps(envelope, ensure_ascii=False).encode()


def _block(name: str, data: Mapping[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
