"""The texts of questions, and the encoded events of model runs.

Every question has its own family of texts, so that no two answers can be confused. A `Variant` is one run's events. Within a
family some variants have the same text in other deltas, some are longer or shorter, some differ from the middle of a word on;
most families share their first letters, as real answers do.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

EventData = tuple[str, Mapping[str, Any]]

QUESTION_TEXTS = ("Где ВРУ?", "Какая высота этажа?", "Сколько дверей?")
"""Those of our questions; the last one is never ours."""
FAMILIES = 24
ENDINGS = ("completed", "no_completed", "token_after_final", "error", "completed_without_text")
"""How a run ends: normally, without `completed`, with tokens after the final text, with an `error` instead of the text, with
`completed` and no text."""
VARIANTS = 14
"""Number of variants in a family; the first is the plain one."""


@attrs.frozen
class Variant:
    """One run's events without its end; `texts` holds the certain text after each event, None if the event carries no text."""

    events: tuple[EventData, ...]
    texts: tuple[str | None, ...]
    final: str


@attrs.frozen
class RunScript:
    """A run's encoded events for both transports; `texts` as in `Variant`, with the final text."""

    websocket: tuple[bytes, ...]
    eventsource: tuple[bytes, ...]
    texts: tuple[str | None, ...]
    final: str
    stores: bool


@functools.cache
def make_script(family: int, number: int, ending: str) -> RunScript:
    """Variant `number` of a family, with an end."""
    variant = variants(family)[number]
    end = _END[ending](variant.final)
    events = (*variant.events, *end)
    return RunScript(
        tuple(_envelope(*event) for event in events),
        tuple(_block(*event) for event in events),
        (*variant.texts, *(data["content"] if name == "llm_final" else None for name, data in end)),
        variant.final,
        stores=ending not in {"error", "completed_without_text"},
    )


_END: Mapping[str, Callable[[str], tuple[EventData, ...]]] = {
    "completed": lambda text: (("llm_final", {"content": text, "model": "pro"}), ("completed", {"message": "ok"})),
    "no_completed": lambda text: (("llm_final", {"content": text}),),
    "token_after_final": lambda text: (
        ("llm_final", {"content": text}),
        ("llm_token", {"token": "!", "accumulated": text + "!"}),
        ("completed", {"message": "ok"}),
    ),
    "error": lambda _: (("error", {"message": "Internal error"}),),
    "completed_without_text": lambda _: (("completed", {"message": "ok"}),),
}


@functools.cache
def variants(family: int) -> tuple[Variant, ...]:
    """All `VARIANTS` answers to one question."""
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


def _plain(text: str, size: int, final: str | None = None) -> Variant:
    return _variant(text if final is None else final, *_opening_events(), *_tokens(text, size))


def _simple(text: str) -> Variant:
    return _variant(text, *_opening_events())


def _rounds(draft: str, text: str, keep: int = 0) -> Variant:
    """Two rounds: the second starts with an empty text, or with the first `keep` characters of the first."""
    parameters = dict[str, object]()
    tool = (("tool_call", {"tool": "zoom", "parameters": parameters, "reason": "мелко"}), None)
    return _variant(text, *_opening_events(), *_tokens(draft or text, 5), tool, *_tokens(text, max(keep, 8)))


def _bare(text: str, size: int) -> Variant:
    """Tokens without `accumulated`, an empty one among them."""
    tokens = [(("llm_token", {"token": data["token"]}), so_far) for (_, data), so_far in _tokens(text, size)]
    return _variant(text, *_opening_events(), *tokens[:1], (("llm_token", {"token": ""}), tokens[0][1]), *tokens[1:])


def _escaped(text: str, size: int) -> Variant:
    """Deltas of escaped JSON: joined they differ from the text, and `accumulated` may end in the middle of an escape."""
    raw = json.dumps(text, ensure_ascii=False)[1:-1]
    pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
    events, so_far = list[tuple[EventData, str | None]](), ""
    for piece in pieces:
        so_far += piece
        whole, half = _unescaped(so_far)
        events.append((("llm_token", {"token": piece, "accumulated": whole + half}), whole))
    return _variant(text, *_opening_events(), *events)


def _unescaped(raw: str) -> tuple[str, str]:
    """The text of the complete escapes, and an incomplete escape at the end."""
    half = "\\" if (len(raw) - len(raw.rstrip("\\"))) % 2 else ""
    return json.loads(f'"{raw.removesuffix(half)}"'), half


def _opening_events() -> Sequence[tuple[EventData, None]]:
    phase = {"phase": "llm", "description": "Формирование ответа"}
    return ((("processing_started", {"request_id": "7d4f"}), None), (("phase_started", phase), None))


def _tokens(text: str, size: int) -> list[tuple[EventData, str | None]]:
    ends = range(size, len(text) + size, size)
    return [
        (("llm_token", {"token": text[end - size : end], "accumulated": text[:end], "model": "pro"}), text[:end]) for end in ends
    ]


def _variant(final: str, *events: tuple[EventData, str | None]) -> Variant:
    return Variant(tuple(event for event, _ in events), tuple(text for _, text in events), final)


def _envelope(name: str, data: Mapping[str, Any]) -> bytes:
    envelope = {"event": name, "data": data, "timestamp": "2026-01-01T00:00:00Z"}
    return json.dumps(envelope, ensure_ascii=False).encode()


def _block(name: str, data: Mapping[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
