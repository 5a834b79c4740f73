"""Fields that the answers of a job must have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..catalog import LocalizedText
from .task import CellValue

__all__ = ["AnswerFormat", "Misfit"]


class Misfit(Exception):  # noqa: N818 - no failure of the program: the job asks once more
    """An answer does not have the fields: `problem` says why, `correction` is the message that asks for them once more."""

    def __init__(self, problem: LocalizedText, correction: str) -> None:
        super().__init__(problem.render())
        self.problem = problem
        self.correction = correction


class AnswerFormat(Protocol):
    """Asks for fields, and reads them out of an answer."""

    @property
    def key(self) -> str:
        """What tells this format from others: a unit with another one is another unit."""
        ...

    def question(self, text: str) -> str:
        """The question with the request for the fields."""
        ...

    def parse(self, text: str) -> Mapping[str, CellValue]:
        """The fields of an answer; raises `Misfit`."""
        ...
