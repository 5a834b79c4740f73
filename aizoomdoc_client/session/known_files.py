"""What uploads have shown of one user's files: bounded, and aware that a model's copy of a file does not live for ever."""

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
"""How many entries each memory of files keeps; the least recently used one is dropped first."""
FILES_OF_ALL_KEPT = 4 * FILES_KEPT
"""The same where clients of several users share one: some 10 MB when all are full."""
COPY_SECONDS = 47 * 3600.0
"""How long a model's copy of a file is used, in seconds: it is deleted after 48 hours, and a run may begin late."""


class FileVersion(NamedTuple):
    """A file on the disk as it was at one moment: what changes it changes its time or its size."""

    path: str
    modified_ns: int
    size: int

    @classmethod
    def of(cls, path: str) -> FileVersion:
        """The version that is there now; raises `OSError` if there is none."""
        status = os.stat(path)  # noqa: PTH116 - the text of a path, which need not be made a Path twice
        return cls(os.path.realpath(path), status.st_mtime_ns, status.st_size)

    @property
    def is_current(self) -> bool:
        """Whether the file is still the same."""
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

    `versions` are the files on the disk that stored ones were uploaded from, `attached` what `files` of questions became,
    `llm_copies` the model's copies of stored files by their ids, and of copies that have ended by their URIs; `origins` tells of
    each URI since when it exists. `takes_llm_files` is whether the server accepts files for its model, None until the first try.
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
        """A memory of which users have parts."""
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

    def has_ended(self, copy: LLMFile) -> bool:
        """Whether this client made the copy so long ago that the model may have lost it; False for one of others."""
        origin = self.origins.get(copy.google_file_uri)
        if origin is None:
            return False
        monotonic, wall = self.clocks()
        # The larger one counts: the monotonic clock may stand still while a computer sleeps, the other one may be set back.
        return max(monotonic - origin.monotonic, wall - origin.wall) >= COPY_SECONDS

    def live(self, copy: LLMFile | None) -> LLMFile | None:
        """A copy that this client made and still may use; None for one that has ended, or whose age was forgotten."""
        if copy is None or self.origins.get(copy.google_file_uri) is None or self.has_ended(copy):
            return None
        return copy

    def live_attached(self, key: Hashable) -> Attached | None:
        """What the file of `key` became, unless its copy has ended."""
        known = self.attached.get(key)
        return known if known is None or known.llm_file is None or self.live(known.llm_file) is not None else None
