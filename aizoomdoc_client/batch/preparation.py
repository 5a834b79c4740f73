"""Prepares a job: its tasks from the arguments, and their units with the states in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import attrs

from ..catalog import LocalizedText, text
from ..exceptions import ConfigurationError
from .answer_format import AnswerFormat
from .digests import digests
from .documents import DocumentLike, as_documents
from .journal import PAUSED, Journal
from .outcomes import Skipped
from .progression import UNFIT, Limits, UnitState, after_crash, judged, retried
from .questions import QuestionLike, as_questions, make_tasks
from .steps import Answered, Unfit
from .task import BatchSettings, BatchTask
from .unit import BatchUnit

__all__ = ["PreparedUnits", "check_client", "check_server", "job_tasks", "prepared", "units_of"]


def check_client(client: object, kind: type[object]) -> None:
    """Raises `ConfigurationError` unless the client is of `kind`: sync and async clients look alike until they are used."""
    if not isinstance(client, kind):
        raise ConfigurationError(text("job_client_type", expected=kind.__name__, found=type(client).__name__))


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


def units_of(
    tasks: Iterable[BatchTask], found: Mapping[Path, str | LocalizedText], fields: str | None
) -> list[tuple[BatchTask, BatchUnit | LocalizedText]]:
    """Each task with its unit, or why it cannot be asked; `found` is what `digests` found of the files, `fields` as of a unit."""
    return [(task, _unit_of(task, found, fields)) for task in tasks]


def _unit_of(task: BatchTask, found: Mapping[Path, str | LocalizedText], fields: str | None) -> BatchUnit | LocalizedText:
    digest = f"document:{task.document.document_id}" if task.document.path is None else found[task.document.path]
    return digest if isinstance(digest, LocalizedText) else BatchUnit.of(task, digest, fields)


async def check_server(journal: Journal, server: str) -> None:
    """Stores the server and the start time in a new journal; raises `ConfigurationError` for the journal of another server."""
    theirs = await journal.fact("server")
    if theirs is None:
        await journal.set_facts({"server": server, "started_at": datetime.now(UTC).isoformat()})
    elif theirs != server:
        raise ConfigurationError(text("journal_of_another_server", path=journal.path, theirs=theirs, ours=server))


@attrs.frozen
class PreparedUnits:
    """The units of a job by their keys, the tasks without a unit, and the states of units, those of earlier runs too."""

    units: dict[str, BatchUnit] = attrs.field(factory=dict[str, BatchUnit])
    skipped: Sequence[Skipped] = ()
    states: dict[str, UnitState] = attrs.field(factory=dict[str, UnitState])


async def prepared(
    tasks: Sequence[BatchTask], journal: Journal, *, answer_format: AnswerFormat | None, limits: Limits, retry_failed: bool
) -> PreparedUnits:
    """Reads the files, and sets the states from which units continue: after a crash, and with `retry_failed` after a failure.

    A stored answer that does not fit `answer_format` makes its unit a failed one; should it fit again, its unit is done again.
    """
    await journal.set_fact(PAUSED, None)
    found = await digests([task.document.path for task in tasks if task.document.path is not None], journal)
    rows = units_of(tasks, found, None if answer_format is None else answer_format.key)
    units = {unit.key: unit for _, unit in rows if isinstance(unit, BatchUnit)}
    await journal.set_tasks(rows)
    before = await journal.states()
    if answer_format is not None:
        before.update(await _judge_answers({key: before[key] for key in units}, journal, answer_format))
    states = {key: after_crash(state, limits) for key, state in before.items()}
    if retry_failed:
        states.update({key: retried(states[key]) for key in units})
    await journal.record_all({key: state for key, state in states.items() if state != before[key]})
    return PreparedUnits(units, [Skipped(task, unit) for task, unit in rows if isinstance(unit, LocalizedText)], states)


async def _judge_answers(before: Mapping[str, UnitState], journal: Journal, answer_format: AnswerFormat) -> dict[str, UnitState]:
    """The units whose answers no longer fit, or fit again, because the validators of the class were changed."""
    changed = dict[str, UnitState]()
    for key, state in before.items():
        answer = await journal.answer(key) if _is_judged_by_answer(state) else None
        if answer is None:
            continue
        match answer_format.observed("", answer):
            case Answered(fields=fields):
                now, raw_text = judged(state, None), None
            case Unfit(problem=problem):
                now, fields, raw_text = judged(state, problem), None, answer.text
        if now.name != state.name:
            await journal.record_fit(key, now, fields=fields, raw_text=raw_text)
            changed[key] = now
    return changed


def _is_judged_by_answer(state: UnitState) -> bool:
    return state.name == "done" or (state.name == "failed" and state.problem_type == UNFIT)
