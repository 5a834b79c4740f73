"""The plan of a run: what it would ask and upload, determined without a server and without writing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from ..catalog import LocalizedText
from ..serializable import Serializable
from .digests import only_digests, versions_of
from .journal_reader import JournalReader
from .journal_rows import FileVersion
from .preparation import units_of
from .progression import UnitState, retried
from .task import BatchTask
from .unit import BatchUnit

__all__ = ["JobPlan", "plan"]


@attrs.frozen(kw_only=True)
class JobPlan(Serializable):
    """How many different documents there are, how many questions about them are to be asked, are answered, and failed before.

    `later` questions are left to further runs, because a limit bounds this one. `uploads` files of `bytes_to_upload` together
    are not on the server yet; `problems` are files that cannot be read.
    """

    documents: int
    to_ask: int
    later: int
    done: int
    failed: int
    uploads: int
    bytes_to_upload: int
    problems: tuple[LocalizedText, ...] = ()


def plan(
    tasks: Sequence[BatchTask], journal: Path, fields: str | None = None, *, limit: int | None = None, retry_failed: bool = False
) -> JobPlan:
    """What a run of `tasks` with this journal would do; a journal that is not there yet counts as an empty one. Blocks.

    `fields` is as of a unit; `limit` and `retry_failed` are as of a `BatchJob`: with the latter no question has failed before.
    """
    states, uploaded, known = dict[str, UnitState](), set[str](), dict[str, FileVersion]()
    if journal.exists():
        with JournalReader(journal) as reader:
            states, uploaded, known = reader.known_units(), reader.uploaded_digests(), reader.known_files()
    if retry_failed:
        states = {key: retried(state) for key, state in states.items()}
    files = versions_of([task.document.path for task in tasks if task.document.path is not None], known)
    found = only_digests(files)
    units = {unit.key: unit for _, unit in units_of(tasks, found, fields) if isinstance(unit, BatchUnit)}
    finished = [states[key] for key in units if key in states and states[key].is_finished]
    done = sum(state.name == "done" for state in finished)
    left = [unit for key, unit in units.items() if key not in states or not states[key].is_finished]
    asked = left[:limit]
    sizes = {version.digest: version.size for version in files.values() if isinstance(version, FileVersion)}
    new = [sizes[digest] for digest in {unit.digest for unit in asked} if digest in sizes and digest not in uploaded]
    return JobPlan(
        documents=len({unit.digest for unit in units.values()}),
        to_ask=len(asked),
        later=len(left) - len(asked),
        done=done,
        failed=len(finished) - done,
        uploads=len(new),
        bytes_to_upload=sum(new),
        problems=tuple(result for result in found.values() if isinstance(result, LocalizedText)),
    )
