"""The files of a question while they are sent."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

from ..language import _, language_in_force


class SentFile(io.FileIO):
    """A file on the disk that knows how much of it was read to be sent."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self.size: int = os.fstat(self.fileno()).st_size
        self.position: int = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """As that of any file."""
        data = super().read(-1 if size is None else size)
        self.position = self.tell()
        return data


@contextlib.contextmanager
def opened_files(paths: Iterable[Path]) -> Generator[Sequence[SentFile]]:
    """The files, open as long as the context lasts."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(SentFile(path)) for path in paths]


def sending_line(files: Sequence[SentFile]) -> str:
    """Which of the files is being sent, and how far that is; empty where none is in its middle."""
    file = next((each for each in files if 0 < each.position < each.size), None)
    if file is None:
        return ""
    return _("sending {file}").format(file=f"{Path(str(file.name)).name}  {amount(file.position, file.size)}")


def amount(sent: int, total: int | None, speed: float | None = None) -> str:
    """How much is sent, of how much, how fast."""
    from ...catalog import size

    language = language_in_force()
    parts = [size(sent, language) if total is None else f"{size(sent, language)} / {size(total, language)}"]
    if speed is not None:
        parts.append(_("{size}/s").format(size=size(speed, language)))
    return "  ".join(parts)
