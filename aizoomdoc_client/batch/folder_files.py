"""The files of a folder that are documents, and what of the folder was not taken."""

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
"""The names' ends, in whatever case, by which a folder's documents are told from its other files."""
DEEPEST = 100
"""How deep folders may be nested below the one that is read."""
_OFFICE_LOCK = "~$"
_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}

FileIdentity = tuple[int, int] | str


def is_hidden(name: str) -> bool:
    """Whether it is a file of the system's."""
    return name.startswith(".")


def is_temporary(name: str) -> bool:
    """Whether an office program keeps that file while a document is open, or the system beside pictures."""
    return name.startswith(_OFFICE_LOCK) or name.casefold() in _SYSTEM_FILES


def is_folder(path: Path) -> bool:
    """Whether there is a folder at `path` that can be looked at; whatever the path, no error."""
    try:
        return S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def is_away(folder: Path) -> bool:
    """Whether what the folder is on may be disconnected: a share or a drive that is leaves nothing, an empty folder, or errors.

    Blocks.
    """
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def identity(path: Path, status: os.stat_result) -> FileIdentity:
    """The same for the same file or folder, however it is named; each name of a file with several is one of its own."""
    if status.st_ino and (status.st_nlink == 1 or S_ISDIR(status.st_mode)):
        return status.st_dev, status.st_ino
    return os.path.normcase(os.path.realpath(path))


class FolderFiles:
    """The documents of the folder `root`, as an iterable of paths that begin with it, those behind symbolic links last.

    A folder that links name again is read once, so that a loop of links comes to its end. After the iteration `problems` has the
    folders that could not be read, `subfolders` tells how many were left out as `recursive` was not set, and `others` the
    names' ends of the files that are no documents.
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
        """What is in the folder, in natural order; nothing of one that was read already."""
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
