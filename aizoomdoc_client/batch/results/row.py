"""One row of a job's results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any, Literal

import attrs

from ...answer import Answer
from ...catalog import LocalizedText
from ...serializable import Serializable
from ..task import BatchTask, CellValue

__all__ = ["ResultRow", "ResultState"]

ResultState = Literal["waiting", "running", "done", "failed", "skipped"]
"""Waiting or running, while the job is not at its end; answered; failed for good, or until it is retried; not asked at all."""


@attrs.frozen(kw_only=True)
class ResultRow(Serializable):
    """The result of one task.

    `answer` is there when it is done, and with it, where the job asked for fields, `parsed`: its fields as cells of a table, in
    which a list is one text; `to_dict` gives them as `answer.parsed` has them. `error` says why it failed or was skipped, and
    `raw_text` what the model answered where that did not fit the fields. `seconds` is how long the answer took, `attempts` how
    often it was begun, `finished_at` when it ended.
    """

    number: int
    task: BatchTask
    state: ResultState
    answer: Answer | None = None
    parsed: Mapping[str, CellValue] | None = attrs.field(default=None, hash=False)
    raw_text: str | None = None
    error: LocalizedText | None = None
    error_type: str | None = None
    attempts: int = 0
    seconds: float | None = None
    finished_at: datetime | None = None

    @property
    def is_failure(self) -> bool:
        """Whether it failed, or was not asked at all, so that only the user can get an answer."""
        return self.state in {"failed", "skipped"}

    def to_dict(self) -> dict[str, Any]:
        """All fields by their names as plain values; `parsed` as the answer has it: a list is a list."""
        fields = super().to_dict()
        whole = fields["answer"]["parsed"] if self.answer is not None else None
        return {**fields, "parsed": fields["parsed"] if whole is None else whole}

    @property
    def named_values(self) -> Iterator[tuple[str, CellValue]]:
        """The user's own columns, and then the fields of the answer."""
        return chain(self.task.columns.items(), (self.parsed or {}).items())
