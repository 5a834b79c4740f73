"""A question about documents without a server: one is started for the question, and stopped after it.

The index of the documents is kept for the next question, in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import output
from .chat_choice import ask_in_new_chat
from .display import Style
from .display.sent_files import open_files
from .language import _, language_in_force, ngettext

if TYPE_CHECKING:
    from ..client import AsyncAIZoomDocClient
    from ..local import LocalServer
    from ..local.indexing.document_index import Progress, ReadingProgress
    from ..local.searching.fts_index import IndexedDocument
    from ..models import UploadedFile

_PACE = 0.002
"""Seconds between two pieces of an answer on a terminal."""
_LARGEST_INDEX = 200 * 1024 * 1024
"""Bytes; a larger index is deleted and built anew."""


async def ask_locally(
    paths: Sequence[Path], question: str, projects: Path | None, style: Style | None, *, show_thinking: bool, ocr: bool
) -> None:
    """Asks about the documents and those of the folder; without `ocr` no text of scans and images is recognized.

    Raises `UnreadableDocumentError` for the first of `paths` that cannot be read, before the question is asked.
    """
    async with _server(projects, ocr=ocr) as (server, client):
        uploaded = await _upload(client, paths)
        with _show_reading() as progress:
            documents = await server.uploads_read(uploaded, progress)
        _raise_unreadable(documents)
        if documents:
            names = ", ".join(f"{each.name} ({_pages(each.page_count)})" for each in documents)
            output.note(_("Documents: {names}").format(names=names))
        ids = [file.id for file in uploaded]
        await ask_in_new_chat(client, question, style, (), show_thinking=show_thinking, keep=False, attached_file_ids=ids)


@contextlib.asynccontextmanager
async def _server(projects: Path | None, *, ocr: bool) -> AsyncGenerator[tuple[LocalServer, AsyncAIZoomDocClient]]:
    """A server whose data are deleted afterwards, except the index, and a client of it."""
    from ..client import AsyncAIZoomDocClient
    from ..local import LocalServer, LocalSettings
    from ..storage.memory import MemoryTokenStore

    with tempfile.TemporaryDirectory(prefix="aizoomdoc-") as folder:
        settings = LocalSettings(
            port=0,
            data_dir=Path(folder) / "server",
            projects_dir=projects,
            index_file=_index_path(projects),
            ocr=ocr,
            pace_seconds=_PACE if sys.stdout.isatty() else 0,
        )
        async with (
            LocalServer(settings) as server,
            AsyncAIZoomDocClient(server.url, server.tokens[0], token_store=MemoryTokenStore(), proxy="none") as client,
        ):
            yield server, client


def _index_path(projects: Path | None) -> Path | None:
    """The path of the index, one for each projects folder; None where the cache folder cannot be used."""
    import platformdirs

    from ..filesystem.private_files import make_private_folder

    folder = Path(platformdirs.user_cache_dir("aizoomdoc", appauthor=False)) / "local-index"
    name = (
        "files" if projects is None else hashlib.sha256(str(projects.resolve()).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    )
    index = folder / f"{name}.sqlite3"
    try:
        make_private_folder(folder)
        _delete_if_large(index)
        return index if _is_usable(index) else None
    except OSError:
        return None


def _delete_if_large(index: Path) -> None:
    """Deletes an index that has become too large; a process that has it open goes on with it, and SQLite spares the new one.

    One process at a time looks and deletes: another one would delete the files of the new index. Raises `OSError`.
    """
    from ..filesystem.locks import exclusive

    if index.exists() and index.stat().st_size > _LARGEST_INDEX:
        with exclusive(index.with_name(f"{index.name}.lock"), timeout=5):
            if index.exists() and index.stat().st_size > _LARGEST_INDEX:
                for suffix in ("", "-wal", "-shm"):
                    index.with_name(index.name + suffix).unlink(missing_ok=True)


def _is_usable(index: Path) -> bool:
    """Whether the file is an index or can become one; with a damaged one the question is answered without a kept index."""
    import sqlite3

    try:
        with contextlib.closing(sqlite3.connect(index, timeout=1)) as connection:
            connection.execute("PRAGMA user_version = 0" if not index.stat().st_size else "PRAGMA quick_check(1)")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except (sqlite3.Error, OSError):
        return False
    return True


async def _upload(client: AsyncAIZoomDocClient, paths: Sequence[Path]) -> list[UploadedFile]:
    with open_files(paths) as files:
        return [await client.upload_file(file) for file in files]


def _raise_unreadable(documents: Sequence[IndexedDocument]) -> None:
    from ..local import UnreadableDocumentError

    for each in documents:
        if each.error is not None:
            raise UnreadableDocumentError(each.name, each.error.ru if language_in_force() == "ru" else each.error.en)


def _pages(count: int) -> str:
    return ngettext("{count} page", "{count} pages", count).format(count=count)


@contextlib.contextmanager
def _show_reading() -> Generator[Progress]:
    """Shows on a terminal how many pages are read."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TextColumn("{task.fields[pages]}"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(_("Reading"), total=1.0, pages="")

        async def show(progress: ReadingProgress) -> None:
            pages = f"{progress.pages_done} / {progress.pages}" if progress.pages else ""
            bar.update(task, completed=progress.share, pages=pages)

        yield show
