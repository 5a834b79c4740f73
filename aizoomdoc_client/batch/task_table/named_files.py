"""The files that a table names."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from ...catalog import LocalizedText, text
from ..documents import reason_against
from ..folder_files import is_folder


class NamedFiles:
    """Finds files by their names, relative to the table's folder; each is looked up once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._found: dict[str, Path | LocalizedText | str] = {}

    def find(self, named: str) -> Path | LocalizedText | str:
        """The file's path, or why it cannot be asked about. Blocks."""
        if named not in self._found:
            self._found[named] = self._look_up(named)
        return self._found[named]

    def _look_up(self, named: str) -> Path | LocalizedText | str:
        paths = [self._folder / each for each in _spellings(named)]
        path = next((each for each in paths if os.path.lexists(each)), paths[0])
        if is_folder(path):
            return text("row_names_folder")
        reason = reason_against(path)
        return path if reason is None else reason


def _spellings(named: str) -> Iterator[str]:
    """The name itself, with separators of Windows replaced, and each in the Unicode forms NFC and NFD, as macOS may store it."""
    slashes = (named, named.replace("\\", "/")) if os.sep == "/" and "\\" in named else (named,)
    for each in slashes:
        yield from dict.fromkeys((each, unicodedata.normalize("NFC", each), unicodedata.normalize("NFD", each)))
