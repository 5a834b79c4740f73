"""The server as a whole: starting, stopping, and running until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Self

import attrs
from aiohttp import web

from ..exceptions import ConfigurationError
from ..filesystem.locks import ProcessLock
from .answering import Answerer
from .credentials import AccessTokens
from .database import Database
from .document_index import DocumentIndex
from .extracts import ExtractsAnswerer
from .parts import Parts
from .projects import KEY_PREFIX, checked_folder
from .queue import AnswerQueue
from .secret_files import kept_secret, private_folder
from .settings import LocalSettings
from .store import users
from .store.schema import MIGRATIONS
from .streams import OpenStreams
from .uploads import UploadFolder
from .web.app import application

_STOP_SECONDS = 2.0


class LocalServer:
    """An AIZoomDoc server as an async context manager: it listens inside of the block and is gone without a trace after it.

    Entering raises `ConfigurationError` when the port is in use, a folder is missing or cannot be written, or another server
    runs on the same data. `answerer` makes the answers; without one they are extracts.
    """

    def __init__(self, settings: LocalSettings, *, answerer: Answerer | None = None) -> None:
        self.settings = settings
        self._answerer = answerer or ExtractsAnswerer(settings.pace_seconds)
        self._stack = AsyncExitStack()
        self._port = settings.port
        self._tokens: tuple[str, ...] = settings.tokens

    @property
    def url(self) -> str:
        """Where it listens: ``http://host:port``, known once it does."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.settings.host, self.settings.host)  # noqa: S104 (read, not bound)
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    @property
    def tokens(self) -> tuple[str, ...]:
        """The static tokens that let users in."""
        return self._tokens

    def __repr__(self) -> str:
        return f"<LocalServer {self.url}>"

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            parts = await self._build(stack)
            await self._listen(stack, parts)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _build(self, stack: AsyncExitStack) -> Parts:
        settings = self.settings
        projects = None if settings.projects_dir is None else checked_folder(settings.projects_dir)
        folder = private_folder(settings.data_dir)
        stack.callback(_locked(folder).release)
        self._tokens = settings.tokens or (kept_secret(folder / "token"),)
        parts = Parts(
            settings=attrs.evolve(settings, tokens=self._tokens),
            database=Database(folder / "aizoomdoc.sqlite3", MIGRATIONS),
            access_tokens=AccessTokens(kept_secret(folder / "jwt-secret"), settings.token_life_seconds),
            uploads=UploadFolder(folder / "files"),
            documents=DocumentIndex(folder / "index.sqlite3"),
            projects_dir=projects,
            queue=AnswerQueue(settings.slots, settings.queue_size, settings.queue_timeout),
            answerer=self._answerer,
            streams=OpenStreams(),
        )
        for part in (parts.database, parts.uploads, parts.documents):
            stack.push_async_callback(part.close)
            await part.open()
        await parts.database.run(users.admit, self._tokens)
        await self._read_ahead(parts)
        return parts

    async def _read_ahead(self, parts: Parts) -> None:
        tree = await asyncio.to_thread(parts.look_at_projects)
        sources = [place.source for place in tree.documents()]
        await parts.documents.delete_missing(KEY_PREFIX, sources)
        parts.documents.read_ahead(sources)

    async def _listen(self, stack: AsyncExitStack, parts: Parts) -> None:
        app = application(parts)

        async def end_streams(_app: web.Application) -> None:
            parts.streams.end()

        app.on_shutdown.append(end_streams)
        # The access log is off: a WebSocket's URL carries its token.
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_STOP_SECONDS)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, self.settings.host, self.settings.port)
        try:
            await site.start()
        except OSError as error:
            raise _cannot_listen(self.settings, error) from error
        self._port = site.port


def _locked(folder: Path) -> ProcessLock:
    lock = ProcessLock(folder / "lock")
    if not lock.try_acquire():
        raise ConfigurationError(f"Another local server runs on the data folder {folder}: stop it or choose another folder")
    return lock


def _cannot_listen(settings: LocalSettings, error: OSError) -> ConfigurationError:
    where = f"port {settings.port} of {settings.host}"
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(f"The {where} is in use: stop what listens there or choose another port (0 for any)")
    if isinstance(error, socket.gaierror):
        return ConfigurationError(f"The host {settings.host} is unknown: use 127.0.0.1 or an address of this machine")
    return ConfigurationError(f"The local server cannot listen on {where}: {error.strerror or error}")


def run_server(settings: LocalSettings, *, on_ready: Callable[[LocalServer], None]) -> None:
    """Runs a local server until SIGINT or SIGTERM, then stops it cleanly and returns; `on_ready` is called once it listens.

    Raises `ConfigurationError` as entering a `LocalServer` does.
    """
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(settings, on_ready))


async def _run(settings: LocalSettings, on_ready: Callable[[LocalServer], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not on Windows, and not outside of the main thread: there Ctrl-C cancels this coroutine instead.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop.set)
    async with LocalServer(settings) as server:
        on_ready(server)
        await stop.wait()
