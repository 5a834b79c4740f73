"""What is asked, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

import attrs

from ..catalog import text
from ..exceptions import ConfigurationError
from ..models import LLMFile, Message
from ..protocol.requests import StreamScope, TreeFile, tree_file
from ..protocol.validation import IdLike, as_id, as_ids
from .attachments import AttachedFile


@attrs.frozen(kw_only=True)
class Question:
    """What is asked, where, and what the answer may rest on."""

    chat_id: str
    content: str
    files: tuple[AttachedFile, ...] = ()
    attached_file_ids: tuple[str, ...] = ()
    google_files: tuple[LLMFile | Mapping[str, str], ...] = ()
    scope: StreamScope

    @classmethod
    def of(
        cls,
        chat_id: IdLike,
        message: str | Message,
        *,
        attached_file_ids: Iterable[IdLike] | None,
        files: Iterable[AttachedFile] | None,
        document_ids: Iterable[IdLike] | None,
        attached_document_ids: Iterable[IdLike] | None,
        client_id: str | None,
        google_files: Iterable[LLMFile | Mapping[str, str]] | None,
        tree_files: Iterable[TreeFile] | None,
        compare_document_ids_a: Iterable[IdLike] | None,
        compare_document_ids_b: Iterable[IdLike] | None,
    ) -> Self:
        """The question of the arguments of `send_message`; raises `ConfigurationError` that names one that cannot be used."""
        return cls(
            chat_id=as_id(chat_id, "chat_id"),
            content=_content(message),
            files=tuple(files or ()),
            attached_file_ids=as_ids(attached_file_ids, "attached_file_ids"),
            google_files=tuple(google_files or ()),
            scope=StreamScope(
                client_id=client_id,
                document_ids=_document_ids(document_ids, attached_document_ids),
                compare_document_ids_a=as_ids(compare_document_ids_a, "compare_document_ids_a"),
                compare_document_ids_b=as_ids(compare_document_ids_b, "compare_document_ids_b"),
                tree_files=tuple(tree_file(file) for file in tree_files or ()),
            ),
        )


def _document_ids(ids: Iterable[IdLike] | None, attached: Iterable[IdLike] | None) -> tuple[str, ...]:
    """The ids by either name: the stream's query calls them `document_ids`, the message's body `attached_document_ids`."""
    if attached is None:
        return as_ids(ids, "document_ids")
    if ids is not None:
        raise ConfigurationError(text("two_names_given", name="document_ids", other="attached_document_ids"))
    return as_ids(attached, "attached_document_ids")


def _content(message: str | Message) -> str:
    content = message.content if isinstance(message, Message) else message
    if not isinstance(content, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # not all callers are type-checked
        raise ConfigurationError(text("not_text", name="message", type=type(message).__name__))
    return content
