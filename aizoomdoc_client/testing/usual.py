"""The runs that servers are known for, as answers ready to be scripted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .answers import Answer, Question, Scripted
from .steps import Deltas, Drop, Emit, Half

STARTED = Emit("processing_started", {"request_id": "7d4f5c1e-0000-4000-8000-000000000001"})
COMPLETED = Emit("completed", {"message": "Обработка завершена"})
IMAGE: Mapping[str, Any] = {
    "block_id": "BLOCK-1",
    "kind": "crop",
    "url": "https://files.example/crops/block-1.png",
    "width": 640,
    "height": 480,
    "reason": "План этажа",
}


def pieces_of(text: str, size: int = 8) -> tuple[str, ...]:
    """`text` in pieces of `size` characters."""
    return tuple(text[start : start + size] for start in range(0, len(text), size))


def final(text: str, **fields: Any) -> Emit:
    """The event with the whole answer."""
    return Emit("llm_final", {"content": text, "model": "scripted", **fields})


def phase(name: str, description: str) -> Emit:
    """The event of a phase that begins."""
    return Emit("phase_started", {"phase": name, "description": description})


def progress(name: str, share: float, message: str = "") -> Emit:
    """The event of a phase that is at `share`, from 0 to 1."""
    return Emit("phase_progress", {"phase": name, "progress": share, "message": message})


def thinking(pieces: Sequence[str]) -> Deltas:
    """The model's thinking, piece by piece."""
    return Deltas(pieces, name="llm_thinking", key="content")


def simple_answer(text: str) -> Answer:
    """The simple profile of production: phases, the final text, and no token at all."""
    return Answer([STARTED, phase("llm", "Формирование ответа"), final(text), COMPLETED])


def complex_answer(
    text: str,
    *,
    pieces: Sequence[str] | None = None,
    thoughts: Sequence[str] = ("Смотрю планы. ", "Сверяю спецификации."),
    images: Iterable[Mapping[str, Any]] = (IMAGE,),
) -> Answer:
    """Phases, images, thinking, tokens that join to `text` (or the `pieces` given), the final text."""
    return Answer([
        STARTED,
        phase("search", "Поиск документов"),
        progress("search", 0.5, "Найдено документов: 2"),
        *(Emit("image_ready", image) for image in images),
        phase("llm", "Формирование ответа"),
        thinking(thoughts),
        Deltas(pieces_of(text) if pieces is None else pieces),
        final(text),
        COMPLETED,
    ])  # fmt: skip


def compare_answer(text: str) -> Answer:
    """A comparison of two groups of documents: phases and images, no tokens."""
    return Answer([
        STARTED,
        phase("search", "Поиск документов"),
        phase("processing", "Сравнение документов"),
        Emit("image_ready", IMAGE),
        Emit("image_ready", {**IMAGE, "block_id": "BLOCK-2"}),
        final(text),
        COMPLETED,
    ])  # fmt: skip


def followup_answer(draft: str, text: str, *, tool: str = "zoom") -> Answer:
    """A draft, a call of `tool`, then thinking and tokens again from empty: all tokens joined are longer than the answer."""
    return Answer([
        STARTED,
        phase("llm", "Формирование ответа"),
        thinking(["Нужен крупный план."]),
        Deltas(pieces_of(draft)),
        Emit("tool_call", {"tool": tool, "parameters": {"block_id": "BLOCK-1"}, "reason": "Не видно размеров"}),
        phase("tool_execution", "Приближение"),
        Emit("image_ready", {**IMAGE, "kind": "zoom"}),
        thinking(["Теперь видно."]),
        Deltas(pieces_of(text)),
        final(text),
        COMPLETED,
    ])  # fmt: skip


def queued_answer(answer: Answer, positions: Iterable[int] = (2, 1)) -> Answer:
    """`answer` after a wait in the queue, one event for each position."""
    waiting = ({"position": at, "estimated_wait_seconds": at * 30, "active_requests": 3, "queue_size": at} for at in positions)
    return answer.preceded_by(*(("queue_position", data) for data in waiting))


def error_answer(message: str = "Internal error", *, draft: str = "") -> Answer:
    """An `error` event, after some tokens if there is a `draft`; nothing is stored and no `completed` follows."""
    begun: list[Scripted] = [STARTED, Deltas(pieces_of(draft))] if draft else []
    return Answer([*begun, Emit("error", {"message": message})])


def queue_full(requests: int = 100) -> Answer:
    """The one event of a full queue."""
    return error_answer(f"Queue is full ({requests} requests). Please try again later.")


def queue_timeout() -> Answer:
    """A wait in the queue that took too long."""
    return queued_answer(error_answer("Request timed out in queue"), positions=(1,))


def diverging_answer(draft: str, text: str) -> Answer:
    """Tokens that join to `draft`, and a final text that is another."""
    return complex_answer(text, pieces=pieces_of(draft))


def escape_cut_answer(text: str, *, size: int = 1, ascii_only: bool = False) -> Answer:
    r"""Tokens cut inside JSON escapes, as of a model that writes JSON: joined they differ from the text so far and from `text`.

    A cut may fall between ``\`` and ``n``, and with `ascii_only` inside ``\uXXXX`` and between the halves of a surrogate pair.
    """
    pieces = pieces_of(json.dumps(text, ensure_ascii=ascii_only)[1:-1], size)
    so_far = ["".join(pieces[: count + 1]) for count in range(len(pieces))]
    return Answer([STARTED, Deltas(pieces, [_unescaped(raw) for raw in so_far]), final(text), COMPLETED])


def _unescaped(raw: str) -> str:
    """`raw` with its whole escapes decoded and a cut-off one at its end left as it is."""
    whole = re.fullmatch(r"((?:[^\\]|\\u[0-9a-fA-F]{4}|\\[^u])*)(.*)", raw, re.DOTALL)
    assert whole is not None
    decoded: str = json.loads(f'"{whole[1]}"')
    return decoded + whole[2]


def newer_server_answer(text: str) -> Answer:
    """What a newer server may send: an unknown event, an unknown phase, unknown fields, a null where a text was."""
    return Answer([
        STARTED,
        Emit("phase_started", {"phase": "divination", "description": "Гадание", "eta": {"seconds": 3}}),
        Emit("confidence_estimated", {"confidence": 0.7, "why": ["план", None]}),
        Deltas(pieces_of(text), model=None),
        Emit("llm_final", {"content": text, "model": None, "thinking": None, "citations": [{"page": 3}]}),
        Emit("completed", {"message": "ok", "cost": 0.01}),
    ])  # fmt: skip


def without_completed(answer: Answer) -> Answer:
    """`answer` ending with its final text."""
    return answer.without("completed")


def cut_off(answer: Answer, after: int) -> Answer:
    """`answer` dropped in the middle of an event when `after` events have been sent."""
    return answer.interrupted(after, Half("llm_token", {"token": "обрыв", "accumulated": "обрыв"}), Drop(reset=False))


def default_answer(question: Question) -> Answer:
    """A sensible answer that mentions the question, in the manner of the user's profile."""
    text = f"Ответ на вопрос «{question.text}»: по документам проекта противоречий не найдено."
    if question.compares:
        return compare_answer(text)
    return complex_answer(text) if question.has_tokens else simple_answer(text)
