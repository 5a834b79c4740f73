"""What a question is about: the documents that are searched for its answer."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence

import attrs

from ..models import Message, Role, Settings, User
from .document_index import DocumentSource
from .failures import Failure
from .parts import Parts
from .projects import R2_PREFIX, Place, Tree
from .roles import BY_ID
from .store import chats, files, messages, users
from .store.files import StoredFile
from .store.messages import Attachments

_HISTORY = 20


@attrs.frozen(kw_only=True)
class Narrowing:
    """What the stream's query says about where to search."""

    client_id: str | None = None
    document_ids: tuple[str, ...] = ()
    file_uris: tuple[str, ...] = ()
    tree_keys: tuple[str, ...] = ()
    compare_a: tuple[str, ...] = ()
    compare_b: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Asked:
    """A question that is about to be answered: the chat's last user message, and the groups of documents to search."""

    chat_id: str
    message: Message
    history: Sequence[Message]
    groups: tuple[tuple[DocumentSource, ...], ...]
    settings: Settings
    role: Role | None


@attrs.frozen(kw_only=True)
class _Background:
    """What the database knows of a question."""

    message: Message
    history: Sequence[Message]
    attached: Attachments
    attached_files: Sequence[StoredFile]
    all_files: Sequence[StoredFile]
    settings: Settings


async def asked(parts: Parts, user: User, chat_id: str, narrowing: Narrowing) -> Asked:
    """The chat's last question with all that answering it takes.

    Raises `Failure` 403 or 404 for a chat, file or document that is not the user's or not there.
    """
    known = await parts.database.run(_background, user, chat_id, narrowing)
    tree = await asyncio.to_thread(parts.look_at_projects)
    return Asked(
        chat_id=chat_id,
        message=known.message,
        history=known.history,
        groups=_groups(parts, tree, known, narrowing),
        settings=known.settings,
        role=BY_ID.get(known.settings.selected_role_prompt_id or 0),
    )


def _background(db: sqlite3.Connection, user: User, chat_id: str, narrowing: Narrowing) -> _Background:
    chats.owned(db, user, chat_id)
    message, attached = messages.last_question(db, chat_id)
    by_id = [files.owned(db, user, file_id) for file_id in attached.file_ids]
    by_uri = [files.by_uri(db, user, uri) for uri in (*attached.file_uris, *narrowing.file_uris)]
    return _Background(
        message=message,
        history=[said for said in messages.last(db, chat_id, _HISTORY) if said.id != message.id],
        attached=attached,
        attached_files=list({file.id: file for file in (*by_id, *by_uri)}.values()),
        all_files=files.of_user(db, user),
        settings=users.settings(db, user.id),
    )


def _groups(parts: Parts, tree: Tree, known: _Background, narrowing: Narrowing) -> tuple[tuple[DocumentSource, ...], ...]:
    if narrowing.client_id is not None and not tree.has_client(narrowing.client_id):
        raise Failure(404, f"Client {narrowing.client_id[:200]} not found")
    chosen = [parts.uploads.source(file) for file in known.attached_files]
    chosen += _documents(tree, (*known.attached.document_ids, *narrowing.document_ids))
    chosen += [_by_key(tree, key).source for key in narrowing.tree_keys]
    if narrowing.compare_a or narrowing.compare_b:
        return tuple(_unique(_documents(tree, ids)) for ids in (narrowing.compare_a, narrowing.compare_b))
    if not chosen:
        chosen = [parts.uploads.source(file) for file in known.all_files]
        chosen += [place.source for place in tree.documents(client_id=narrowing.client_id)]
    return (_unique(chosen),)


def _unique(sources: Iterable[DocumentSource]) -> tuple[DocumentSource, ...]:
    return tuple({source.key: source for source in sources}.values())


def _documents(tree: Tree, ids: Iterable[str]) -> list[DocumentSource]:
    """The documents of those ids; a folder stands for all that lie in it."""
    found: list[DocumentSource] = []
    for node in ids:
        place = tree.places.get(node)
        if place is None:
            raise Failure(404, f"Document {node} not found")
        inside = [place] if place.kind == "document" else tree.below(node)
        found += [item.source for item in inside if item.kind == "document"]
    return found


def _by_key(tree: Tree, key: str) -> Place:
    relative = key.removeprefix(R2_PREFIX)
    found = next((place for place in tree.documents() if place.relative == relative), None)
    if found is None:
        raise Failure(404, f"File {key[:200]} not found")
    return found


def check_attachments(db: sqlite3.Connection, user: User, attached: Attachments, tree: Tree) -> None:
    """Raises `Failure` 403 or 404 for an attachment that is not the user's or not there."""
    for file_id in attached.file_ids:
        files.owned(db, user, file_id)
    for uri in attached.file_uris:
        files.by_uri(db, user, uri)
    _documents(tree, attached.document_ids)
