"""Sends one question: uploads its files, posts its message, opens its answer's stream."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

import attrs

from ..catalog import text
from ..exceptions import APIError, DeliveryUnknownError
from ..models import ChatHistory, Message
from ..protocol import requests
from ..protocol.delivery import Delivery, is_error_of, may_post_unseen
from ..protocol.recovery import GiveUp, Look
from ..protocol.requests import Request
from ..protocol.retry import request_outcome
from .attachments import FileUploader
from .caller import Caller
from .chat_queue import ChatSlot, ChatState
from .question import Question
from .question_files import QuestionFiles
from .retrier import wait
from .stream_reader import StreamReader

_logger = logging.getLogger(__package__)


class QuestionSender:
    """Posts one question, once, and opens its answer's stream; occupies the chat until the answer's end."""

    unused_warning = "The answer of send_message was never awaited, entered or read, so its message was not posted"
    """What a `RuntimeWarning` says at the line that called `send_message`, as Python does of a coroutine never awaited."""
    is_resumer = False

    def __init__(
        self,
        question: Question,
        *,
        chat: ChatState,
        caller: Caller,
        uploader: FileUploader,
        open_reader: Callable[[Message, Request[Any], ChatSlot], StreamReader],
    ) -> None:
        self._question = question
        self._chat = chat
        self._slot = ChatSlot(chat)
        self._caller = caller
        self._uploader = uploader
        self._files = QuestionFiles(question, uploader)
        self._open_reader = open_reader
        self._message: Message | None = None
        self._is_sent = False
        self._has_reader = False

    def __del__(self) -> None:
        if not self._has_reader:
            self.leave()
            self._slot.release()

    @property
    def chat_id(self) -> str:
        """The chat in which it is asked."""
        return self._question.chat_id

    @property
    def content(self) -> str:
        """The text of the question."""
        return self._question.content

    def with_content(self, content: str) -> QuestionSender:
        """The sender of another text with everything else as here; files that are uploaded already are not uploaded again."""
        question = attrs.evolve(self._question, content=content)
        sender = QuestionSender(
            question, chat=self._chat, caller=self._caller, uploader=self._uploader, open_reader=self._open_reader
        )
        sender._files = self._files
        return sender

    @property
    def is_outcome_unknown(self) -> bool:
        """Whether the message was sent and the outcome is not known yet."""
        return self._is_sent and self._message is None

    async def post(self) -> Message:
        """The message as stored; its files are uploaded first.

        Raises `DeliveryUnknownError` when it cannot be determined whether it was stored, also when an earlier call was cancelled
        after the message was sent: sending it again could store it twice.
        """
        if self._is_sent:
            raise DeliveryUnknownError(text("message_cancelled_on_its_way"), **self._request().context)
        await self._files.upload()
        await self._slot.acquire()
        try:
            self._message = await self._deliver()
        except BaseException:
            if self._is_sent:
                self._slot.chat.mark_delivery_unknown()
            self._slot.release()
            raise
        self._slot.chat.add_posted(self._message)
        self._slot.mark_reader_idle()
        return self._message

    async def open(self) -> StreamReader:
        """The reader of the answer to the message that was posted; the stream itself starts with the first read."""
        assert self._message is not None
        self._slot.mark_reader_active()
        try:
            request = await self._files.stream_request(self._message)
        finally:
            self._slot.mark_reader_idle()
        self._has_reader = True
        return self._open_reader(self._message, request, self._slot)

    def leave(self) -> None:
        """Frees the chat unless the answer has a reader, without which no run was started; idempotent."""
        if self._message is not None and not self._has_reader:
            self._slot.chat.mark_finished(self._message.id, "nothing")
            self._slot.release()

    async def _deliver(self) -> Message:
        """Posts the message and returns it as stored; after an unknown outcome it is the one that the history proves ours."""
        chat = self._slot.chat
        await self._caller.log_in()  # first, so that a failed or cancelled login leaves no doubt about the message
        if not chat.has_baseline:
            await self._read_baseline(chat)
        request = self._request()
        delivery = Delivery(self._question.content, chat.known, **request.context)
        self._is_sent = True
        try:
            return await self._caller.call(request)
        except APIError as error:
            step = delivery.failed(error)
            self._is_sent = delivery.is_doubtful
            _logger.info("%s %s: %s", request.method, request.path, error.message)
        chat.delivery_unknown |= self._is_sent
        while isinstance(step, Look):
            _logger.info("%s: looking for the message in the chat's history in %.1f s", request.path, step.seconds)
            await wait(step.seconds)
            step = delivery.looked(await self._history_if_readable())
        if isinstance(step, GiveUp):
            _logger.warning("%s %s: given up: %s", request.method, request.path, step.error.message)
            raise step.error
        return step.message

    async def _read_baseline(self, chat: ChatState) -> None:
        """Records the messages that the chat had before, if the server returns them; an error says that nothing was posted."""
        history = requests.get_chat_history(self._question.chat_id)
        try:
            chat.set_baseline(await self._caller.call(history))
        except APIError as error:
            if request_outcome(error) == "final" or not is_error_of(error, history.path):
                raise
            if may_post_unseen(error):
                return
            raise error.replaced(text=text("message_not_posted", reason=error.text)) from error.__cause__

    async def _history_if_readable(self) -> ChatHistory | None:
        try:
            return await self._caller.call(requests.get_chat_history(self._question.chat_id))
        except APIError:
            return None

    def _request(self) -> Request[Message]:
        question = self._question
        return requests.post_message(
            question.chat_id,
            question.content,
            idempotency_key=str(uuid.uuid4()),
            attached_file_ids=self._files.ids,
            attached_document_ids=question.scope.document_ids,
            google_file_uris=[file["uri"] for file in self._files.google_files()],
        )
