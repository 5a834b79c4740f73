"""The scope of a question: the message itself, and the documents that are searched for its answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import attrs

from ..models import Message, Role, Settings, User
from .answering.roles import ROLES_BY_ID
from .app_state import AppState
from .indexing.document_source import DocumentSource
from .project_nodes import R2_PREFIX
from .project_tree import ProjectTree, TreeNode
from .repository import stored_chats, stored_files, stored_users
from .repository.stored_chats import Attachments
from .repository.stored_files import StoredFile
from .request_errors import RequestError

_HISTORY = 20  # messages before the question that an answerer gets


@attrs.frozen(kw_only=True)
class StreamScope:
    """The documents and the client that the query of the stream names."""

    client_id: str | None = None
    document_ids: tuple[str, ...] = ()
    file_uris: tuple[str, ...] = ()
    tree_keys: tuple[str, ...] = ()
    compare_a: tuple[str, ...] = ()
    compare_b: tuple[str, ...] = ()

    @property
    def narrows(self) -> bool:
        """Whether it names documents, and not only a client."""
        return bool(self.document_ids or self.file_uris or self.tree_keys or self.compare_a or self.compare_b)


@attrs.frozen(kw_only=True)
class ScopedQuestion:
    """The last user message of a chat with the data for its answer; `groups` are the documents to search.

    `unattached` are names of uploaded files that no message has, and that are not searched; `unread_folders` are folders of the
    project tree that would be searched, and could not be read.
    """

    chat_id: str
    message: Message
    history: Sequence[Message]
    groups: tuple[tuple[DocumentSource, ...], ...]
    unattached: tuple[str, ...]
    unread_folders: tuple[TreeNode, ...]
    settings: Settings
    role: Role | None


@attrs.frozen(kw_only=True)
class _StoredQuestion:
    """The data of a question in the database."""

    message: Message
    history: Sequence[Message]
    attached: Attachments
    attached_files: Sequence[StoredFile]
    all_files: Sequence[StoredFile]
    unattached_files: Sequence[StoredFile]
    settings: Settings


async def last_question(state: AppState, user: User, chat_id: str, scope: StreamScope) -> ScopedQuestion:
    """The question that the next answer of the chat is for.

    Raises `RequestError` 403 or 404 for a chat, file or document that is not the user's or not there.
    """
    stored = await state.database.run(_stored_question, user, chat_id, scope)
    tree = await state.project_tree()
    is_narrowed = bool(stored.attached or stored.attached_files or scope.narrows)
    return ScopedQuestion(
        chat_id=chat_id,
        message=stored.message,
        history=stored.history,
        groups=_groups(state, tree, stored, scope),
        unattached=() if state.settings.share_uploads else tuple(file.filename for file in stored.unattached_files),
        unread_folders=() if is_narrowed else tuple(tree.unread_folders(client_id=scope.client_id)),
        settings=stored.settings,
        role=ROLES_BY_ID.get(stored.settings.selected_role_prompt_id or 0),
    )


def check_attachments(db: sqlite3.Connection, user: User, attached: Attachments, tree: ProjectTree) -> None:
    """Raises `RequestError` 403 or 404 for an attachment that is not the user's or not there."""
    for file_id in attached.file_ids:
        stored_files.owned(db, user, file_id)
    for uri in attached.file_uris:
        stored_files.by_uri(db, user, uri)
    _documents(tree, attached.document_ids)


def _stored_question(db: sqlite3.Connection, user: User, chat_id: str, scope: StreamScope) -> _StoredQuestion:
    stored_chats.owned(db, user, chat_id)
    message, attached = stored_chats.last_question(db, chat_id)
    by_id = [stored_files.owned(db, user, file_id) for file_id in attached.file_ids]
    by_uri = [stored_files.by_uri(db, user, uri) for uri in (*attached.file_uris, *scope.file_uris)]
    return _StoredQuestion(
        message=message,
        history=[other for other in stored_chats.last_messages(db, chat_id, _HISTORY) if other.id != message.id],
        attached=attached,
        attached_files=list({file.id: file for file in (*by_id, *by_uri)}.values()),
        all_files=stored_files.of_user(db, user),
        unattached_files=[] if attached else stored_files.unattached(db, user),
        settings=stored_users.settings(db, user.id),
    )


def _groups(
    state: AppState, tree: ProjectTree, stored: _StoredQuestion, scope: StreamScope
) -> tuple[tuple[DocumentSource, ...], ...]:
    """The documents of a comparison, else those chosen by chat and stream, else the project tree, and shared uploads."""
    if scope.client_id is not None and not tree.has_client(scope.client_id):
        raise RequestError(404, f"Client {scope.client_id[:200]} not found")
    chosen = [state.uploads.source(file) for file in stored.attached_files]
    chosen += _documents(tree, (*stored.attached.document_ids, *scope.document_ids))
    chosen += [_by_key(tree, key).source for key in scope.tree_keys]
    if scope.compare_a or scope.compare_b:
        return tuple(_unique(_documents(tree, ids)) for ids in (scope.compare_a, scope.compare_b))
    if not chosen:
        chosen = [state.uploads.source(file) for file in stored.all_files if state.settings.share_uploads]
        chosen += [node.source for node in tree.documents(client_id=scope.client_id)]
    return (_unique(chosen),)


def _unique(sources: Iterable[DocumentSource]) -> tuple[DocumentSource, ...]:
    return tuple({source.key: source for source in sources}.values())


def _documents(tree: ProjectTree, ids: Iterable[str]) -> list[DocumentSource]:
    """The documents of those ids; a folder stands for all documents in it."""
    found: list[DocumentSource] = []
    for node_id in ids:
        node = tree.nodes.get(node_id)
        if node is None:
            raise RequestError(404, f"Document {node_id} not found")
        inside = [node] if node.kind == "document" else tree.descendants(node_id)
        found += [item.source for item in inside if item.kind == "document"]
    return found


def _by_key(tree: ProjectTree, key: str) -> TreeNode:
    relative = key.removeprefix(R2_PREFIX)
    found = next((node for node in tree.documents() if node.relative == relative), None)
    if found is None:
        raise RequestError(404, f"File {key[:200]} not found")
    return found
