"""A question whose answer is data: fields that a TOML file names, printed as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import output
from .display import Style
from .display.waiting import waits_as_notes
from .language import _

if TYPE_CHECKING:
    from ..answer import Answer
    from ..client import AsyncAIZoomDocClient
    from .display.sent_files import SentFile


async def ask_for_fields(
    client: AsyncAIZoomDocClient,
    chat_id: str | None,
    question: str,
    *,
    fields: Path,
    style: Style | None,
    files: Sequence[SentFile],
) -> None:
    """Asks in the chat, or in a `new_chat`, and prints the fields; with ``--json`` the whole answer.

    Raises `ConfigurationError` for a file of fields that cannot be used, `AnswerFormatError` for an answer that does not fit.
    """
    from ..serializable import fields_as_plain
    from ..structured.toml_fields import read_fields

    schema = read_fields(fields)
    if chat_id is None:
        answer = await _ask_in_new_chat(client, question, files, schema)
    else:
        answer = await _ask(client, chat_id, question, files, schema)
    if style == "json":
        output.result(answer.to_json())
    else:
        output.as_json(fields_as_plain(answer.parsed))
    for note in answer.notes:
        output.warning(note)


async def _ask_in_new_chat(
    client: AsyncAIZoomDocClient, question: str, files: Sequence[SentFile], schema: type[Any]
) -> Answer[Any]:
    from .chat_choice import has_question, new_chat

    async with new_chat(client, question) as (chat, mark_posted):
        try:
            answer = await _ask(client, chat.id, question, files, schema)
        except BaseException:
            if await has_question(client, chat):  # `ask` does not tell whether it posted the question
                mark_posted()
            raise
        mark_posted()
    return answer


async def _ask(
    client: AsyncAIZoomDocClient, chat_id: str, question: str, files: Sequence[SentFile], schema: type[Any]
) -> Answer[Any]:
    from ..exceptions import AnswerFormatError

    try:
        with waits_as_notes():
            return await client.ask(chat_id, question, files=files, schema=schema)
    except AnswerFormatError as error:
        error.add_note(_("What the model answered: aizoomdoc chat history"))
        raise
