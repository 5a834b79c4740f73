"""Files: uploading and downloading."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import output
from ..framework import CommonOptions, Group, argument, command, json_option, option
from ..language import N_, _, language_in_force
from ..sanitize import sanitized_line

if TYPE_CHECKING:
    from ...models import UploadedFile


@command("upload", N_("Upload files"))
@argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar=N_("FILE"),
    help=N_("files, of 100 MB at the most each"),
)
@json_option
async def upload(common: CommonOptions, *, paths: tuple[Path, ...], as_json: bool) -> None:
    uploaded: list[UploadedFile] = []  # one after another, so that those that arrived are known when one fails
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
    output.result(f"{file.filename}: {file.id}" if sys.stdout.isatty() else file.id)


@contextlib.contextmanager
def _progress(name: str) -> Generator[Callable[[int, int | None], None] | None]:
    """A bar on standard error while a file is sent, if that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[amount]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(sanitized_line(name), total=None, amount="")

        def update(sent: int, total: int | None) -> None:
            bar.update(task, completed=sent, total=total, amount=_amount(sent, total, bar.tasks[0].speed))

        yield update


def _amount(sent: int, total: int | None, speed: float | None) -> str:
    """How much is sent, of how much, how fast."""
    from ...catalog import size

    language = language_in_force()
    parts = [size(sent, language) if total is None else f"{size(sent, language)} / {size(total, language)}"]
    if speed is not None:
        parts.append(_("{size}/s").format(size=size(speed, language)))
    return "  ".join(parts)


@command("get", N_("Download a file"))
@argument("file_id", metavar="ID", help=N_("the file's id"))
@option(
    "-o",
    "--output",
    "destination",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar=N_("PATH"),
    help=N_("where to: a file or a folder; else the current folder"),
)
async def get(common: CommonOptions, *, file_id: str, destination: Path) -> None:
    async with common.client() as client:
        path = await client.download_file(file_id, destination)
    output.result(str(path))


file: Group = Group("file", help=N_("Files: upload, download"), commands=[upload, get])
