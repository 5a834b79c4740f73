"""The outcomes of the units of a job."""

from __future__ import annotations

import attrs

from ..answer import Answer
from ..catalog import LocalizedText
from ..serializable import Serializable
from .task import BatchTask
from .unit import BatchUnit

__all__ = ["Done", "Failed", "JobCounts", "Outcome", "Skipped"]


@attrs.frozen
class Done(Serializable):
    """The unit is answered; `is_earlier` tells that an earlier run of the job did it, and the journal had the answer."""

    unit: BatchUnit
    answer: Answer
    is_earlier: bool = False


@attrs.frozen
class Failed(Serializable):
    """The unit was tried and is given up: `error` says why, `kind` is the last error's class; ``retry_failed`` tries it again."""

    unit: BatchUnit
    error: LocalizedText
    kind: str


@attrs.frozen
class Skipped(Serializable):
    """The task was not asked: its file cannot be read, for instance."""

    unit: BatchTask
    reason: LocalizedText


Outcome = Done | Failed | Skipped


@attrs.frozen(kw_only=True)
class JobCounts(Serializable):
    """How many units of a job there are, and how far they are; `earlier` of those done were done by runs before."""

    total: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    running: int = 0
    waiting: int = 0
    queued_on_server: int = 0
    earlier: int = 0
