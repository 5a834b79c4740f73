"""A question whose answer is data: fields that a TOML file names, printed as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import output
from .display import Style, title_of
from .display.waiting import waits_as_notes
from .language import _

if TYPE_CHECKING:
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
    """Asks in the chat, or in a new one, which becomes the current one, and prints the fields; with ``--json`` the whole answer.

    Raises `ConfigurationError` for a file of fields that cannot be used, `AnswerFormatError` for an answer that does not fit.
    """
    from ..exceptions import AnswerFormatError
    from ..serializable import fields_as_plain
    from ..structured.toml_fields import read_fields
    from .chat_choice import make_current

    schema = read_fields(fields)
    if chat_id is None:
        made = await client.create_chat(title_of(question))
        make_current(client, made)
        chat_id = made.id
    try:
        with waits_as_notes():
            answer = await client.ask(chat_id, question, files=files, schema=schema)
    except AnswerFormatError as error:
        error.add_note(_("What the model answered: aizoomdoc chat history"))
        raise
    if style == "json":
        output.result(answer.to_json())
    else:
        output.as_json(fields_as_plain(answer.parsed))
    for note in answer.notes:
        output.warning(note)
