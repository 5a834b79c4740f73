"""The chat of a command: one that the user names, the current one, or a new one for a question."""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from . import output
from .display import Style, is_perhaps_posted, show_answer, title_of
from .errors import CommandError, ExitCode, line_of
from .language import _
from .state_files import CurrentChat

if TYPE_CHECKING:
    from ..client import AsyncAIZoomDocClient
    from ..models import Chat
    from .display.sent_files import SentFile

DELETION_SECONDS = 3.0
"""Seconds that checking whether a chat is empty, or deleting it, may take after Ctrl-C."""


def current_chat(client: AsyncAIZoomDocClient) -> CurrentChat:
    """The current chat of the client's server and profile."""
    return CurrentChat(client.config.server_url, client.config.profile)


def current_chat_id(client: AsyncAIZoomDocClient) -> str:
    """The current chat's id; raises `CommandError` where there is none."""
    if current := current_chat(client).id:
        return current
    hint = _("aizoomdoc chat new TITLE, or aizoomdoc chat use CHAT")
    raise CommandError("no_current_chat", ExitCode.USAGE, hint=hint)


async def find_chat(client: AsyncAIZoomDocClient, wanted: str) -> str:
    """The id of the chat that is named by its id, number in the list or title, or by the beginning of an id or a title.

    Raises `CommandError` where there is none, or more than one.
    """
    from ..models.ids import id_key

    wanted = id_key(wanted.strip())
    if _is_uuid(wanted):
        return wanted
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a list that is cut off, which matters only if the chat is not found
        chats = await client.list_chats()
    for matches in _matchers(wanted):
        found = [chat for number, chat in enumerate(chats, 1) if matches(number, chat)]
        if len(found) == 1:
            return found[0].id
        if found:
            hint = _("There are: {chats}").format(chats=_describe(chats, found))
            raise CommandError("chat_ambiguous", ExitCode.USAGE, hint=hint, chat=wanted)
    raise CommandError("chat_unknown", ExitCode.NOT_FOUND, hint=_("See aizoomdoc chat list"), chat=wanted)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _matchers(wanted: str) -> Iterable[Callable[[int, Chat], bool]]:
    """Tests of a number in the list and a chat, one for each meaning of `wanted`, in the order of preference."""
    title = wanted.casefold()
    yield lambda _, chat: chat.id == wanted
    yield lambda number, _: str(number) == wanted
    yield lambda _, chat: chat.title.casefold() == title
    yield lambda _, chat: bool(title) and chat.id.casefold().startswith(title)
    yield lambda _, chat: bool(title) and chat.title.casefold().startswith(title)


def _describe(chats: Sequence[Chat], found: Sequence[Chat]) -> str:
    line = _("{number} “{title}” {id}")
    return "; ".join(line.format(number=chats.index(chat) + 1, title=chat.title, id=chat.id) for chat in found)


@contextlib.asynccontextmanager
async def explained_if_gone(client: AsyncAIZoomDocClient, chat_id: str) -> AsyncGenerator[None]:
    """Explains a 404 or 403 where the current chat is no longer on the server, and forgets that chat.

    The error may be about something else that the request names, so the chat is looked up first.
    """
    from ..exceptions import APIError, NotFoundError, PermissionDeniedError

    try:
        yield
    except (NotFoundError, PermissionDeniedError) as error:
        current = current_chat(client)
        if not current.is_chat(chat_id):
            raise
        try:
            await client.get_chat(chat_id)
        except (NotFoundError, PermissionDeniedError):
            title = current.title or chat_id
            current.forget(chat_id)
        except APIError:
            raise error from None
        else:
            raise
        hint = _("Make a new one: aizoomdoc chat new TITLE")
        raise CommandError("current_chat_gone", ExitCode.NOT_FOUND, hint=hint, title=title) from error


async def ask_in_new_chat(
    client: AsyncAIZoomDocClient,
    question: str,
    style: Style | None,
    files: Sequence[SentFile],
    *,
    show_thinking: bool,
    keep: bool = True,
    announce: bool = False,
    **attached: Any,
) -> None:
    """Asks in a `new_chat`; with `announce` a line names it."""
    async with new_chat(client, question, keep=keep) as (made, mark_posted):
        if announce:
            output.line_error(_("Made the chat “{title}”").format(title=made.title))
        answer = client.send_message(made, question, files=files, **attached)
        await show_answer(answer, style, show_thinking=show_thinking, files=files, on_posted=mark_posted)


@contextlib.asynccontextmanager
async def new_chat(
    client: AsyncAIZoomDocClient, question: str, *, keep: bool = True
) -> AsyncGenerator[tuple[Chat, Callable[[], None]]]:
    """A chat named after the question, and a function to call once the question is posted: with `keep` it makes the chat current.

    Where the question is not posted, as after Ctrl-C while its files are sent, the empty chat is deleted.
    """
    from ..exceptions import DeliveryUnknownError

    made = await client.create_chat(title_of(question))
    is_posted = False

    def mark_posted() -> None:
        nonlocal is_posted
        is_posted = True
        if keep:
            make_current(client, made)

    try:
        yield made, mark_posted
    except BaseException as error:
        if not is_posted and (isinstance(error, DeliveryUnknownError) or is_perhaps_posted(error)):
            mark_posted()
        if not is_posted:
            await _delete_empty(client, made)
        raise


async def has_question(client: AsyncAIZoomDocClient, chat: Chat) -> bool:
    """Whether the chat has a question; True also where the server does not tell."""
    from ..exceptions import AIZoomDocError

    try:
        async with asyncio.timeout(DELETION_SECONDS):
            return bool((await client.get_chat_history(chat)).messages)
    except (AIZoomDocError, TimeoutError):
        return True


async def _delete_empty(client: AsyncAIZoomDocClient, chat: Chat) -> None:
    from ..exceptions import AIZoomDocError

    with contextlib.suppress(AIZoomDocError, TimeoutError):
        async with asyncio.timeout(DELETION_SECONDS):
            await client.delete_chat(chat)


def make_current(client: AsyncAIZoomDocClient, chat: Chat) -> None:
    """Makes the chat the current one; where that cannot be saved, prints a warning."""
    try:
        current_chat(client).set(chat.id, chat.title)
    except CommandError as error:  # no reason to lose the answer
        output.warning(line_of(error))
