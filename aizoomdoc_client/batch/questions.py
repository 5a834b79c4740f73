"""Questions of a job, and the tasks that documents and questions make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import attrs

from ..catalog import LocalizedText, text
from .problems import Problems
from .task import BatchDocument, BatchQuestion, BatchSettings, BatchTask

__all__ = ["QuestionLike", "QuestionWithSettings", "as_questions", "check_distinct", "make_tasks"]

QuestionLike = str | BatchQuestion
"""A question's text, or a question with a name."""

_AS_IT_IS = BatchSettings()


@attrs.frozen(kw_only=True)
class QuestionWithSettings:
    """A question with settings of its own; those that are None come from the job."""

    question: BatchQuestion
    settings: BatchSettings = _AS_IT_IS


def as_questions(questions: QuestionLike | Iterable[QuestionLike] | Mapping[str, str]) -> tuple[BatchQuestion, ...]:
    """The questions that are meant: one text, several, or texts by their names.

    White space around a text is left out. Raises `ConfigurationError` for an empty question, for one that is asked twice, for two
    of the same name, and where there is none.
    """
    problems = Problems()
    if isinstance(questions, Mapping):
        taken = [
            BatchQuestion(text=_stripped(each), name=str(name)) for name, each in cast("Mapping[str, str]", questions).items()
        ]
    else:
        given: list[QuestionLike] = [questions] if isinstance(questions, (str, BatchQuestion)) else list(questions)
        taken = [each if isinstance(each, BatchQuestion) else BatchQuestion(text=_stripped(each)) for each in given]
    for number, question in enumerate(taken, 1):
        if not isinstance(question.text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users' code has no types
            problems.add(text("question_of_unknown_type", type=type(question.text).__name__))
        elif not question.text.strip():
            problems.add(
                text("question_named_has_no_text", name=question.name)
                if question.name
                else text("question_has_no_text", number=number)
            )
    if not taken:
        problems.add(text("no_questions"))
    problems.raise_if_any(text("batch_questions"))
    check_distinct(taken)
    return tuple(taken)


def check_distinct(questions: Iterable[BatchQuestion]) -> None:
    """Raises `ConfigurationError` where two questions have the same text or heading."""
    problems = Problems()
    for _, problem in repetitions(questions):
        problems.add(problem)
    problems.raise_if_any(text("batch_questions"))


def repetitions(questions: Iterable[BatchQuestion]) -> Iterator[tuple[int, LocalizedText]]:
    """The positions of questions that repeat the text or the heading of an earlier one, with their problems."""
    texts: set[str] = set()
    headings: set[str] = set()
    for position, question in enumerate(questions):
        same = " ".join(question.text.split())
        if same in texts:
            yield position, text("question_repeated", heading=question.heading)
        elif question.heading in headings:
            yield position, text("question_heading_repeated", heading=question.heading)
        texts.add(same)
        headings.add(question.heading)


def make_tasks(
    documents: Iterable[BatchDocument],
    questions: Iterable[BatchQuestion | QuestionWithSettings],
    settings: BatchSettings = _AS_IT_IS,
) -> list[BatchTask]:
    """Each question about each document, grouped by document.

    A question's own role and model override those of `settings`.
    """
    asked = [each if isinstance(each, QuestionWithSettings) else QuestionWithSettings(question=each) for each in questions]
    merged = [(each.question, merged_settings(each.settings, settings)) for each in asked]
    return [BatchTask(document=document, question=question, settings=own) for document in documents for question, own in merged]


def merged_settings(own: BatchSettings, common: BatchSettings) -> BatchSettings:
    """The settings `own`, with those of `common` where one is None."""
    return BatchSettings(
        role=common.role if own.role is None else own.role, model=common.model if own.model is None else own.model
    )


def _stripped(given: str) -> str:
    return given.strip() if isinstance(given, str) else given  # pyright: ignore[reportUnnecessaryIsInstance]  # refused later
