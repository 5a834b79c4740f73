"""The meaning of a table's columns, by their heads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs

from ...catalog import LocalizedText, text

_FILE = ("file", "файл", "document", "документ")
_NODE = ("document_id",)
_KNOWN: Mapping[str, Sequence[str]] = {
    "question": ("question", "вопрос"),
    "role": ("role", "роль"),
    "model": ("model", "модель"),
}


@attrs.frozen(kw_only=True)
class Columns:
    """The heads of the known columns, None for a missing one; `own` are the user's.

    Without a column of files, one named ``document_id`` has documents of the project tree, and ``client_id`` their clients.
    `repeated` says that two columns have the same head.
    """

    file: str | None = None
    document_id: str | None = None
    client_id: str | None = None
    question: str | None = None
    role: str | None = None
    model: str | None = None
    own: tuple[str, ...] = ()
    repeated: LocalizedText | None = None

    @property
    def has_documents(self) -> bool:
        """Whether a row can name a document."""
        return self.file is not None or self.document_id is not None

    @classmethod
    def of(cls, heads: Iterable[str]) -> Columns:
        """The columns of these heads; of several synonyms the first one is used, and the others are the user's."""
        named = [head for head in heads if head]
        by_word = {_word(head): head for head in reversed(named)}
        found = {kind: _first(words, by_word) for kind, words in {"file": _FILE, **_KNOWN}.items()}
        if found["file"] is None:
            found["document_id"] = _first(_NODE, by_word)
            found["client_id"] = _first(("client_id",), by_word) if found["document_id"] else None
        taken = {head for head in found.values() if head is not None}
        return cls(**found, own=tuple(head for head in named if head not in taken), repeated=_repeated(named, taken))


def _word(head: str) -> str:
    return " ".join(head.split()).casefold()


def _first(words: Iterable[str], by_word: Mapping[str, str]) -> str | None:
    return next((by_word[word] for word in words if word in by_word), None)


def _repeated(named: Sequence[str], taken: Iterable[str]) -> LocalizedText | None:
    """The problem of two columns with the same head; known heads are compared in any case."""
    known = {_word(head) for head in taken}
    counts = Counter(_word(head) if _word(head) in known else head for head in named)
    return next((text("column_repeated", column=head) for head, count in counts.items() if count > 1), None)
