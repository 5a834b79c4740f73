"""The SHA-256 of files; one that has not changed since an earlier run is not read again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio.to_thread

from ..catalog import LocalizedText, system_reason, text
from .journal import Journal
from .journal_rows import FileVersion

__all__ = ["digests", "file_changed", "only_digests", "versions_of"]

_AT_ONCE = 200  # files read and stored at a time


async def digests(paths: Sequence[Path], journal: Journal) -> dict[Path, str | LocalizedText]:
    """The digest of each file, or why it cannot be read."""
    known = await journal.known_files()
    found = dict[Path, str | LocalizedText]()
    distinct = [*dict.fromkeys(paths)]
    for start in range(0, len(distinct), _AT_ONCE):
        some = distinct[start : start + _AT_ONCE]
        results = await anyio.to_thread.run_sync(versions_of, some, known, abandon_on_cancel=True)
        found.update(only_digests(results))
        read = [result for result in results.values() if isinstance(result, FileVersion)]
        await journal.set_known_files(version for version in read if known.get(version.path) != version)
    return found


def file_changed(path: Path, digest: str) -> bool:
    """Whether the file has another content now; blocks."""
    try:
        return _digest(path) != digest
    except OSError:
        return True


def versions_of(paths: Sequence[Path], known: Mapping[str, FileVersion]) -> dict[Path, FileVersion | LocalizedText]:
    """Each file's version, or why it cannot be read; one with size, time and inode as in `known` is not read again. Blocks."""
    found = dict[Path, FileVersion | LocalizedText]()
    for path in paths:
        try:
            status = path.stat()
            name = str(path.absolute()).encode("utf-8", "backslashreplace").decode()
            # A program can set `mtime`, but not `ctime`, which is the time of that call then.
            attributes = (name, status.st_size, max(status.st_mtime_ns, status.st_ctime_ns), status.st_ino)
            before = known.get(name)
            digest = before.digest if before is not None and before[:-1] == attributes else _digest(path)
            found[path] = FileVersion(*attributes, digest)
        except OSError as error:
            found[path] = text("file_unreadable", path=path, reason=system_reason(error))
    return found


def only_digests(versions: Mapping[Path, FileVersion | LocalizedText]) -> dict[Path, str | LocalizedText]:
    """The digests of files, or why they cannot be read."""
    return {path: found.digest if isinstance(found, FileVersion) else found for path, found in versions.items()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
