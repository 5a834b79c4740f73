"""What a run would do, found out without a server and without writing anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from ..catalog import LocalizedText
from ..serializable import Serializable
from .digests import digests_of, without_versions
from .journal_reader import JournalReader
from .preparation import units_of
from .progression import UnitState
from .task import BatchTask
from .unit import BatchUnit

__all__ = ["JobPlan", "plan"]


@attrs.frozen(kw_only=True)
class JobPlan(Serializable):
    """How many different documents there are, how many questions about them are to be asked, are answered, and failed before.

    `uploads` files of `bytes_to_upload` together are not on the server yet; `problems` are files that cannot be read.
    """

    documents: int
    to_ask: int
    done: int
    failed: int
    uploads: int
    bytes_to_upload: int
    problems: tuple[LocalizedText, ...] = ()


def plan(tasks: Sequence[BatchTask], journal: Path, fields: str | None = None) -> JobPlan:
    """What a run of `tasks` with this journal would do; a journal that is not there yet counts as an empty one. Blocks."""
    states, uploaded = dict[str, UnitState](), frozenset[str]()
    if journal.exists():
        with JournalReader(journal) as reader:
            states, uploaded = reader.known_units(), reader.uploaded_digests()
    rows = digests_of([task.document.path for task in tasks if task.document.path is not None], {})
    found = without_versions(rows)
    units = {unit.key: unit for _, unit in units_of(tasks, found, fields) if isinstance(unit, BatchUnit)}
    done = sum(states[key].name == "done" for key in units if key in states)
    failed = sum(states[key].is_finished for key in units if key in states) - done
    asked = [unit for key, unit in units.items() if key not in states or not states[key].is_finished]
    sizes = {unit.digest: unit.document.path.stat().st_size for unit in asked if unit.document.path is not None}
    new = [size for digest, size in sizes.items() if digest not in uploaded]
    return JobPlan(
        documents=len({unit.digest for unit in units.values()}),
        to_ask=len(asked),
        done=done,
        failed=failed,
        uploads=len(new),
        bytes_to_upload=sum(new),
        problems=tuple(result for result in found.values() if isinstance(result, LocalizedText)),
    )
