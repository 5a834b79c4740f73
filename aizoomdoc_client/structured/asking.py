"""Asking for a structured answer: the question, and at most one more in the same chat with what did not fit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import attrs

from ..answer import Answer
from ..exceptions import AnswerFormatError
from ..models import Message
from .reply_format import ReplyFormat

__all__ = ["asked"]

T = TypeVar("T")


async def asked(
    ask: Callable[[str | Message], Awaitable[Answer[None]]], message: str | Message, schema: type[T] | None
) -> Answer[T]:
    """The answer to `message` with its `parsed` value, or as it is without a schema; `ask` gives the answer to a message.

    Raises `AnswerFormatError` for an answer that does not fit though it was asked for twice.
    """
    content = message.content if isinstance(message, Message) else message
    is_question = isinstance(content, str) and bool(content.strip())  # pyright: ignore[reportUnnecessaryIsInstance]  # not all callers are type-checked
    if schema is None or not is_question:
        return cast("Answer[Any]", await ask(message))
    reply_format = ReplyFormat(schema)
    answer = await ask(reply_format.question(content))
    try:
        return attrs.evolve(cast("Answer[Any]", answer), parsed=reply_format.parse(answer.text))
    except AnswerFormatError as error:  # stays the context of whatever prevents the second answer, with the text of the first
        answer = await ask(reply_format.follow_up(content, error.problems))
    try:
        return attrs.evolve(cast("Answer[Any]", answer), parsed=reply_format.parse(answer.text))
    except AnswerFormatError as error:
        raise error.replaced(request_id=answer.request_id) from None
