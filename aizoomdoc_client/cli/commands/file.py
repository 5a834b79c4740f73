"""Files: uploading and downloading."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from .. import output
from ..display.sent_files import amount
from ..framework import CommonOptions, Group, argument, command, json_option, option, run
from ..language import N_
from ..sanitize import sanitized_line

if TYPE_CHECKING:
    from ...models import UploadedFile


@command("upload", N_("Upload files"))
@argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar=N_("FILE"),
    help=N_("files, of 100 MB at the most each; - is standard input"),
)
@option("--name", default="stdin", metavar=N_("NAME"), help=N_("the file name of standard input"))
@json_option
def upload(common: CommonOptions, *, paths: tuple[Path, ...], name: str, as_json: bool) -> None:
    with contextlib.ExitStack() as stack:
        sources = [(path.name, path) if str(path) != "-" else (name, stack.enter_context(_stdin_as_file())) for path in paths]
        run(_upload(common, sources, as_json=as_json))


@contextlib.contextmanager
def _stdin_as_file() -> Generator[BinaryIO]:
    """Standard input in a temporary file, which has a size and can be sent again. Call it before the event loop runs."""
    with tempfile.TemporaryFile(prefix="aizoomdoc-") as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.seek(0)
        yield cast("BinaryIO", copy)


async def _upload(common: CommonOptions, sources: Sequence[tuple[str, Path | BinaryIO]], *, as_json: bool) -> None:
    uploaded: list[UploadedFile] = []  # one after another, so that those before a failure are known
    async with common.client() as client:
        try:
            for name, source in sources:
                with _progress(name) as progress:
                    uploaded.append(await client.upload_file(source, name, progress=progress))
                if not as_json:
                    _show(uploaded[-1])
        finally:
            if as_json:
                output.as_json(uploaded)


def _show(file: UploadedFile) -> None:
    """Prints name and id; into a pipe only the id, as input of another command."""
    output.result(f"{file.filename}: {file.id}" if sys.stdout.isatty() else file.id)


@contextlib.contextmanager
def _progress(name: str) -> Generator[Callable[[int, int | None], None] | None]:
    """Shows a bar while a file is sent, if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[amount]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
        task = bar.add_task(sanitized_line(name), total=None, amount="")

        def update(sent: int, total: int | None) -> None:
            bar.update(task, completed=sent, total=total, amount=amount(sent, total, bar.tasks[0].speed))

        yield update


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
