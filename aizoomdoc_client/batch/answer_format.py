"""Fields that the answers of a job must have: the request for them, and their values as cells of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import attrs

from ..answer import Answer
from ..exceptions import AnswerFormatError
from ..serializable import fields_as_plain
from ..structured.reply_format import ReplyFormat
from .steps import Answered, Unfit
from .task import CellValue

__all__ = ["AnswerFormat"]


class AnswerFormat:
    """Asks for values of `schema`, as `ask` of the client does; see there for what it may be.

    Raises `ConfigurationError` for a schema that cannot be asked for.
    """

    def __init__(self, schema: type[Any]) -> None:
        self._format: ReplyFormat[Any] = ReplyFormat(schema)

    @property
    def key(self) -> str:
        """Identifies the format; the same question with another format is another unit."""
        return self._format.question("")

    def question(self, text: str) -> str:
        """The question with the request for the fields."""
        return self._format.question(text)

    def correction(self, text: str, error: AnswerFormatError) -> str:
        """The message that asks for the fields once more."""
        return self._format.follow_up(text, error.problems)

    def parsed(self, answer: Answer[Any]) -> Answer[Any]:
        """The answer with its value in `parsed`; raises `AnswerFormatError`."""
        return attrs.evolve(answer, parsed=self._format.parse(answer.text))

    def observed(self, text: str, answer: Answer[Any]) -> Answered | Unfit:
        """The observation of an answer to the question `text`."""
        try:
            parsed = self.parsed(answer)
        except AnswerFormatError as error:
            return Unfit(answer, self.correction(text, error), error.text)
        return Answered(parsed, self.cells(parsed.parsed))

    def cells(self, value: object) -> Mapping[str, CellValue]:
        """A value as cells by the names of its fields; a list of texts becomes one text, other nested values become JSON."""
        fields = fields_as_plain(value)
        if not isinstance(fields, dict):
            return {"values": _cell(fields)}
        return {name: _cell(each) for name, each in cast("dict[str, Any]", fields).items()}


def _cell(value: Any) -> CellValue:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in cast("list[Any]", value)):
        return ", ".join(cast("list[str]", value))
    return json.dumps(value, ensure_ascii=False)
