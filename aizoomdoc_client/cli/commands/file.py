"""Files: uploading and downloading."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import output
from ..framework import CommonOptions, Group, argument, command, group, json_option, option
from ..language import Text
from ..sanitize import sanitized_line

if TYPE_CHECKING:
    from ...models import UploadedFile


@command("upload", Text("Загрузить файлы на сервер", "Upload files"))
@argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    shown=Text("ФАЙЛ", "FILE"),
    said=Text("файлы, до 100 МБ каждый", "files, of 100 MB at the most each"),
)
@json_option
async def upload(common: CommonOptions, *, paths: tuple[Path, ...], as_json: bool) -> None:
    """Uploads files, one after another, so that those that arrived are known when one fails."""
    uploaded: list[UploadedFile] = []
    async with common.client() as client:
        try:
            for path in paths:
                with _progress(path.name) as progress:
                    uploaded.append(await client.upload_file(path, progress=progress))
                if not as_json:
                    _show(uploaded[-1])
        finally:
            if as_json:
                output.as_json(uploaded)


def _show(file: UploadedFile) -> None:
    """Into a pipe the id alone, for another command to take."""
    if sys.stdout.isatty():
        output.result(f"{file.filename}: {file.id}")
    else:
        output.result(file.id)


@contextlib.contextmanager
def _progress(name: str) -> Generator[Callable[[int, int | None], None]]:
    """A bar on standard error while a file is sent, if that is a terminal."""
    if not sys.stderr.isatty():
        yield _unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(sanitized_line(name), total=None)
        yield lambda sent, total: bar.update(task, completed=sent, total=total)


def _unseen(sent: int, total: int | None) -> None:
    """Progress that nobody watches."""
    del sent, total


@command("get", Text("Скачать файл", "Download a file"))
@argument("file_id", shown=Text("ID", "ID"), said=Text("идентификатор файла", "the file's id"))
@option(
    "-o",
    "--output",
    "destination",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="PATH",
    said=Text("куда: файл или папка; иначе текущая папка", "where to: a file or a folder; else the current folder"),
)
async def get(common: CommonOptions, *, file_id: str, destination: Path) -> None:
    """Downloads a file; nothing is overwritten."""
    async with common.client() as client:
        path = await client.download_file(file_id, destination)
    output.result(str(path))


file: Group = group("file", Text("Файлы: загрузить, скачать", "Files: upload, download"), upload, get)
