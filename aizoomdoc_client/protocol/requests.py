"""One function an endpoint: what to send, what comes back, and whether it may be sent twice.

A request without parameters is made once.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, Literal, TypedDict, TypeVar, cast
from urllib.parse import quote

import attrs
import msgspec

from ..catalog import text
from ..exceptions import ConfigurationError
from ..models import (
    Chat,
    ChatDeletion,
    ChatHistory,
    DocumentResults,
    FileInfo,
    Health,
    LLMFile,
    Me,
    Message,
    ProjectFile,
    ProjectNode,
    Role,
    Session,
    Settings,
    UploadedFile,
)
from ..setting_values import plain_text, positive_count, static_token as usable_token
from ..unset import UNSET
from .validation import fit

T = TypeVar("T")

Query = tuple[tuple[str, str], ...]
Auth = Literal["bearer", "none"]


class RequestContext(TypedDict, total=False):
    """What errors say of the request that they belong to: keyword arguments of `APIError`, known where an error is made."""

    method: str | None
    path: str | None
    status_code: int | None


_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_NO_FIELDS: Mapping[str, Any] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class Request(Generic[T]):
    """One call of an endpoint.

    `path` is already percent-encoded. `repeatable`: processing it twice does no harm, so it may be sent again after a failure
    with unknown outcome. `known` are fields of the response that follow from the request itself, which a server may leave out
    where the rest, or the status alone, proves that the request was processed. `gone` is the response to a repeated deletion that
    finds nothing. The body, which may hold a token, and `known` are left out of the ``repr``.
    """

    method: str
    path: str
    response: type[T]
    query: Query = ()
    body: Mapping[str, Any] | None = attrs.field(default=None, repr=False)
    headers: Mapping[str, str] = _NO_HEADERS
    auth: Auth = "bearer"
    repeatable: bool = False
    known: Mapping[str, Any] = attrs.field(default=_NO_FIELDS, repr=False)
    gone: Mapping[str, Any] | None = None

    @property
    def context(self) -> RequestContext:
        """What an error of this request says of it: method and path."""
        return {"method": self.method, "path": self.path}


@functools.cache
def health() -> Request[Health]:
    """The server's own status; needs no login."""
    return Request(method="GET", path="/health", response=Health, auth="none", repeatable=True)


def exchange(static_token: str) -> Request[Session]:
    """A session for a static token; a repeated exchange only makes one more session."""
    body = {"static_token": usable_token("static_token", static_token)}
    return Request(method="POST", path="/auth/exchange", response=Session, body=body, auth="none", repeatable=True)


def refresh(refresh_token: str) -> Request[TokenGrant]:
    """New tokens for a refresh token, on servers that give one."""
    # A server may take each refresh token once only, so a second sending could log the user out: not repeatable.
    return Request(method="POST", path="/auth/refresh", response=TokenGrant, body={"refresh_token": refresh_token}, auth="none")


@attrs.frozen(kw_only=True)
class TokenGrant:
    """What a refresh gives: an exchange without the user."""

    access_token: str = attrs.field(repr=False)
    expires_in: float | None = None
    refresh_token: str | None = attrs.field(default=None, repr=False)


@functools.cache
def logout() -> Request[object]:
    """The end of a session."""
    return Request(method="POST", path="/auth/logout", response=object, repeatable=True)


@functools.cache
def get_me() -> Request[Me]:
    """The logged-in user with the settings in force."""
    return Request(method="GET", path="/me", response=Me, repeatable=True)


def given_settings(**settings: Any) -> dict[str, Any]:
    """Those of `settings` that are not `UNSET`; a role stands for its id.

    Raises `ConfigurationError` when there are none, or one is None: only a role can be taken back.
    """
    values = {name: value.id if isinstance(value, Role) else value for name, value in settings.items()}
    given = {name: value for name, value in values.items() if value is not UNSET}
    for name, value in given.items():
        if value is None and name != "selected_role_prompt_id":
            raise ConfigurationError(text("none_is_no_value", name=name))
        if not isinstance(value, (str, int, float, type(None))):
            raise ConfigurationError(text("setting_type", name=name, type=type(value).__name__))
    if not given:
        raise ConfigurationError(text("nothing_to_change"))
    return given


def update_settings(changes: Mapping[str, Any]) -> Request[Settings]:
    """The settings after `changes`; a null unsets where the server can."""
    for name, value in changes.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigurationError(text("not_a_number", name=name, value=value))  # JSON has none of these
    return Request(method="PATCH", path="/me/settings", response=Settings, body=changes)


@functools.cache
def get_roles() -> Request[tuple[Role, ...]]:
    """The roles that the model can answer in; needs no login."""
    return Request(method="GET", path="/prompts/roles", response=tuple[Role, ...], auth="none", repeatable=True)


def create_chat(title: str | None, description: str | None) -> Request[Chat]:
    """A new chat."""
    body = {**_text("title", title), **_text("description", description)}
    return Request(method="POST", path="/chats", response=Chat, body=body)


def list_chats(limit: int | None) -> Request[tuple[Chat, ...]]:
    """The newest chats."""
    query = _query(limit=_limit(limit))
    return Request(method="GET", path="/chats", response=tuple[Chat, ...], query=query, repeatable=True)


def get_chat(chat_id: str) -> Request[ChatWithoutMessages]:
    """A chat alone; a server sends its messages too, and has no request that would leave them out."""
    return Request(method="GET", path=_path("chats", chat_id), response=ChatWithoutMessages, repeatable=True)


@attrs.frozen(kw_only=True)
class ChatWithoutMessages:
    """What is decoded of a chat's history where only the chat is wanted: the messages are skipped in the body."""

    chat: Chat


def get_chat_history(chat_id: str) -> Request[ChatHistory]:
    """A chat with its oldest messages."""
    return Request(method="GET", path=_path("chats", chat_id), response=ChatHistory, repeatable=True)


def delete_chat(chat_id: str) -> Request[ChatDeletion]:
    """A chat's end; deleting it twice does no harm."""
    known = {"chat_id": chat_id}
    return Request(method="DELETE", path=_path("chats", chat_id), response=ChatDeletion, repeatable=True, known=known, gone=known)


def post_message(
    chat_id: str,
    content: str,
    *,
    idempotency_key: str,
    attached_file_ids: Sequence[str] = (),
    attached_document_ids: Sequence[str] = (),
    google_file_uris: Sequence[str] = (),
) -> Request[Message]:
    """A user's message, stored; a server that knows keys stores it once for one `idempotency_key`."""
    body = {"content": content}
    lists = {
        "attached_file_ids": attached_file_ids,
        "attached_document_ids": attached_document_ids,
        "google_file_uris": google_file_uris,
    }
    return Request(
        method="POST",
        path=_path("chats", chat_id, "messages"),
        response=Message,
        known={"chat_id": chat_id, "role": "user", "content": content},
        body={**body, **{name: [fit(name, item) for item in ids] for name, ids in lists.items() if ids}},
        headers={"Idempotency-Key": fit("idempotency_key", idempotency_key)},
    )


@attrs.frozen(kw_only=True)
class StreamScope:
    """What a question's answer may rest on; all of it travels in the query of the stream."""

    client_id: str | None = None
    document_ids: tuple[str, ...] = ()
    compare_document_ids_a: tuple[str, ...] = ()
    compare_document_ids_b: tuple[str, ...] = ()
    google_files: tuple[Mapping[str, str], ...] = ()
    tree_files: tuple[Mapping[str, str], ...] = ()

    def query(self) -> Query:
        """The scope as query parameters: lists repeat their key, files are JSON."""
        return _query(
            client_id=self.client_id,
            document_ids=self.document_ids,
            compare_document_ids_a=self.compare_document_ids_a,
            compare_document_ids_b=self.compare_document_ids_b,
            google_files=_json("google_files", self.google_files),
            tree_files=_json("tree_files", self.tree_files),
        )


TreeFile = ProjectFile | FileInfo | Mapping[str, str]
"""A file that processing made of a document: of the project tree, of a document's results, or as the stream's query names it."""


def tree_file(file: TreeFile) -> Mapping[str, str]:
    """A file that processing made of a document as the stream's query names it.

    Raises `ConfigurationError` for a file of which the server does not tell where it is stored.
    """
    if isinstance(file, Mapping):
        return file
    key, kind = (file.storage_path, file.source_type) if isinstance(file, FileInfo) else (file.r2_key, file.file_type)
    if not key:
        raise ConfigurationError(text("file_without_place", file=file.id))
    return {"r2_key": key, "file_type": kind} if kind else {"r2_key": key}


def stream(chat_id: str, scope: StreamScope) -> Request[object]:
    """The answer to a chat's last message; opening it always runs the model, so it is never repeatable."""
    return Request(method="GET", path=_path("chats", chat_id, "stream"), response=object, query=scope.query())


@functools.cache
def upload_file() -> Request[UploadedFile]:
    """A file stored on the server; the body is added by the transport."""
    return Request(method="POST", path="/files/upload", response=UploadedFile)


@functools.cache
def upload_file_for_llm() -> Request[LLMFile]:
    """A file handed to the model's own store; the body is added by the transport."""
    return Request(method="POST", path="/files/upload-for-llm", response=LLMFile)


def get_file(file_id: str) -> Request[FileInfo]:
    """What the server knows of a stored file."""
    return Request(method="GET", path=_path("files", file_id), response=FileInfo, repeatable=True)


def get_projects_tree(
    *,
    client_id: str | None,
    parent_id: str | None,
    node_type: str | None,
    all_nodes: bool,
    include_files: bool,
) -> Request[tuple[ProjectNode, ...]]:
    """Nodes of the project tree: the roots, the children of `parent_id`, or all."""
    query = _query(
        client_id=client_id,
        parent_id=parent_id,
        node_type=node_type,
        all_nodes=True if all_nodes else None,
        include_files=True if include_files else None,
    )
    return Request(method="GET", path="/projects/tree", response=tuple[ProjectNode, ...], query=query, repeatable=True)


def get_document_results(document_id: str) -> Request[DocumentResults]:
    """The files that processing made of a document."""
    path = _path("projects", "documents", document_id, "results")
    return Request(method="GET", path=path, response=DocumentResults, repeatable=True)


def search_documents(query: str, client_id: str, limit: int | None) -> Request[tuple[ProjectNode, ...]]:
    """Documents of a client by words."""
    parameters = _query(query=query, client_id=client_id, limit=_limit(limit))
    return Request(method="GET", path="/projects/search", response=tuple[ProjectNode, ...], query=parameters, repeatable=True)


def _text(name: str, value: str | None) -> dict[str, str]:
    """A text as a field of a body, without it for None; raises `ConfigurationError` for what is no text."""
    return {} if value is None else {name: plain_text(name, value)}


def _query(**parameters: Any) -> Query:
    """Parameters as pairs: None is left out, a list repeats its key; `fit` refuses what is no text."""
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        if value is None:
            continue
        values = cast("Sequence[Any]", value) if isinstance(value, (tuple, list)) else [_plain(value)]
        pairs += [(name, fit(name, item)) for item in values]
    return tuple(pairs)


def _plain(value: Any) -> Any:
    """How a query has a number, or true and false; any other value as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (float, int)) else value


def _limit(limit: int | None) -> int | None:
    return None if limit is None else positive_count("limit", limit)


def _json(name: str, files: Sequence[Mapping[str, Any]]) -> str | None:
    checked = [{key: fit(f"{name}.{key}", value) for key, value in file.items() if value is not None} for file in files]
    return msgspec.json.encode(checked).decode() if checked else None


def _path(*segments: str) -> str:
    """A path of `segments`, each percent-encoded, so that no id can reach another endpoint."""
    return "/" + "/".join(map(_segment, segments))


@functools.lru_cache(maxsize=1024)
def _segment(segment: str) -> str:
    if not segment.strip(".") or fit("id", segment) != segment.strip():
        raise ConfigurationError(text("impossible_id", value=segment))
    return quote(segment, safe="")
