"""Asking for a structured answer: the question, and at most one more in the same chat with what did not fit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import attrs

from ..answer import Answer
from ..exceptions import AnswerFormatError
from .reply_format import ReplyFormat

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    SchemaT = TypeVar("SchemaT", default=None)
else:  # a default is of use to type checkers only; Python has it from 3.13
    from typing import TypeVar

    SchemaT = TypeVar("SchemaT")

__all__ = ["SchemaT", "ask_structured"]


async def ask_structured(
    ask: Callable[[str], Awaitable[Answer[None]]], question: str, schema: type[SchemaT] | None
) -> Answer[SchemaT]:
    """The answer to `question` with its `parsed` value, or as it is without a schema; `ask` gives the answer to a text.

    Raises `AnswerFormatError` for an answer that does not fit though it was asked for twice.
    """
    if schema is None:
        return cast("Answer[Any]", await ask(question))
    reply_format = ReplyFormat(schema)
    answer = await ask(reply_format.question(question))
    try:
        return attrs.evolve(cast("Answer[Any]", answer), parsed=reply_format.parse(answer.text))
    except AnswerFormatError as error:  # stays the context of whatever prevents the second answer, with the text of the first
        answer = await ask(reply_format.follow_up(question, error.problems))
    try:
        return attrs.evolve(cast("Answer[Any]", answer), parsed=reply_format.parse(answer.text))
    except AnswerFormatError as error:
        path = f"/chats/{answer.question.chat_id}/stream"
        raise error.replaced(method="GET", path=path, request_id=answer.request_id) from None
