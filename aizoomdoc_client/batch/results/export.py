"""Writes the results of a job into a file of any format."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import BinaryIO, Literal, cast, get_args

import attrs

from ...catalog import Language, system_reason, text
from ...exceptions import ConfigurationError
from .replacement import replacing, scratch_folder
from .row import ResultRow
from .summary import ResultSummary

__all__ = ["ResultFormat", "check_replaces_nothing", "check_results_path", "result_format", "write_results"]

ResultFormat = Literal["jsonl", "csv", "xlsx", "md", "html"]
"""The formats that results can be written in; also the suffixes of their files."""


def result_format(path: Path) -> ResultFormat:
    """The format that the suffix of `path` stands for, in upper or lower case.

    Raises `ConfigurationError`, which names the choices, for another suffix, and for one whose package is not installed.
    """
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in get_args(ResultFormat):
        choices = [f".{each}" for each in get_args(ResultFormat)]
        raise ConfigurationError(text("results_suffix_unknown", name=path.name, choices=choices))
    found = cast("ResultFormat", suffix)
    _check_packages(found)
    return found


def check_results_path(path: Path) -> None:
    """Raises `ConfigurationError` where results certainly cannot be written to `path`."""
    result_format(path)
    _check_place(path)


def check_replaces_nothing(path: Path, needed: Iterable[Path]) -> None:
    """Raises `ConfigurationError` where results written to `path` would replace one of the files that the job needs."""
    if any(_are_same(path, other) for other in needed):
        raise ConfigurationError(text("results_replace_input", path=path))


def write_results(
    rows: Iterable[ResultRow],
    path: Path,
    *,
    summary: ResultSummary,
    language: Language = "en",
) -> int:
    """Writes all `rows` into the file `path` and returns how many there were.

    The format is that of the suffix. Reads `rows` once and holds a few of them at a time. The file is replaced when the last row
    is written: after an error, an interruption or a crash the old one is unchanged. Blocks: to be called in a thread where an
    event loop runs.

    Raises `ConfigurationError` where `path` cannot be written, because it is a folder, or in none, or the disk is full, and as
    `result_format`; and what `rows` raises.
    """
    writer = _WRITERS[result_format(path)]
    _check_place(path)
    source = _Source(rows)
    with _refusals(path, source), replacing(path) as file, scratch_folder(path) as folder:
        request = _Request(summary=summary, language=language, folder=folder, home=path.resolve().parent)
        return writer(source, file, request)


@attrs.frozen(kw_only=True)
class _Request:
    summary: ResultSummary
    language: Language
    folder: Path
    """For temporary files: beside the file, on the disk that must have space for it anyway."""
    home: Path
    """The folder of the file, from which links to documents start."""


class _Source:
    """The rows; `error` is one of reading them, as opposed to one of writing the file."""

    def __init__(self, rows: Iterable[ResultRow]) -> None:
        self._rows = rows
        self.error: BaseException | None = None

    def __iter__(self) -> Generator[ResultRow]:
        try:
            yield from self._rows
        except BaseException as error:
            self.error = error
            raise


def _check_packages(chosen: ResultFormat) -> None:
    if chosen == "xlsx":
        from .xlsx import check_xlsx_writer

        check_xlsx_writer()


def _are_same(one: Path, other: Path) -> bool:
    """Whether both paths lead to the same file, also if it does not exist yet."""
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)


def _check_place(path: Path) -> None:
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        is_folder = False
    except OSError as error:
        raise _not_written(path, error) from error
    if is_folder:
        raise ConfigurationError(text("results_path_is_folder", path=path))
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise ConfigurationError(text("results_folder_missing", path=path, folder=folder))


@contextlib.contextmanager
def _refusals(path: Path, source: _Source) -> Generator[None]:
    """Turns an error of the system about writing into one line."""
    try:
        yield
    except OSError as error:
        if error is source.error:
            raise
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(text("results_not_written", path=path, reason=system_reason(error)))


def _jsonl(rows: Iterable[ResultRow], file: BinaryIO, request: _Request) -> int:
    from .jsonl import write_jsonl

    return write_jsonl(rows, file, language=request.language)


def _csv(rows: Iterable[ResultRow], file: BinaryIO, request: _Request) -> int:
    from .csv_file import write_csv

    return write_csv(rows, file, language=request.language, folder=request.folder)


def _xlsx(rows: Iterable[ResultRow], file: BinaryIO, request: _Request) -> int:
    from .xlsx import write_xlsx

    return write_xlsx(rows, file, summary=request.summary, language=request.language, folder=request.folder)


def _markdown(rows: Iterable[ResultRow], file: BinaryIO, request: _Request) -> int:
    from .markdown import write_markdown

    return write_markdown(
        rows, file, summary=request.summary, language=request.language, folder=request.folder, home=request.home
    )


def _html(rows: Iterable[ResultRow], file: BinaryIO, request: _Request) -> int:
    from .html_page import write_html

    return write_html(rows, file, summary=request.summary, language=request.language, folder=request.folder, home=request.home)


_WRITERS: dict[ResultFormat, Callable[[Iterable[ResultRow], BinaryIO, _Request], int]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "xlsx": _xlsx,
    "md": _markdown,
    "html": _html,
}
