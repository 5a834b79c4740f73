"""The files of a question, and the progress of their upload."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

from ..language import _, language_in_force


class SentFile(io.FileIO):
    """A file whose `position` tells how much of it was read for sending."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self.size: int = os.fstat(self.fileno()).st_size
        self.position: int = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Reads, and updates `position`."""
        data = super().read(-1 if size is None else size)
        self.position = self.tell()
        return data


@contextlib.contextmanager
def open_files(paths: Iterable[Path]) -> Generator[Sequence[SentFile]]:
    """Opens the files, and closes them after the block."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(SentFile(path)) for path in paths]


def sending_line(files: Sequence[SentFile]) -> str:
    """A text about the file that is being sent; empty where none is."""
    file = next((each for each in files if 0 < each.position < each.size), None)
    if file is None:
        return ""
    return _("sending {file}").format(file=f"{Path(str(file.name)).name}  {amount(file.position, file.size)}")


def amount(sent: int, total: int | None, speed: float | None = None) -> str:
    """A text about the bytes sent, the total, and the speed in bytes a second."""
    from ...catalog import size

    language = language_in_force()
    parts = [size(sent, language) if total is None else f"{size(sent, language)} / {size(total, language)}"]
    if speed is not None:
        parts.append(_("{size}/s").format(size=size(speed, language)))
    return "  ".join(parts)
