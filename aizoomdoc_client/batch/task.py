"""The tasks of a job: a question about a document, with settings, and the user's own columns, which the results repeat."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from ..models import ModelProfile
from ..serializable import Serializable

__all__ = ["BatchDocument", "BatchQuestion", "BatchSettings", "BatchTask", "CellValue"]

CellValue = str | int | float | bool | None
"""What a cell of a table holds."""


def _no_columns() -> Mapping[str, CellValue]:
    return {}


@attrs.frozen(kw_only=True)
class BatchDocument(Serializable):
    """What is asked about: a file at `path`, or the document `document_id` of the server's project tree, that of `client_id`.

    `name` is shown to users: the file's path below the folder that was given, or the node's path in the tree.
    """

    name: str
    path: Path | None = None
    document_id: str | None = None
    client_id: str | None = None


@attrs.frozen(kw_only=True)
class BatchQuestion(Serializable):
    """A question; `name` heads its column in the results, and is the question itself where none was given."""

    text: str
    name: str = ""

    @property
    def heading(self) -> str:
        """The name of the question in results, or else its text."""
        return self.name or self.text


@attrs.frozen(kw_only=True)
class BatchSettings(Serializable):
    """The user's settings that a question is to be answered with; None leaves one as it is.

    Servers keep the role and the profile with the user and not with a question.
    """

    role: int | None = None
    model: ModelProfile | None = None


@attrs.frozen(kw_only=True)
class BatchTask(Serializable):
    """One row of the results: a question about a document. `columns` are the user's own and are returned unchanged."""

    document: BatchDocument
    question: BatchQuestion
    settings: BatchSettings = attrs.field(factory=BatchSettings)
    columns: Mapping[str, CellValue] = attrs.field(factory=_no_columns, hash=False)
