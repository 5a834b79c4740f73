"""What a job asks, from what its caller gave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..catalog import text
from ..exceptions import ConfigurationError
from .documents import DocumentLike, as_documents
from .questions import QuestionLike, as_questions, make_tasks
from .task import BatchSettings, BatchTask

__all__ = ["job_tasks"]


def job_tasks(
    documents: DocumentLike | Iterable[DocumentLike] | None,
    questions: QuestionLike | Iterable[QuestionLike] | Mapping[str, str] | None,
    tasks: Iterable[BatchTask] | None,
    settings: BatchSettings | None,
) -> list[BatchTask]:
    """`tasks`, or each of `questions` about each of `documents`; raises `ConfigurationError` where one of these is missing."""
    if tasks is not None:
        return [*tasks]
    if documents is None:
        raise ConfigurationError(text("job_without_documents"))
    if questions is None:
        raise ConfigurationError(text("job_without_questions"))
    return [*make_tasks(as_documents(documents), as_questions(questions), settings or BatchSettings())]
