"""The SHA-256 of files; one that has not changed since an earlier run is not read again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from ..catalog import LocalizedText, system_reason, text
from .journal import Journal

__all__ = ["digests", "file_changed"]

_AT_ONCE = 200


async def digests(paths: Sequence[Path], journal: Journal) -> dict[Path, str | LocalizedText]:
    """The digest of each file, or why it cannot be read."""
    known = await journal.known_digests()
    found = dict[Path, str | LocalizedText]()
    distinct = [*dict.fromkeys(paths)]
    for start in range(0, len(distinct), _AT_ONCE):
        some = distinct[start : start + _AT_ONCE]
        results = await asyncio.to_thread(digests_of, some, known)
        found.update({path: result[-1] if isinstance(result, tuple) else result for path, result in results.items()})
        new = [result for result in results.values() if isinstance(result, tuple)]
        await journal.set_digests(row for row in new if known.get(row[0]) != row[1:])
    return found


def file_changed(path: Path, digest: str) -> bool:
    """Whether the file has another content now; blocks."""
    try:
        return _digest(path) != digest
    except OSError:
        return True


def digests_of(
    paths: Sequence[Path], known: dict[str, tuple[int, int, int, str]]
) -> dict[Path, tuple[str, int, int, int, str] | LocalizedText]:
    found = dict[Path, tuple[str, int, int, int, str] | LocalizedText]()
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


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
