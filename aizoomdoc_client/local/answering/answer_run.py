"""Answering a question: one source of events for both transports."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from ...answer_source import AnswerSource, Grounding
from ...catalog import Language
from ...draft import Draft
from ...events import (
    AnswerEvent,
    Completed,
    ErrorEvent,
    LLMFinal,
    LLMThinking,
    LLMToken,
    PhaseProgress,
    PhaseStarted,
    ProcessingStarted,
)
from ...protocol.question_language import language_of
from ..app_state import AppState
from ..indexing.document_index import ReadingProgress
from ..indexing.document_source import DocumentSource
from ..project_tree import KEY_PREFIX as NODE_PREFIX
from ..question_scope import ScopedQuestion
from ..reading import Reason
from ..repository import stored_chats
from ..request_errors import RequestError
from ..searching.fts_index import Candidate, IndexedDocument
from ..upload_folder import KEY_PREFIX as FILE_PREFIX
from .answer_queue import AnswerQueueFullError, AnswerQueueTimeoutError
from .answerer import AnswererError, Group, Question, Quote, UnreadDocument
from .document_names import names_by_key
from .grounding import cited_grounding, grounding_of, places_of, sources_of
from .notes import notes_of
from .wording import sentence

_logger = logging.getLogger("aizoomdoc_client.local")

Emit = Callable[[AnswerEvent], Awaitable[None]]
"""Sends an event to the client; raises `ConnectionError` when the client is gone."""

_FEW_DOCUMENTS = 10
"""A group of so many documents is waited for until all are read; a larger one for `LocalSettings.reading_patience` seconds."""

_QUOTES = 4  # passages of each group of documents, for an answerer without an attribute `passages`


async def run_answer(state: AppState, question: ScopedQuestion, emit: Emit) -> None:
    """Waits for the documents, then for a slot, makes the answer, stores it, and passes each event to `emit`.

    The documents come first, so that a question that waits for them occupies no slot. The answer is stored before `llm_final` is
    sent. After a failure an `error` event is sent, and nothing is stored. When the client is gone, `ConnectionError` is raised.
    """
    is_gone = False

    async def send(event: AnswerEvent) -> None:
        nonlocal is_gone
        try:
            await emit(event)
        except ConnectionError:
            is_gone = True
            raise

    try:
        answer = _AnswerRun(state, question, send)
        await answer.read_documents()
        async with state.queue.slot(send):
            await send(ProcessingStarted(request_id=str(uuid4())))
            await answer.run()
    except AnswerQueueFullError as full:
        await emit(ErrorEvent(f"Queue is full ({full.waiting} requests). Please try again later."))
    except AnswerQueueTimeoutError:
        await emit(ErrorEvent("Request timed out in queue"))
    except RequestError as error:
        await emit(ErrorEvent(error.message))
    except AnswererError as error:
        await emit(ErrorEvent(error.text.render(language_of(question.message.content))))
    except Exception as error:  # whatever an answerer raises, the client gets an error event
        if is_gone and isinstance(error, ConnectionError):
            raise
        _logger.exception("An answer failed")
        await emit(ErrorEvent("Internal server error"))


class _AnswerRun:
    """One answer that is being made."""

    def __init__(self, state: AppState, question: ScopedQuestion, emit: Emit) -> None:
        self._state = state
        self._question = question
        self._emit = emit
        self._text = Draft()
        self._thinking = Draft()
        self._indexed: list[list[IndexedDocument]] = []
        self._is_reading = False
        self._cited: list[Quote] | None = None
        self._language: Language = language_of(question.message.content)
        self._names = names_by_key(question.groups)

    async def read_documents(self) -> None:
        """Waits until the documents are read, those of a large group for a limited time."""
        for sources in self._question.groups:
            patience = None if len(sources) <= _FEW_DOCUMENTS else self._state.settings.reading_patience
            self._indexed.append(await self._state.documents.ensure_read(sources, self._report_progress, patience=patience))

    async def run(self) -> None:
        groups = await self._search()
        await self._emit(PhaseStarted(phase="llm", description=self._sentence("answering")))
        await self._generate(groups)
        text, model = self._text.text(), self._state.answerer.model
        sources, grounding = self._sources(groups)
        folders = [(folder.relative, self._reason(folder.error)) for folder in self._question.unread_folders if folder.error]
        notes = notes_of(groups, self._language, folders=folders, unattached=self._question.unattached)
        final = LLMFinal(text, model, self._thinking.text() or None, sources=sources, grounding=grounding, notes=notes)
        await self._state.database.run(stored_chats.add_answer, self._question.chat_id, final)
        await self._emit(final)
        await self._emit(Completed(self._sentence("completed")))

    async def _search(self) -> tuple[Group, ...]:
        await self._emit(PhaseStarted(phase="search", description=self._sentence("searching")))
        searches = zip(self._question.groups, self._indexed, strict=True)
        return tuple([await self._group(sources, indexed) for sources, indexed in searches])

    async def _group(self, sources: tuple[DocumentSource, ...], indexed: list[IndexedDocument]) -> Group:
        found = await self._state.documents.search(sources, self._question.message.content, self._most_quotes)
        return Group(
            documents=tuple(self._names[source.key] for source in sources),
            quotes=tuple(_quote(passage, self._names[passage.key]) for passage in found),
            unreadable=tuple((self._names[document.key], self._reason(document.error)) for document in indexed if document.error),
            unread=tuple(
                UnreadDocument(name=self._names[document.key], page_count=document.page_count, parts=document.unread)
                for document in indexed
                if document.unread
            ),
            pending=len(sources) - len(indexed),
        )

    async def _report_progress(self, progress: ReadingProgress) -> None:
        if not self._is_reading:
            self._is_reading = True
            await self._emit(PhaseStarted(phase="processing", description=self._sentence("reading")))
        message = self._sentence("documents_read", done=progress.documents_done, all=progress.documents)
        if progress.pages:
            message = self._sentence("pages_read", documents=message, done=progress.pages_done, all=progress.pages)
        await self._emit(PhaseProgress(phase="processing", progress=round(progress.share, 4), message=message))

    async def _generate(self, groups: tuple[Group, ...]) -> None:
        question = Question(
            text=self._question.message.content,
            groups=groups,
            history=self._question.history,
            settings=self._question.settings,
            role=self._question.role,
            unattached=self._question.unattached,
        )
        async with contextlib.aclosing(self._state.answerer.answer(question)) as deltas:
            async for delta in deltas:
                if delta.cites is not None:
                    self._cited = [*(self._cited or ()), *delta.cites]
                if delta.text:
                    await self._emit(self._event(delta.text, thinking=delta.thinking))

    def _reason(self, reason: Reason) -> str:
        return reason.ru if self._language == "ru" else reason.en

    def _sentence(self, code: str, **values: Any) -> str:
        return sentence(code, self._language, **values)

    @property
    def _most_quotes(self) -> int:
        return getattr(self._state.answerer, "passages", _QUOTES)

    def _sources(self, groups: tuple[Group, ...]) -> tuple[tuple[AnswerSource, ...], Grounding]:
        if self._cited is None:
            return sources_of(groups), grounding_of(groups)
        return places_of(self._cited), cited_grounding(groups, self._cited)

    def _event(self, text: str, *, thinking: bool) -> AnswerEvent:
        draft, model = self._thinking if thinking else self._text, self._state.answerer.model
        draft.pieces.append(text)
        if thinking:
            return LLMThinking(content=text, accumulated=draft.text(), model=model)
        return LLMToken(token=text, model=model, draft=draft, pieces=len(draft.pieces))


def _quote(found: Candidate, name: str) -> Quote:
    return Quote(
        document=name,
        page=found.page,
        heading=found.heading,
        text=found.text,
        document_id=found.key.removeprefix(NODE_PREFIX) if found.key.startswith(NODE_PREFIX) else None,
        file_id=found.key.removeprefix(FILE_PREFIX) if found.key.startswith(FILE_PREFIX) else None,
    )
