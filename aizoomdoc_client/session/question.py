"""What is asked, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self, cast

import attrs

from ..catalog import text
from ..exceptions import ConfigurationError
from ..models import FileInfo, LLMFile, Message, ProjectFile
from ..protocol.requests import StreamScope, TreeFile, tree_file
from ..protocol.validation import IdLike, as_id, as_ids, fit, one_or_many
from ..setting_values import plain_text
from ..unset import UNSET, Unset
from .attachments import AttachedFile, GoogleFile, attached_files


@attrs.frozen(kw_only=True)
class Question:
    """What is asked, in which chat, and what the answer may rest on."""

    chat_id: str
    content: str
    files: tuple[AttachedFile, ...] = ()
    attached_file_ids: tuple[str, ...] = ()
    google_files: tuple[GoogleFile, ...] = ()
    scope: StreamScope

    @classmethod
    def of(
        cls,
        chat_id: IdLike,
        message: str | Message | Unset,
        *,
        attached_file_ids: IdLike | Iterable[IdLike] | None,
        files: AttachedFile | Iterable[AttachedFile] | None,
        document_ids: IdLike | Iterable[IdLike] | None,
        attached_document_ids: IdLike | Iterable[IdLike] | None,
        client_id: str | None,
        google_files: GoogleFile | Iterable[GoogleFile] | None,
        tree_files: TreeFile | Iterable[TreeFile] | None,
        compare_document_ids_a: IdLike | Iterable[IdLike] | None,
        compare_document_ids_b: IdLike | Iterable[IdLike] | None,
    ) -> Self:
        """The question of the arguments of `send_message`; an UNSET `message` is one that the chat has already.

        Raises a `ConfigurationError` that names an argument that cannot be used.
        """
        return cls(
            chat_id=as_id(chat_id, "chat_id"),
            content="" if message is UNSET else _content(message),
            files=attached_files(files),
            attached_file_ids=as_ids(attached_file_ids, "attached_file_ids"),
            google_files=_google_files(google_files),
            scope=_check_scope(
                StreamScope(
                    client_id=None if client_id is None else as_id(client_id, "client_id"),
                    document_ids=_document_ids(document_ids, attached_document_ids),
                    compare_document_ids_a=as_ids(compare_document_ids_a, "compare_document_ids_a"),
                    compare_document_ids_b=as_ids(compare_document_ids_b, "compare_document_ids_b"),
                    tree_files=_tree_files(tree_files),
                )
            ),
        )


def _document_ids(ids: IdLike | Iterable[IdLike] | None, attached: IdLike | Iterable[IdLike] | None) -> tuple[str, ...]:
    """The ids by either name: the stream's query calls them `document_ids`, the message's body `attached_document_ids`."""
    if attached is None:
        return as_ids(ids, "document_ids")
    if ids is not None:
        raise ConfigurationError(text("two_names_given", name="document_ids", other="attached_document_ids"))
    return as_ids(attached, "attached_document_ids")


def _content(message: str | Message) -> str:
    content = plain_text("message", message.content if isinstance(message, Message) else message)
    if not content.strip():
        raise ConfigurationError(text("question_empty"))
    return content


def _google_files(files: GoogleFile | Iterable[GoogleFile] | None) -> tuple[GoogleFile, ...]:
    listed = one_or_many(files, "google_files", lambda value: isinstance(value, (LLMFile, Mapping)))
    for file in listed:
        _check_entry("google_files", file, LLMFile, ("uri", "mime_type"))
    return listed


def _tree_files(files: TreeFile | Iterable[TreeFile] | None) -> tuple[Mapping[str, str], ...]:
    kinds = (ProjectFile, FileInfo)
    listed = one_or_many(files, "tree_files", lambda value: isinstance(value, (*kinds, Mapping)))
    for file in listed:
        _check_entry("tree_files", file, kinds, ("r2_key",))
    return tuple(tree_file(file) for file in listed)


def _check_entry(name: str, entry: object, kinds: type | tuple[type, ...], keys: tuple[str, ...]) -> None:
    """Raises `ConfigurationError` for an entry that is neither one of `kinds` nor a dictionary of texts with these `keys`.

    Values of other keys may be None.
    """
    if isinstance(entry, kinds):
        return
    if not isinstance(entry, Mapping):
        names = " / ".join(kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
        wanted = f"{names} / {{{', '.join(map(repr, keys))}}}"
        raise ConfigurationError(text("unusable_entry", name=name, type=type(entry).__name__, wanted=wanted))
    fields = cast("Mapping[object, object]", entry)
    for key in keys:
        if key not in fields:
            raise ConfigurationError(text("entry_lacks", name=name, key=key))
    for field, value in fields.items():
        plain_text(name, field)
        if value is not None or field in keys:
            fit(f"{name}.{field}", cast("str", value))


def _check_scope(scope: StreamScope) -> StreamScope:
    """`scope`; raises `ConfigurationError` for what cannot be in the stream's query: now, and not after the message is posted."""
    scope.query()
    return scope
