"""The files of a folder that are documents, and reports of those that were left out."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path, PurePath
from stat import S_ISDIR

from ..catalog import LocalizedText, system_reason, text
from ..filesystem.names import visible_name
from .natural_order import natural_key

DOCUMENT_SUFFIXES = (
    ".pdf",
    ".docx",
    ".xlsx",
    ".md",
    ".markdown",
    ".html",
    ".htm",
    ".txt",
    ".png",
    ".jpg",
    ".jpeg",
    ".tif",
    ".tiff",
    ".bmp",
    ".webp",
)
"""Suffixes, in any case, of the files of a folder that are documents."""
DEEPEST = 100
"""Levels of folders that are read below the given one."""
_OFFICE_LOCK = "~$"
_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}

FileIdentity = tuple[int, int] | str


def is_hidden(name: str) -> bool:
    """Whether the file is hidden on POSIX systems."""
    return name.startswith(".")


def is_temporary(name: str) -> bool:
    """Whether it is the lock file of an office program for an open document, or a file of Windows Explorer."""
    return name.startswith(_OFFICE_LOCK) or name.casefold() in _SYSTEM_FILES


def is_folder(path: Path) -> bool:
    """Whether there is an accessible folder at `path`; never raises."""
    try:
        return S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def is_away(folder: Path) -> bool:
    """Whether the folder's drive or share may be disconnected: the folder is missing, empty, or cannot be read. Blocks."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def identity(path: Path, status: os.stat_result) -> FileIdentity:
    """Equal for all paths of the same file or folder; each hard link counts as a file of its own."""
    if status.st_ino and (status.st_nlink == 1 or S_ISDIR(status.st_mode)):
        return status.st_dev, status.st_ino
    return os.path.normcase(os.path.realpath(path))


class FolderFiles:
    """The documents of the folder `root`, as an iterable of paths that begin with it, those behind symbolic links last.

    A folder that several links lead to is read once, which also ends loops of links. After the iteration `problems` has the
    folders that could not be read, `subfolders` is the number of those left out because `recursive` was not set, and `others` has
    the suffixes of the files that are no documents.
    """

    def __init__(self, root: Path, *, recursive: bool) -> None:
        self._root = root
        self._recursive = recursive
        self.problems: list[LocalizedText] = []
        self.subfolders: int = 0
        self.others: list[str] = []

    def __iter__(self) -> Iterator[Path]:
        seen: set[FileIdentity] = set()
        waiting: list[tuple[Path, int]] = [(self._root, 0)]
        links: deque[tuple[Path, int]] = deque()
        linked_files: list[Path] = []
        while waiting or links:
            folder, depth = waiting.pop() if waiting else links.popleft()
            below: list[tuple[Path, int]] = []
            for entry in self._entries(folder, depth, seen):
                path = folder / entry.name
                if not _is_folder(entry):
                    if self._is_document(entry.name):
                        linked_files.append(path) if entry.is_symlink() else (yield path)
                elif not self._recursive:
                    self.subfolders += 1
                else:
                    (links if entry.is_symlink() else below).append((path, depth + 1))
            waiting += reversed(below)
        yield from linked_files

    def _entries(self, folder: Path, depth: int, seen: set[FileIdentity]) -> list[os.DirEntry[str]]:
        """The entries of the folder in natural order; none of a folder that was read already."""
        try:
            own = identity(folder, folder.stat())
            if own in seen:
                return []
            seen.add(own)
            if depth > DEEPEST:
                self._report(folder, text("folder_nested_too_deep", most=DEEPEST))
                return []
            with os.scandir(folder) as scan:
                return sorted((each for each in scan if not is_hidden(each.name)), key=lambda each: natural_key(each.name))
        except OSError as error:
            self._report(folder, text("folder_not_listed", reason=system_reason(error)))
            return []

    def _report(self, folder: Path, reason: LocalizedText) -> None:
        self.problems.append(text("document_unusable", path=visible_name(str(folder)), reason=reason))

    def _is_document(self, name: str) -> bool:
        if is_temporary(name):
            return False
        if name.lower().endswith(DOCUMENT_SUFFIXES):
            return True
        self.others.append(PurePath(name).suffix.lower())
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
