"""One question's way: its files, its message, its stream."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from ..exceptions import DeliveryUnknownError
from ..models import LLMFile, Message
from ..protocol import requests
from ..protocol.requests import Request, StreamScope
from .attachments import Attached, AttachedFile, FileShelf
from .caller import Caller
from .stream import StreamReader


@attrs.frozen(kw_only=True)
class Question:
    """What is asked, where, and what the answer may rest on."""

    chat_id: str
    content: str
    files: tuple[AttachedFile, ...] = ()
    attached_file_ids: tuple[str, ...] = ()
    google_files: tuple[LLMFile | Mapping[str, str], ...] = ()
    scope: StreamScope


class Asking:
    """Posts one question, once, and opens its answer's stream."""

    def __init__(
        self,
        question: Question,
        *,
        caller: Caller,
        shelf: FileShelf,
        open_reader: Callable[[Request[Any]], StreamReader],
    ) -> None:
        self._question = question
        self._caller = caller
        self._shelf = shelf
        self._open_reader = open_reader
        self._attached: list[Attached] = []
        self._message: Message | None = None
        self._sent = False

    async def post(self) -> Message:
        """The message as stored; its files are uploaded first.

        Raises `DeliveryUnknownError` when an earlier call was cancelled while the message was on its way: sending it again could
        store it twice.
        """
        question = self._question
        if self._sent:
            raise DeliveryUnknownError("The message was on its way when sending it was cancelled: look into the chat's history")
        self._attached = await self._shelf.attach(question.files)
        google_files = self._google_files([])
        ids = dict.fromkeys((*question.attached_file_ids, *(file.id for file in self._attached if file.id is not None)))
        self._sent = True
        self._message = await self._caller.call(
            requests.post_message(
                question.chat_id,
                question.content,
                idempotency_key=str(uuid.uuid4()),
                attached_file_ids=tuple(ids),
                attached_document_ids=question.scope.document_ids,
                google_file_uris=[file["uri"] for file in google_files],
            )
        )
        return self._message

    async def open(self) -> StreamReader:
        """The reader of the answer to the message that was posted; the stream itself starts with the first read."""
        assert self._message is not None
        question, copies = self._question, list[LLMFile]()
        if self._message.attached_file_ids is None:
            without_copy = [file.id for file in self._attached if file.id is not None and file.llm_file is None]
            copies = await self._shelf.llm_copies([*question.attached_file_ids, *without_copy])
        scope = attrs.evolve(question.scope, google_files=tuple(self._google_files(copies)))
        return self._open_reader(requests.stream(question.chat_id, scope))

    def _google_files(self, copies: list[LLMFile]) -> list[Mapping[str, str]]:
        """All files that the model has copies of, as the stream's query names them, each once."""
        attached = [file.llm_file for file in self._attached if file.llm_file is not None]
        named = [_google_file(file) for file in (*self._question.google_files, *attached, *copies)]
        return list({file["uri"]: file for file in named}.values())


def _google_file(file: LLMFile | Mapping[str, str]) -> Mapping[str, str]:
    if isinstance(file, Mapping):
        return file
    named = {"uri": file.google_file_uri, "mime_type": file.mime_type}
    return named if file.storage_path is None else {**named, "storage_path": file.storage_path}
