"""A question about documents without a server: one is started that lives as long as the question.

What was read of a document is kept for the next question, in the user's cache folder.
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
from .display.sent_files import opened_files
from .language import _, language_in_force, ngettext

if TYPE_CHECKING:
    from ..client import AsyncAIZoomDocClient
    from ..local import LocalServer
    from ..local.indexing.document_index import Progress, ReadingProgress
    from ..local.searching.fts_index import IndexedDocument
    from ..models import UploadedFile

_PACE = 0.002
"""Seconds between two pieces of an answer for somebody who watches."""
_LARGEST_INDEX = 200 * 1024 * 1024
"""Bytes; a kept index that is larger is begun anew."""


async def ask_locally(
    paths: Sequence[Path], question: str, projects: Path | None, style: Style | None, *, show_thinking: bool, ocr: bool
) -> None:
    """Asks about the documents and those of the folder. A document that cannot be read is an error before anything is asked.

    Without `ocr` no text of scans and images is recognized.

    Raises `UnreadableDocumentError` for the first of these.
    """
    async with _server(projects, ocr=ocr) as (server, client):
        uploaded = await _uploaded(client, paths)
        with _reading_shown() as progress:
            documents = await server.uploads_read(uploaded, progress)
        _check(documents)
        if documents:
            names = ", ".join(f"{each.name} ({_pages(each.page_count)})" for each in documents)
            output.note(_("Documents: {names}").format(names=names))
        ids = [file.id for file in uploaded]
        await ask_in_new_chat(client, question, style, (), show_thinking=show_thinking, keep=False, attached_file_ids=ids)


@contextlib.asynccontextmanager
async def _server(projects: Path | None, *, ocr: bool) -> AsyncGenerator[tuple[LocalServer, AsyncAIZoomDocClient]]:
    """A server that leaves nothing behind but the index, and a client of it."""
    from ..client import AsyncAIZoomDocClient
    from ..local import LocalServer, LocalSettings
    from ..storage.memory import MemoryTokenStore

    with tempfile.TemporaryDirectory(prefix="aizoomdoc-") as folder:
        settings = LocalSettings(
            port=0,
            data_dir=Path(folder) / "server",
            projects_dir=projects,
            index_file=_kept_index(projects),
            ocr=ocr,
            pace_seconds=_PACE if sys.stdout.isatty() else 0,
        )
        async with (
            LocalServer(settings) as server,
            AsyncAIZoomDocClient(server.url, server.tokens[0], token_store=MemoryTokenStore(), proxy="none") as client,
        ):
            yield server, client


def _kept_index(projects: Path | None) -> Path | None:
    """Where the index is kept, one for each projects folder; None where the cache folder cannot be used."""
    import platformdirs

    from ..filesystem.private_files import make_private_folder

    folder = Path(platformdirs.user_cache_dir("aizoomdoc", appauthor=False)) / "local-index"
    name = (
        "files" if projects is None else hashlib.sha256(str(projects.resolve()).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    )
    index = folder / f"{name}.sqlite3"
    try:
        make_private_folder(folder)
        if index.exists() and index.stat().st_size > _LARGEST_INDEX:
            for suffix in ("", "-wal", "-shm"):
                index.with_name(index.name + suffix).unlink(missing_ok=True)
        return index if _is_usable(index) else None
    except OSError:
        return None


def _is_usable(index: Path) -> bool:
    """Whether the file is an index or can become one: a cache that is damaged is no reason not to answer."""
    import sqlite3

    try:
        with contextlib.closing(sqlite3.connect(index, timeout=1)) as connection:
            connection.execute("PRAGMA user_version = 0" if not index.stat().st_size else "PRAGMA quick_check(1)")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except (sqlite3.Error, OSError):
        return False
    return True


async def _uploaded(client: AsyncAIZoomDocClient, paths: Sequence[Path]) -> list[UploadedFile]:
    with opened_files(paths) as files:
        return [await client.upload_file(file) for file in files]


def _check(documents: Sequence[IndexedDocument]) -> None:
    from ..local import UnreadableDocumentError

    for each in documents:
        if each.error is not None:
            raise UnreadableDocumentError(each.name, each.error.ru if language_in_force() == "ru" else each.error.en)


def _pages(count: int) -> str:
    return ngettext("{count} page", "{count} pages", count).format(count=count)


@contextlib.contextmanager
def _reading_shown() -> Generator[Progress]:
    """Shows at a terminal how many pages are read."""
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
