"""The files of one question: uploaded, and named as the message and the stream take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ..models import LLMFile, Message
from ..protocol import requests
from ..protocol.requests import Request
from .attachments import FileUploader, GoogleFile
from .known_files import Attached
from .question import Question


class QuestionFiles:
    """Uploads the files of a question, and makes the request for its answer's stream."""

    def __init__(self, question: Question, uploader: FileUploader) -> None:
        self._question = question
        self._uploader = uploader
        self._attached: list[Attached] = []
        self._is_attached = False
        self._renewed_google_files: list[GoogleFile] = []

    async def upload(self) -> None:
        """Uploads what is not uploaded yet, and again the model's copies that have expired."""
        if not self._is_attached:
            self._attached = await self._uploader.attach(self._question.files)
            self._is_attached = True
        self._renewed_google_files = await self._uploader.renew(self._question.google_files)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all stored files, each once."""
        uploaded = (file.id for file in self._attached if file.id is not None)
        return tuple(dict.fromkeys((*self._question.attached_file_ids, *uploaded)))

    def google_files(self, copies: Sequence[LLMFile] = ()) -> list[Mapping[str, str]]:
        """All files that the model has copies of, each once, as the stream's query names them."""
        attached = [file.llm_file for file in self._attached if file.llm_file is not None]
        files = (*self._renewed_google_files, *attached, *copies)
        return list({file["uri"]: file for file in map(_google_file, files)}.values()) if files else []

    async def stream_request(self, message: Message) -> Request[Any]:
        """The request for the stream of the answer to `message`.

        A server that does not return the ids of a message's files does not read them, so the model gets copies of these files.
        """
        question, copies = self._question, list[LLMFile]()
        if message.attached_file_ids is None:
            without_copy = [file.id for file in self._attached if file.id is not None and file.llm_file is None]
            copies = await self._uploader.llm_copies([*question.attached_file_ids, *without_copy])
        files, scope = self.google_files(copies), question.scope
        return requests.stream(question.chat_id, attrs.evolve(scope, google_files=tuple(files)) if files else scope)


def _google_file(file: LLMFile | Mapping[str, str]) -> Mapping[str, str]:
    if isinstance(file, Mapping):
        return file
    named = {"uri": file.google_file_uri, "mime_type": file.mime_type}
    return named if file.storage_path is None else {**named, "storage_path": file.storage_path}
