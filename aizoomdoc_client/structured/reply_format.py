"""What a schema makes of a question, and of the reply to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import cattrs

from ..catalog import LocalizedText, text
from ..exceptions import AnswerFormatError
from .conversion import converter_of_replies, problems_of
from .extraction import json_values
from .scalars import UnfitValueError, unfit
from .shape import ListOf, Shape, shape_of
from .wording import follow_up_question, structured_question

__all__ = ["ReplyFormat"]

T = TypeVar("T")


class ReplyFormat(Generic[T]):
    """Asks for values of `schema`, an attrs class, a dataclass, or ``list[…]`` of one, and reads them.

    Raises `ConfigurationError` for a schema that cannot be asked for.
    """

    def __init__(self, schema: type[T]) -> None:
        self._schema = schema
        self._shape: Shape = shape_of(schema)
        self._converter: cattrs.Converter = converter_of_replies()

    def question(self, question: str) -> str:
        """The question, with the wanted shape of its answer in its language."""
        return structured_question(question, self._shape)

    def follow_up(self, question: str, problems: Sequence[LocalizedText]) -> str:
        """The same question once more, with what was wrong with the answer before."""
        return follow_up_question(question, self._shape, problems)

    def parse(self, reply: str) -> T:
        """The value in a reply.

        Raises `AnswerFormatError` that names the fields which do not fit, and where there could be more than one answer.
        """
        try:
            suitable = self._suitable(reply)
        except UnfitValueError as error:
            raise _unfit(reply, (error.problem,)) from None
        return self._fitting(suitable, reply)

    def _suitable(self, reply: str) -> Sequence[Any]:
        """The values in a reply that are objects, or lists if that is wanted."""
        found = json_values(reply)
        is_list = isinstance(self._shape, ListOf)
        suitable: list[Any] = [value for value in found if isinstance(value, list if is_list else dict)]
        if not suitable:
            raise unfit(found[0], text("expected_list") if is_list else text("expected_object"))
        return suitable

    def _fitting(self, values: Sequence[Any], reply: str) -> T:
        """The only value that fits; the same value written twice is one."""
        fitting, problems = list[tuple[Any, T]](), tuple[LocalizedText, ...]()
        for value in values:
            try:
                made = self._converter.structure(value, self._schema)
            except Exception as error:  # noqa: BLE001 - a class may raise whatever it likes about its values
                problems = problems or problems_of(error)
            else:
                fitting.append((value, made))
        if not fitting:
            raise _unfit(reply, problems)
        if any(value != fitting[0][0] for value, _ in fitting):
            raise _unfit(reply, (text("reply_of_several"),))
        return fitting[0][1]


def _unfit(reply: str, problems: tuple[LocalizedText, ...]) -> AnswerFormatError:
    return AnswerFormatError(text("answer_format", problems=problems), problems=problems, partial=reply)
