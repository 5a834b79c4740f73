"""Resumes the answer to a message that its chat has already: posts nothing, and reads the history before the model may run."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Self

import attrs

from ..catalog import text
from ..exceptions import APIError, ConfigurationError
from ..models import Message
from ..protocol import requests
from ..protocol.conversation import is_question
from ..protocol.question_search import Found, QuestionSearch
from ..protocol.recovery import GiveUp, Look
from ..protocol.requests import Request
from ..protocol.validation import IdLike, as_id
from .attachments import FileUploader
from .caller import Caller
from .chat_queue import ChatSlot, ChatState
from .question import Question
from .question_files import QuestionFiles
from .retrier import wait
from .stream_reader import StreamReader

_logger = logging.getLogger(__package__)

RequestMaker = Callable[[], Awaitable[Request[Any]]]
"""Makes the request for a stream, and uploads its files; called only when the model has to run."""


@attrs.frozen
class AskedBefore:
    """A message that its chat has already, by itself or by its id; without either it is the newest question."""

    chat_id: str
    message: Message | None = None
    message_id: str | None = None

    @classmethod
    def of(cls, message_or_chat_id: Message | IdLike, message_id: IdLike | None) -> Self:
        """The message that the arguments of `resume_answer` name; raises a `ConfigurationError` that names an unusable one."""
        if not isinstance(message_or_chat_id, Message):
            chat_id = as_id(message_or_chat_id, "message_or_chat_id")
            return cls(chat_id, message_id=None if message_id is None else as_id(message_id, "message_id"))
        message = message_or_chat_id
        if message_id is not None:
            raise ConfigurationError(text("two_names_given", name="message_id", other="message_or_chat_id"))
        if message.role.strip() and not is_question(message):
            raise ConfigurationError(text("not_a_question", role=message.role))
        chat_id = as_id(message.chat_id, "message_or_chat_id.chat_id")
        return cls(chat_id, attrs.evolve(message, id=as_id(message.id, "message_or_chat_id.id"), chat_id=chat_id))


class QuestionResumer:
    """Finds one message and opens the reader of its answer; occupies the chat until the answer's end."""

    unused_warning = "The answer of resume_answer was never awaited, entered or read, so nothing was looked for"
    """What a `RuntimeWarning` says at the line that called `resume_answer`."""
    is_resumer = True
    is_outcome_unknown = False
    """Constant, because nothing is sent that the server could store."""

    def __init__(
        self,
        question: Question,
        *,
        asked: AskedBefore,
        chat: ChatState,
        caller: Caller,
        uploader: FileUploader,
        open_reader: Callable[[Message, RequestMaker, ChatSlot], StreamReader],
    ) -> None:
        self._question = question
        self._asked = asked
        self._slot = ChatSlot(chat, unread_runs="anything")
        self._caller = caller
        self._files = QuestionFiles(question, uploader)
        self._open_reader = open_reader
        self._message: Message | None = None
        self._has_reader = False

    def __del__(self) -> None:
        if not self._has_reader:
            self.leave()
            self._slot.release()

    @property
    def chat_id(self) -> str:
        """The chat of the message."""
        return self._question.chat_id

    async def post(self) -> Message:
        """The message, once no other answer of its chat is being read; as `QuestionSender.post`, but nothing is posted."""
        await self._slot.acquire()
        try:
            found = self._asked.message or await self._find()
        except BaseException:
            self._slot.release()
            raise
        self._message = attrs.evolve(found, chat_id=self._question.chat_id)
        self._slot.chat.add_posted(self._message)
        self._slot.mark_reader_idle()
        return self._message

    async def open(self) -> StreamReader:
        """The reader of the answer; its first read looks into the history."""
        assert self._message is not None
        self._has_reader = True
        return self._open_reader(self._message, self._stream_request, self._slot)

    def leave(self) -> None:
        """Frees the chat unless the answer has a reader; an earlier run may still store an answer. Idempotent."""
        if self._message is not None and not self._has_reader:
            self._slot.chat.mark_finished(self._message.id, "anything")
            self._slot.release()

    async def _find(self) -> Message:
        """The message, as the chat's history has it."""
        history = requests.get_chat_history(self._question.chat_id)
        search = QuestionSearch(self._asked.message_id)
        while isinstance(search.step, Look):
            await wait(search.step.seconds)
            try:
                search.looked(await self._caller.call(history))
            except APIError as error:
                _logger.info("%s: %s", history.path, error.message)
                search.look_failed(error)
        match search.step:
            case Found(message):
                return message
            case GiveUp(reason):
                raise reason.replaced(method=reason.method or "GET", path=reason.path or history.path)

    async def _stream_request(self) -> Request[Any]:
        assert self._message is not None
        await self._files.upload()
        return await self._files.stream_request(self._message)
