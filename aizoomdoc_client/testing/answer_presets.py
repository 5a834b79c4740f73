"""Answers ready to be scripted: the runs of real servers, and answers whose stream fails.

server.script_answer(drop_at(complex_answer("Высота этажа 3,3 м"), 5))
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import attrs

from .model_run import Answer, Question, Scripted
from .steps import AfterDrop, Close, Deltas, Drop, Emit, Half, HalfNext, RunContext, Stall, Step

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
    """The event with the final text."""
    return Emit("llm_final", {"content": text, "model": "scripted", **fields})


def phase(name: str, description: str) -> Emit:
    """The event that a phase begins."""
    return Emit("phase_started", {"phase": name, "description": description})


def progress(name: str, share: float, message: str = "") -> Emit:
    """The event that a phase has made progress: `share` is from 0 to 1."""
    return Emit("phase_progress", {"phase": name, "progress": share, "message": message})


def thinking(pieces: Sequence[str]) -> Deltas:
    """The thinking of the model, as deltas."""
    return Deltas(pieces, name="llm_thinking", key="content")


GENERATING = phase("llm", "Генерация ответа...")
LOADING = (phase("processing", "Загрузка документов..."), progress("processing", 1.0, "Документы загружены"))


def _collecting(images: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """How the first of the two models of the complex profile collects what the second one reads."""
    return (
        phase("flash_stage", "Flash собирает контекст..."),
        progress("flash_stage", 1.0, "Контекст собран"),
        phase("tool_execution", "Подготовка PNG изображений..."),
        *(Emit("image_ready", image) for image in images),
    )


def simple_answer(text: str, *, loads_documents: bool = False) -> Answer:
    """The simple profile of production: phases and the final text, no deltas."""
    return Answer([STARTED, *(LOADING if loads_documents else ()), GENERATING, final(text), COMPLETED])


def complex_answer(
    text: str,
    *,
    pieces: Sequence[str] | None = None,
    thoughts: Sequence[str] = ("Смотрю планы. ", "Сверяю спецификации."),
    images: Iterable[Mapping[str, Any]] = (IMAGE,),
) -> Answer:
    """The complex profile: phases, images, thinking, `text` (or the `pieces` given) as deltas, the final text."""
    return Answer([
        STARTED,
        GENERATING,
        *_collecting(images),
        phase("pro_stage", "Pro формирует ответ..."),
        thinking(thoughts),
        Deltas(pieces_of(text) if pieces is None else pieces),
        final(text),
        COMPLETED,
    ])  # fmt: skip


def compare_answer(text: str) -> Answer:
    """A comparison of two groups of documents: phases and images, no deltas."""
    return Answer([
        STARTED,
        *_collecting([IMAGE, {**IMAGE, "block_id": "BLOCK-2"}]),
        phase("pro_stage", "Pro сравнивает документы..."),
        final(text),
        COMPLETED,
    ])  # fmt: skip


def followup_answer(
    draft: str, text: str, *, tool: str = "zoom", images: Iterable[Mapping[str, Any]] = ({**IMAGE, "kind": "zoom"},)
) -> Answer:
    """A draft, a call of `tool`, then thinking and deltas that start again: all deltas joined are longer than the answer."""
    parameters = {"image_ids": ["BLOCK-1"]} if tool == "request_images" else {"block_id": "BLOCK-1"}
    return Answer([
        STARTED,
        GENERATING,
        *_collecting(()),
        phase("pro_stage", "Pro формирует ответ..."),
        thinking(["Нужен крупный план."]),
        Deltas(pieces_of(draft)),
        Emit("tool_call", {"tool": tool, "parameters": parameters, "reason": "Не видно размеров"}),
        phase("tool_execution", "Приближение"),
        *(Emit("image_ready", image) for image in images),
        thinking(["Теперь видно."]),
        Deltas(pieces_of(text)),
        final(text),
        COMPLETED,
    ])  # fmt: skip


def queued_answer(answer: Answer, positions: Iterable[int] = (2, 1)) -> Answer:
    """`answer` after waiting in the queue, with one event for each position."""
    waiting = ({"position": at, "estimated_wait_seconds": at * 30, "active_requests": 3, "queue_size": at} for at in positions)
    return answer.preceded_by(*(("queue_position", data) for data in waiting))


def error_answer(message: str = "Internal error", *, draft: str = "") -> Answer:
    """A run that fails, after the `draft` as deltas if there is one; nothing is stored and no `completed` follows."""
    begun: list[Scripted] = [Deltas(pieces_of(draft))] if draft else []
    return Answer([STARTED, GENERATING, *begun, Emit("error", {"message": message})])


def queue_full(requests: int = 100) -> Answer:
    """The error of a full queue, the only event."""
    return Answer([Emit("error", {"message": f"Queue is full ({requests} requests). Please try again later."})])


def queue_timeout() -> Answer:
    """The error of a wait in the queue that took too long."""
    return queued_answer(Answer([Emit("error", {"message": "Request timed out in queue"})]), positions=(1,))


def diverging_answer(draft: str, text: str) -> Answer:
    """Deltas that join to `draft`, and another final text."""
    return complex_answer(text, pieces=pieces_of(draft))


def escape_cut_answer(text: str, *, size: int = 1, ascii_only: bool = False) -> Answer:
    r"""Deltas cut inside JSON escapes, as of a model that writes JSON: joined they differ from the text so far and from `text`.

    A cut may fall between ``\`` and ``n``, and with `ascii_only` inside ``\uXXXX`` and between the halves of a surrogate pair.
    """
    pieces = pieces_of(json.dumps(text, ensure_ascii=ascii_only)[1:-1], size)
    so_far = ["".join(pieces[: count + 1]) for count in range(len(pieces))]
    return Answer([STARTED, Deltas(pieces, [_unescaped(raw) for raw in so_far]), final(text), COMPLETED])


def _unescaped(raw: str) -> str:
    """`raw` with its complete escapes decoded, and an incomplete one at its end unchanged."""
    whole = re.fullmatch(r"((?:[^\\]|\\u[0-9a-fA-F]{4}|\\[^u])*)(.*)", raw, re.DOTALL)
    assert whole is not None
    decoded: str = json.loads(f'"{whole[1]}"')
    return decoded + whole[2]


def newer_server_answer(text: str) -> Answer:
    """What a newer server may send: an unknown event, an unknown phase, unknown fields, null in place of a text."""
    return Answer([
        STARTED,
        Emit("phase_started", {"phase": "divination", "description": "Гадание", "eta": {"seconds": 3}}),
        Emit("confidence_estimated", {"confidence": 0.7, "why": ["план", None]}),
        Deltas(pieces_of(text), model=None),
        Emit("llm_final", {"content": text, "model": None, "thinking": None, "citations": [{"page": 3}]}),
        Emit("completed", {"message": "ok", "cost": 0.01}),
    ])  # fmt: skip


def without_completed(answer: Answer) -> Answer:
    """`answer` without its last event, `completed`."""
    return answer.without("completed")


def cut_off(answer: Answer, after: int) -> Answer:
    """`answer` whose connection is closed in the middle of an event when `after` events have been sent."""
    return answer.interrupted(after, Half("llm_token", {"token": "обрыв", "accumulated": "обрыв"}), Drop(reset=False))


def default_answer(question: Question) -> Answer:
    """An answer that repeats the question, with the events of the user's profile."""
    text = f"Ответ на вопрос «{question.text}»: по документам проекта противоречий не найдено."
    if question.compares:
        return compare_answer(text)
    return complex_answer(text) if question.has_tokens else simple_answer(text, loads_documents="document_ids" in question.query)


def drop_at(answer: Answer, frame: int, *, half: bool = False, reset: bool = False, then: AfterDrop | None = None) -> Answer:
    """`answer` whose connection ends when `frame` events have been sent, or with `half` in the middle of the next one.

    A `reset` may destroy data that the client has not read yet. `then` is as in `Drop`.
    """
    middle: tuple[Step, ...] = (HalfNext(),) if half else ()
    return answer.interrupted(frame, *middle, Drop(reset=reset, then=then))


def close_at(answer: Answer, frame: int, code: int | None = 1000, *, then: AfterDrop | None = None) -> Answer:
    """`answer` whose stream is closed in good order, but too early, when `frame` events have been sent."""
    return answer.interrupted(frame, Close(code, then=then))


def stall_at(answer: Answer, frame: int) -> Answer:
    """`answer` that sends nothing more, on an open connection, when `frame` events have been sent."""
    return answer.interrupted(frame, Stall())


def restart_at(answer: Answer, frame: int, server: Restartable) -> Answer:
    """`answer` in which the whole server restarts, which ends all runs, when `frame` events have been sent."""
    return answer.interrupted(frame, Restart(server))


class Restartable(Protocol):
    """A server, as far as a step needs it."""

    def restart(self) -> Awaitable[None]:
        """Stops the server and starts it again."""
        ...


@attrs.frozen
class Restart:
    """Restarts the server, which ends the run of this step."""

    server: Restartable

    async def play(self, run: RunContext) -> None:
        """Lets a task that outlives the run restart the server, and waits for the end of the run."""
        _ = run
        restarting = asyncio.ensure_future(self.server.restart())
        _RESTARTING.add(restarting)
        restarting.add_done_callback(_RESTARTING.discard)
        await asyncio.Event().wait()


_RESTARTING: set[asyncio.Future[None]] = set()
