"""Performs the steps of units with a client."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, runtime_checkable

import attrs

from ..answer import Answer
from ..answer_stream import AsyncAnswerStream
from ..client import AsyncAIZoomDocClient
from ..events import AnswerEvent
from ..exceptions import AIZoomDocError, APIError, PayloadTooLargeError
from ..models import LLMFile, UploadedFile
from ..protocol.conversation import questions_of
from .answer_format import AnswerFormat
from .faults import failure
from .journal import StoredFile
from .steps import (
    Answered,
    ChatFound,
    ChatMissing,
    CreateChat,
    Failure,
    FindChat,
    FindMessage,
    MessageFound,
    MessageMissing,
    Observation,
    Post,
    Read,
    Step,
)
from .unit import BatchUnit

__all__ = ["ClientExecutor", "Executor", "ExecutorOfJobs", "OnEvent", "Work"]

OnEvent = Callable[[AnswerEvent], None]
"""Called with each event of an answer."""

NO_COPIES = {404, 405, 501}
"""Statuses of servers without a store of files for their model."""


@attrs.frozen(kw_only=True)
class Work:
    """A step of a unit, with the uploaded file that its question is about.

    Without `may_run` an answer is taken from the history only: its file is no longer on the server, so a run would not see it.
    """

    unit: BatchUnit
    step: Step
    file: StoredFile | None = None
    may_run: bool = True


class Executor(Protocol):
    """Performs steps, here or on other machines; what a server or a network does is an observation, never an exception."""

    async def perform(self, work: Work, on_event: OnEvent) -> Observation:
        """Performs the step, and returns what was observed."""
        ...

    async def upload(self, path: Path) -> StoredFile | Failure:
        """Uploads the file at `path`, and returns it as the server has it."""
        ...

    async def close(self) -> None:
        """Cancels what was begun and not finished."""
        ...


@runtime_checkable
class ExecutorOfJobs(Protocol):
    """Makes an executor for each job that it is given to."""

    def for_job(self, client: AsyncAIZoomDocClient, answer_format: AnswerFormat | None) -> AbstractAsyncContextManager[Executor]:
        """The executor of a job of `client`, which is in use inside of the block."""
        ...


class ClientExecutor:
    """Performs steps in this process, by one client.

    `alone_since` is the event loop's time from which on no earlier process can be reading an answer.
    """

    def __init__(
        self, client: AsyncAIZoomDocClient, answer_format: AnswerFormat | None = None, *, alone_since: float = math.inf
    ) -> None:
        self._client = client
        self._alone_since = alone_since
        self._read = set[str]()  # ids of messages whose answers this process has read from, and not to the end
        self._format = answer_format
        self._posted: dict[str, AsyncAnswerStream] = {}  # by the id of the message
        self._takes_copies = True

    async def perform(self, work: Work, on_event: OnEvent) -> Observation:
        """Performs the step, and returns what was observed."""
        try:
            return await self._perform(work, on_event)
        except AIZoomDocError as error:
            return failure(error, work.step)

    async def upload(self, path: Path) -> StoredFile | Failure:
        """Uploads the file: to the store of the server's model, if there is one that accepts its size, else to the server."""
        try:
            return await self._upload(path)
        except AIZoomDocError as error:
            return failure(error, None)

    async def close(self) -> None:
        """Closes the answers that were posted and not read."""
        posted, self._posted = self._posted, {}
        await asyncio.gather(*(stream.close() for stream in posted.values()))

    async def _perform(self, work: Work, on_event: OnEvent) -> Observation:
        match work.step:
            case CreateChat(title):
                return ChatFound((await self._client.create_chat(title)).id)
            case FindChat(title):
                return await self._find_chat(title)
            case Post():
                return await self._post_message(work, work.step)
            case FindMessage(chat_id, number):
                return await self._find_message(chat_id, number)
            case Read():
                return self._observe(work, await self._answer(work, work.step, on_event))

    async def _find_chat(self, title: str) -> Observation:
        for chat in await self._client.list_chats(limit=50):
            if chat.title == title:
                return ChatFound(chat.id)
        return ChatMissing()

    async def _post_message(self, work: Work, step: Post) -> Observation:
        unit, question = work.unit, work.unit.question.text
        if step.correction is not None:
            question = step.correction
        elif self._format is not None:
            question = self._format.question(question)
        document = unit.document
        stream = await self._client.send_message(
            step.chat_id,
            question,
            files=_as_attachment(work.file) if work.file is not None else None,
            document_ids=document.document_id,
            client_id=document.client_id,
        )
        self._posted[stream.message.id] = stream
        return MessageFound(stream.message.id)

    async def _find_message(self, chat_id: str, number: int) -> Observation:
        history = await self._client.get_chat_history(chat_id)
        asked = questions_of(history)
        return MessageFound(asked[number - 1].id) if len(asked) >= number else MessageMissing()

    async def _answer(self, work: Work, step: Read, on_event: OnEvent) -> Answer:
        """The answer, read from the stream of the message if this process posted it, else from a resumed one."""
        stream = self._posted.pop(step.message_id, None) or self._resume(work, step)
        self._read.add(step.message_id)
        async with stream as answer:
            async for event in answer:
                on_event(event)
            result = await answer.result()
        self._read.discard(step.message_id)
        return result

    def _resume(self, work: Work, step: Read) -> AsyncAnswerStream:
        file = None if work.file is None else _as_attachment(work.file)
        alone_seconds = asyncio.get_running_loop().time() - self._alone_since
        return self._client.resume_answer(
            step.chat_id,
            step.message_id,
            rerun=work.may_run,
            unread_for=0.0 if step.message_id in self._read else max(0.0, alone_seconds),
            attached_file_ids=file.id if isinstance(file, UploadedFile) else None,
            google_files=file if isinstance(file, LLMFile) else None,
            document_ids=work.unit.document.document_id,
            client_id=work.unit.document.client_id,
        )

    def _observe(self, work: Work, answer: Answer) -> Observation:
        return Answered(answer) if self._format is None else self._format.observed(work.unit.question.text, answer)

    async def _upload(self, path: Path) -> StoredFile:
        if self._takes_copies:
            try:
                copy = await self._client.upload_file_for_llm(path)
            except PayloadTooLargeError:
                pass  # for the model's store; the server may accept it
            except APIError as error:
                if error.status_code not in NO_COPIES:
                    raise
                self._takes_copies = False
            else:
                return StoredFile(is_copy=True, fields=copy.to_dict(), uploaded_at=time.time())
        stored = await self._client.upload_file(path)
        fields = {"id": stored.id, "filename": stored.filename, "mime_type": stored.mime_type, "size_bytes": stored.size_bytes}
        return StoredFile(is_copy=False, fields=fields, uploaded_at=time.time())


def _as_attachment(file: StoredFile) -> LLMFile | UploadedFile:
    return LLMFile(**file.fields) if file.is_copy else UploadedFile(**file.fields)
