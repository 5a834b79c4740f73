"""The unit of a job: asked once, however many tasks have it."""

from __future__ import annotations

import hashlib
import json

import attrs

from ..serializable import Serializable
from .task import BatchDocument, BatchQuestion, BatchSettings, BatchTask

__all__ = ["BatchUnit"]

_KEY_CHARACTERS = 32  # hexadecimal: 128 bits, by which units are told apart
_TITLE_CHARACTERS = 80  # of a chat's title, those of the document's name; the end of a longer one is kept


@attrs.frozen(kw_only=True)
class BatchUnit(Serializable):
    """A question about one document's content, with settings: asked once, whatever the file is called.

    `digest` is the SHA-256 of the file, or names the document of the project tree; `fields` describes the fields that the answer
    has to have, if any. `key` is made of all that the answer depends on: a renamed file is the same unit, a changed one another.
    """

    key: str
    digest: str
    document: BatchDocument
    question: BatchQuestion
    settings: BatchSettings = attrs.field(factory=BatchSettings)
    fields: str | None = None

    @classmethod
    def of(cls, task: BatchTask, digest: str, fields: str | None = None) -> BatchUnit:
        """The unit that answers `task`."""
        parts = [digest, task.question.text, task.settings.role, task.settings.model, fields]
        key = hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
        return cls(
            key=key[:_KEY_CHARACTERS],
            digest=digest,
            document=task.document,
            question=task.question,
            settings=task.settings,
            fields=fields,
        )

    def chat_title(self, run: str, attempt: int) -> str:
        """The title of the chat of an attempt, unique among all attempts of all jobs, so that the chat can be found again."""
        name = " ".join(self.document.name.split())
        shown = name if len(name) <= _TITLE_CHARACTERS else "…" + name[1 - _TITLE_CHARACTERS :]
        return f"{shown} [{run}-{self.key[:16]}-{attempt}]"
