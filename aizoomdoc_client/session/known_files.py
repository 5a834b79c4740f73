"""What uploads have shown of one user's files: bounded, and aware that a model's copy of a file expires."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable
from typing import NamedTuple

import attrs

from ..models import LLMFile
from ..models.ids import id_key
from .recent import Owner, Recent
from .single_flight import SingleFlight

FILES_KEPT = 4096
"""The most entries that each memory of one user's files keeps; the least recently used one is dropped first."""
FILES_OF_ALL_KEPT = 4 * FILES_KEPT
"""The most entries of a memory that clients of several users share: some 10 MB when all are full."""
COPY_SECONDS = 47 * 3600.0
"""Seconds for which a model's copy of a file is used: it is deleted after 48 hours, and a run may begin late."""


class FileVersion(NamedTuple):
    """A file on the disk at one moment; it counts as changed when its time of modification or its size differs."""

    path: str
    modified_ns: int
    size: int

    @classmethod
    def of(cls, path: str) -> FileVersion:
        """The current version of the file `path`; raises `OSError` if there is none."""
        status = os.stat(path)  # noqa: PTH116 - the text of a path, which need not be made a Path twice
        return cls(os.path.realpath(path), status.st_mtime_ns, status.st_size)

    @property
    def is_current(self) -> bool:
        """Whether the file is still there and unchanged."""
        try:
            return FileVersion.of(self.path) == self
        except OSError:
            return False


@attrs.frozen
class Attached:
    """A file as a server identifies it: by an id, by the model's URI, or by both."""

    id: str | None = attrs.field(default=None, converter=attrs.converters.optional(id_key))
    llm_file: LLMFile | None = None


@attrs.frozen
class CopyOrigin:
    """When a model's copy was made, by both clocks, and of which file on the disk, if it was one."""

    monotonic: float
    wall: float
    version: FileVersion | None = None


def _both_clocks() -> tuple[float, float]:
    return time.monotonic(), time.time()


@attrs.define
class KnownFiles:
    """What uploads have shown of one user's files and of the server, shared by all clients of that user.

    `versions`: the file on the disk that a stored file, by its id, was uploaded from. `attached`: what a file of a question
    became, by its identity. `llm_copies`: the model's copy of a stored file, by its id, and the one that replaced an expired
    copy, by that one's URI. `origins`: of a copy, by its URI. `takes_llm_files`: whether the server accepts files for its model,
    None until the first try.
    """

    versions: Recent[FileVersion] = attrs.field(factory=lambda: Recent[FileVersion](FILES_KEPT))
    attached: Recent[Attached] = attrs.field(factory=lambda: Recent[Attached](FILES_KEPT))
    llm_copies: Recent[LLMFile] = attrs.field(factory=lambda: Recent[LLMFile](FILES_KEPT))
    origins: Recent[CopyOrigin] = attrs.field(factory=lambda: Recent[CopyOrigin](2 * FILES_KEPT))
    uploads: SingleFlight[Attached] = attrs.field(factory=lambda: SingleFlight[Attached](needs_waiters=True))
    copying: SingleFlight[LLMFile | None] = attrs.field(factory=lambda: SingleFlight[LLMFile | None](needs_waiters=True))
    takes_llm_files: bool | None = None
    clocks: Callable[[], tuple[float, float]] = _both_clocks

    @classmethod
    def of_many_users(cls) -> KnownFiles:
        """A memory that many users share; each has a part of its own, see `for_owner`."""
        return cls(
            Recent[FileVersion](FILES_OF_ALL_KEPT),
            Recent[Attached](FILES_OF_ALL_KEPT),
            Recent[LLMFile](FILES_OF_ALL_KEPT),
            Recent[CopyOrigin](2 * FILES_OF_ALL_KEPT),
        )

    def for_owner(self, owner: Owner) -> KnownFiles:
        """The part of this memory that belongs to `owner`."""
        return KnownFiles(
            self.versions.for_owner(owner),
            self.attached.for_owner(owner),
            self.llm_copies.for_owner(owner),
            self.origins.for_owner(owner),
        )

    def origin_now(self, version: FileVersion | None) -> CopyOrigin:
        """The origin of a copy whose upload begins now."""
        return CopyOrigin(*self.clocks(), version)

    def has_expired(self, copy: LLMFile) -> bool:
        """Whether this client made the copy so long ago that the model may have lost it; False for one of unknown age."""
        origin = self.origins.get(copy.google_file_uri)
        if origin is None:
            return False
        monotonic, wall = self.clocks()
        # The larger age counts: the monotonic clock may stand still while a computer sleeps, the wall clock may be set back.
        return max(monotonic - origin.monotonic, wall - origin.wall) >= COPY_SECONDS

    def if_live(self, copy: LLMFile | None) -> LLMFile | None:
        """`copy`, if this client made it and may still use it; None if it has expired, or if its age was forgotten."""
        if copy is None or self.origins.get(copy.google_file_uri) is None or self.has_expired(copy):
            return None
        return copy

    def live_attached(self, key: Hashable) -> Attached | None:
        """What the file of `key` became, unless its copy has expired."""
        known = self.attached.get(key)
        if known is not None and known.llm_file is not None and self.if_live(known.llm_file) is None:
            return None
        return known
