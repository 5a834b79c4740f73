"""The SHA-256 of files; one that has not changed since an earlier run is not read again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio.to_thread

from ..catalog import LocalizedText, system_reason, text
from .journal import Journal

__all__ = ["digests", "digests_of", "file_changed", "without_versions"]

_AT_ONCE = 200
_Version = tuple[str, int, int, int, str]
"""A file's path, size, time of change, inode and digest."""


async def digests(paths: Sequence[Path], journal: Journal) -> dict[Path, str | LocalizedText]:
    """The digest of each file, or why it cannot be read."""
    known = await journal.known_digests()
    found = dict[Path, str | LocalizedText]()
    distinct = [*dict.fromkeys(paths)]
    for start in range(0, len(distinct), _AT_ONCE):
        some = distinct[start : start + _AT_ONCE]
        results = await anyio.to_thread.run_sync(digests_of, some, known, abandon_on_cancel=True)
        found.update(without_versions(results))
        new = [result for result in results.values() if isinstance(result, tuple)]
        await journal.set_digests(row for row in new if known.get(row[0]) != row[1:])
    return found


def file_changed(path: Path, digest: str) -> bool:
    """Whether the file has another content now; blocks."""
    try:
        return _digest(path) != digest
    except OSError:
        return True


def digests_of(paths: Sequence[Path], known: dict[str, tuple[int, int, int, str]]) -> dict[Path, _Version | LocalizedText]:
    """The digest of each file as the journal remembers it, or why it cannot be read; `known` is what it remembers. Blocks."""
    found = dict[Path, _Version | LocalizedText]()
    for path in paths:
        try:
            status = path.stat()
            version = (status.st_size, status.st_mtime_ns, status.st_ino)
            name = str(path.absolute()).encode("utf-8", "backslashreplace").decode()
            before = known.get(name)
            digest = before[-1] if before is not None and before[:-1] == version else _digest(path)
            found[path] = (name, *version, digest)
        except OSError as error:
            found[path] = text("file_unreadable", path=path, reason=system_reason(error))
    return found


def without_versions(results: Mapping[Path, _Version | LocalizedText]) -> dict[Path, str | LocalizedText]:
    """What `digests_of` found, without what tells whether a file has changed."""
    return {path: result[-1] if isinstance(result, tuple) else result for path, result in results.items()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
