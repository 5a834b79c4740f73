"""Groups the pieces of a page by document in a temporary file, because rows come in any order and failures precede documents."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import attrs

from ..task import BatchDocument

__all__ = ["Sections", "document_link", "without_controls"]

_MEMORY_BYTES = 4 * 2**20  # beyond which the pieces are on the disk
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


@attrs.frozen
class Sections:
    """Collects pieces of text, and returns them by document; only their places are in memory. A context manager."""

    _file: tempfile.SpooledTemporaryFile[bytes]
    _places: dict[BatchDocument, list[tuple[int, int]]] = attrs.field(factory=dict[BatchDocument, list[tuple[int, int]]])
    _numbers: dict[BatchDocument, int] = attrs.field(factory=dict[BatchDocument, int])
    _failures: list[tuple[int, int]] = attrs.field(factory=list[tuple[int, int]])

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """With a temporary file in `folder`."""
        return cls(tempfile.SpooledTemporaryFile(_MEMORY_BYTES, dir=str(folder)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def number(self, document: BatchDocument) -> int:
        """The number of the document, from 1, in the order of their first pieces."""
        return self._numbers.setdefault(document, len(self._numbers) + 1)

    def add(self, document: BatchDocument, piece: str) -> None:
        """Adds a piece about a document."""
        self.number(document)
        self._places.setdefault(document, []).append(self._write(piece))

    def add_failure(self, piece: str) -> None:
        """Adds a piece about a failure."""
        self._failures.append(self._write(piece))

    @property
    def failures(self) -> Iterator[str]:
        """The pieces about failures."""
        return map(self._read, self._failures)

    @property
    def has_failures(self) -> bool:
        """Whether there are pieces about failures."""
        return bool(self._failures)

    @property
    def documents(self) -> Iterator[tuple[BatchDocument, Iterator[str]]]:
        """The documents with their pieces, in the order of their numbers."""
        return ((document, map(self._read, self._places.get(document, []))) for document in self._numbers)

    def _write(self, piece: str) -> tuple[int, int]:
        content = piece.encode("utf-8", errors="replace")
        start = self._file.seek(0, 2)
        self._file.write(content)
        return start, len(content)

    def _read(self, place: tuple[int, int]) -> str:
        self._file.seek(place[0])
        return self._file.read(place[1]).decode()


def document_link(document: BatchDocument, folder: Path) -> str | None:
    """The link to the document from a page in `folder`: relative if it is below that, so that both may be moved together.

    None where the document is no file.
    """
    if document.path is None:
        return None
    path = document.path.absolute()
    try:
        relative = path.relative_to(folder)
    except ValueError:
        return f"file://{'' if path.as_posix().startswith('/') else '/'}{quote(path.as_posix(), errors='surrogateescape')}"
    return f"./{quote(relative.as_posix(), errors='surrogateescape')}"


def without_controls(text: str) -> str:
    """`text` with Unix line ends, and U+FFFD for control characters and for characters that UTF-8 or XML does not allow."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
