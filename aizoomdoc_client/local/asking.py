"""How a question is answered: one source of events for both transports."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable
from uuid import uuid4

from ..events import (
    AnswerEvent,
    Completed,
    Draft,
    ErrorEvent,
    LLMFinal,
    LLMThinking,
    LLMToken,
    PhaseProgress,
    PhaseStarted,
    ProcessingStarted,
)
from .answering import Group, Question, Quote
from .document_index import DocumentSource
from .failures import Failure
from .parts import Parts
from .queue import QueueIsFull, QueueTimeout
from .scope import Asked
from .store import messages

_LOG = logging.getLogger("aizoomdoc_client.local")

Emit = Callable[[AnswerEvent], Awaitable[None]]
"""Sends one event to the client; raises `ConnectionError` when it is gone."""

_QUOTES = 4


async def conduct(parts: Parts, asked: Asked, emit: Emit) -> None:
    """Answers the question: waits for a slot, works, stores the answer, and tells all of it to `emit`.

    The answer is on the disk before `llm_final` goes out. A failure ends in an `error` event, and nothing is stored. When the
    client is gone (`ConnectionError`, cancellation), so is the work.
    """
    try:
        async with parts.queue.slot(emit):
            await emit(ProcessingStarted(request_id=str(uuid4())))
            await _Run(parts, asked, emit).answer()
    except QueueIsFull as full:
        await emit(ErrorEvent(f"Queue is full ({full.args[0]} requests). Please try again later."))
    except QueueTimeout:
        await emit(ErrorEvent("Request timed out in queue"))
    except Failure as failure:
        await emit(ErrorEvent(failure.line))
    except ConnectionError:
        raise
    except Exception:  # noqa: BLE001 (whatever an answerer does wrong, the client is told)
        _LOG.exception("An answer failed")
        await emit(ErrorEvent("Internal server error"))


class _Run:
    """One answer on its way."""

    def __init__(self, parts: Parts, asked: Asked, emit: Emit) -> None:
        self._parts = parts
        self._asked = asked
        self._emit = emit
        self._draft = Draft()
        self._thinking = Draft()

    async def answer(self) -> None:
        groups = await self._find()
        await self._emit(PhaseStarted(phase="llm", description="Готовлю ответ"))
        await self._write(groups)
        text, model = self._draft.text(), self._parts.answerer.model
        await self._parts.database.run(messages.add, self._asked.chat_id, "assistant", text)
        await self._emit(LLMFinal(content=text, model=model, thinking=self._thinking.text() or None))
        await self._emit(Completed("Обработка завершена"))

    async def _find(self) -> tuple[Group, ...]:
        if self._asked.settings.model_profile == "complex":
            await self._emit(PhaseStarted(phase="processing", description="Читаю документы"))
        await self._emit(PhaseStarted(phase="search", description="Ищу в документах"))
        return tuple([await self._group(sources) for sources in self._asked.groups])

    async def _group(self, sources: tuple[DocumentSource, ...]) -> Group:
        known = await self._parts.documents.ensure_read(sources, self._progress)
        found = await self._parts.documents.search(sources, self._asked.message.content, _QUOTES)
        return Group(
            documents=tuple(source.name for source in sources),
            quotes=tuple(Quote(document=item.name, page=item.page, heading=item.heading, text=item.text) for item in found),
            unreadable=tuple((document.name, document.error) for document in known if document.error),
        )

    async def _progress(self, done: int, of: int) -> None:
        message = f"Прочитано документов: {done} из {of}"
        await self._emit(PhaseProgress(phase="search", progress=done / of, message=message))

    async def _write(self, groups: tuple[Group, ...]) -> None:
        question = Question(
            text=self._asked.message.content,
            groups=groups,
            history=self._asked.history,
            settings=self._asked.settings,
            role=self._asked.role,
        )
        async with contextlib.aclosing(self._parts.answerer.answer(question)) as deltas:
            async for delta in deltas:
                await self._emit(self._event(delta.text, thinking=delta.thinking))

    def _event(self, text: str, *, thinking: bool) -> AnswerEvent:
        draft, model = self._thinking if thinking else self._draft, self._parts.answerer.model
        draft.pieces.append(text)
        if thinking:
            return LLMThinking(content=text, accumulated=draft.text(), model=model)
        return LLMToken(token=text, model=model, draft=draft, pieces=len(draft.pieces))
