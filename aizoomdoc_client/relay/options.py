"""What a question may come with, as `send_message` takes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from .. import AttachedFile, IdLike
    from ..protocol.requests import TreeFile
    from ..session.attachments import GoogleFile

__all__ = ["QuestionOptions"]


class QuestionOptions(TypedDict, total=False):
    """The keyword arguments of `send_message` that say what the answer may rest on."""

    attached_file_ids: IdLike | Iterable[IdLike] | None
    files: AttachedFile | Iterable[AttachedFile] | None
    document_ids: IdLike | Iterable[IdLike] | None
    attached_document_ids: IdLike | Iterable[IdLike] | None
    client_id: str | None
    google_files: GoogleFile | Iterable[GoogleFile] | None
    tree_files: TreeFile | Iterable[TreeFile] | None
    compare_document_ids_a: IdLike | Iterable[IdLike] | None
    compare_document_ids_b: IdLike | Iterable[IdLike] | None
