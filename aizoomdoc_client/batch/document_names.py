"""Display names of files: the path below the folder that was given, a longer one where two files would have the same."""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import attrs

from ..filesystem.names import visible_name


@attrs.frozen
class FileNames:
    """A file by the path that the user gave, and its names from the shortest to the absolute path."""

    path: Path
    names: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, folder: Path) -> FileNames:
        """The names of the file at `path`, which begins with the folder in which it was found."""
        short = path.relative_to(folder)
        below = Path(_name_of(folder.absolute())) / short
        return cls(path, tuple(map(_display_name, (short, below, path, path.absolute()))))


@functools.lru_cache(maxsize=1000)
def _name_of(folder: Path) -> str:
    """The folder's own name, also where it ends in ``..``."""
    return folder.resolve().name if folder.name == ".." else folder.name


def distinct_names(files: Sequence[FileNames]) -> list[str]:
    """A name for each file: its first one that no other file of these has."""
    chosen = [file.names[0] for file in files]
    for level in range(1, max((len(file.names) for file in files), default=0)):
        repeated = {name for name, count in Counter(chosen).items() if count > 1}
        if not repeated:
            break
        chosen = [file.names[level] if name in repeated else name for name, file in zip(chosen, files, strict=True)]
    return chosen


def _display_name(path: Path) -> str:
    below = "/".join(visible_name(part) for part in path.parts if part != path.anchor)
    return unicodedata.normalize("NFC", path.anchor.replace("\\", "/") + below)
