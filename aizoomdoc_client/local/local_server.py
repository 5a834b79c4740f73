"""The local server: assembles its parts, listens, and stops."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Self

import attrs
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage

from ..models import UploadedFile
from .access_tokens import AccessTokens
from .answering.answer_queue import AnswerQueue
from .answering.answerer import Answerer
from .answering.embeddings import Embeddings
from .answering.extracts import ExtractsAnswerer
from .answering.model_endpoint import ModelEndpoint
from .answering.openai_answerer import OpenAIAnswerer
from .answering.running_answers import RunningAnswers
from .app_state import APP_STATE, AppState, OpenStreams
from .child_processes.page_images import PageImages
from .connection_limits import BoundedConnections, bound_body_time
from .data_folder import acquire_lock, load_secret, not_writable, prepare_folder
from .database import Database
from .document_summary import DocumentSummary, summary_of
from .handlers import (
    account_handlers,
    chat_handlers,
    file_handlers,
    page_handlers,
    page_image_handlers,
    project_handlers,
    stream_handlers,
)
from .handlers.allowed_hosts import check_host
from .handlers.header_checks import check_headers
from .handlers.http_responses import MEMORY_REPLIES, errors_as_json
from .handlers.request_log import log_request
from .indexing.document_index import DocumentIndex, Progress
from .indexing.reader_limits import ReaderLimits
from .listening import cannot_listen, url_of
from .local_settings import LocalSettings
from .login_limit import LoginLimit
from .project_tree import KEY_PREFIX, TreeNode, checked_folder
from .repository import stored_users
from .repository.schema import MIGRATIONS
from .repository.stored_replies import MemoryReplies
from .searching.fts_index import IndexedDocument
from .storage_errors import StorageError
from .upload_folder import UploadFolder

_STOP_SECONDS = 1.0  # for running requests; stopping takes at most two seconds altogether
_MAX_LINE = 64 * 1024  # bytes of a request line or header, as in production: queries have ids of documents
_MAX_JSON_BYTES = 4 * 1024 * 1024

_HANDLERS = (
    account_handlers,
    chat_handlers,
    stream_handlers,
    file_handlers,
    project_handlers,
    page_image_handlers,
    page_handlers,
)


class LocalServer:
    """An AIZoomDoc server as an async context manager: it listens inside of the block; no task, thread or socket is left.

    Entering raises `ConfigurationError` when the port is in use, a folder is missing or cannot be written, or another server
    runs on the same data. `answerer` makes the answers; without one the model of the settings does, and without that they are
    extracts.
    """

    def __init__(self, settings: LocalSettings, *, answerer: Answerer | None = None) -> None:
        self.settings = settings
        self._answerer = answerer
        self._stack = AsyncExitStack()
        self._port = settings.port
        self._tokens: tuple[str, ...] = settings.tokens
        self._index: DocumentIndex | None = None
        self._uploads: UploadFolder | None = None
        self._documents: Sequence[TreeNode] = ()
        self._summary = DocumentSummary(documents=0, waiting=0, unreadable=())

    @property
    def url(self) -> str:
        """The address for clients, ``http://host:port``; with port 0 the port is known once the server listens."""
        return url_of(self.settings.host, self._port)

    @property
    def port(self) -> int:
        """The port; with port 0 in the settings it is known once the server listens."""
        return self._port

    @property
    def tokens(self) -> tuple[str, ...]:
        """The static tokens that let users in."""
        return self._tokens

    @property
    def documents(self) -> DocumentSummary:
        """The documents of the projects folder, as they were when the server started."""
        return self._summary

    async def documents_read(self) -> DocumentSummary:
        """The same documents, once none of them is still to be read; inside of the block only."""
        if self._index is None:
            return self._summary
        await self._index.reading_ended([node.source for node in self._documents])
        return await summary_of(self._documents, self._index)

    async def uploads_read(self, files: Sequence[UploadedFile], progress: Progress) -> list[IndexedDocument]:
        """The uploaded files in the index, once all are read; `progress` is called meanwhile.

        Inside of the block only.
        """
        assert self._index is not None, "the server is not running"
        assert self._uploads is not None, "the server is not running"
        return await self._index.ensure_read([self._uploads.source(file) for file in files], progress)

    def __repr__(self) -> str:
        return f"<LocalServer {self.url}>"

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            try:
                state = await self._build(stack)
            except StorageError as error:
                raise not_writable(self.settings.data_dir, error.reason) from error
            await self._listen(stack, state)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _build(self, stack: AsyncExitStack) -> AppState:
        settings = self.settings
        projects = None if settings.projects_dir is None else checked_folder(settings.projects_dir)
        folder = prepare_folder(settings.data_dir)
        stack.callback(acquire_lock(folder).release)
        self._tokens = settings.tokens or (load_secret(folder / "token"),)
        own_answerer, embedder = await _default_answerer(stack, settings)
        state = AppState(
            settings=attrs.evolve(settings, tokens=self._tokens),
            data_dir=folder,
            database=Database(folder / "aizoomdoc.sqlite3", MIGRATIONS),
            access_tokens=AccessTokens(load_secret(folder / "jwt-secret"), settings.token_life_seconds),
            login_limit=LoginLimit(settings.failed_logins_per_minute),
            uploads=UploadFolder(folder / "files"),
            documents=DocumentIndex(
                settings.index_file or folder / "index.sqlite3",
                readers=settings.readers,
                limits=ReaderLimits(recognize=settings.ocr),
                embedder=embedder,
                version=settings.version,
            ),
            page_images=PageImages(),
            projects_dir=projects,
            queue=AnswerQueue(settings.slots, settings.queue_size, settings.queue_timeout),
            answerer=self._answerer or own_answerer,
            streams=OpenStreams(),
            running_answers=RunningAnswers(),
        )
        for part in (state.database, state.uploads, state.documents):
            stack.push_async_callback(part.close)
            await part.open()
        stack.push_async_callback(state.running_answers.close)
        if settings.index_file is not None:
            await state.documents.delete_older_copies()
        self._uploads = state.uploads
        await state.database.run(stored_users.activate, self._tokens)
        await self._read_ahead(state)
        return state

    async def _read_ahead(self, state: AppState) -> None:
        nodes = sorted((await state.project_tree()).documents(), key=lambda node: node.modified_ns, reverse=True)
        sources = [node.source for node in nodes]
        await state.documents.delete_missing(KEY_PREFIX, sources)
        self._index, self._documents, self._summary = state.documents, nodes, await summary_of(nodes, state.documents)
        state.documents.read_ahead(sources)

    async def _listen(self, stack: AsyncExitStack, state: AppState) -> None:
        # The access log is off, because the URL of a WebSocket has the token in it.
        runner = web.AppRunner(
            _application(state),
            access_log=None,
            logger=_HTTP_LOG,
            handler_cancellation=True,
            shutdown_timeout=_STOP_SECONDS,
            keepalive_timeout=self.settings.idle_seconds,  # also for the first request, and until its headers are complete
            max_line_size=_MAX_LINE,
            max_field_size=_MAX_LINE,
            auto_decompress=False,
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        assert runner.server is not None
        protocols = BoundedConnections(runner.server, self.settings.connections, self.settings.connections_per_address)
        try:
            listening = await asyncio.get_running_loop().create_server(protocols, self.settings.host, self.settings.port)
        except OSError as error:
            raise await cannot_listen(self.settings, error) from error
        stack.callback(listening.close)
        self._port = listening.sockets[0].getsockname()[1]


async def _default_answerer(stack: AsyncExitStack, settings: LocalSettings) -> tuple[Answerer, Embeddings | None]:
    if settings.llm is None:
        return ExtractsAnswerer(settings.pace_seconds), None
    endpoint = await stack.enter_async_context(ModelEndpoint(settings.llm))
    return OpenAIAnswerer(endpoint), Embeddings(endpoint) if settings.llm.embed_model else None


def _drop_request_line(record: logging.LogRecord) -> bool:
    """Removes a malformed request from `record`: the URL of a WebSocket has the token in it."""
    if record.exc_info and isinstance(record.exc_info[1], BadHttpMessage):
        record.exc_info = None
    return True


_HTTP_LOG = logging.getLogger("aizoomdoc_client.local.http")
_HTTP_LOG.addFilter(_drop_request_line)


def _application(state: AppState) -> web.Application:
    middlewares = [log_request, errors_as_json, check_headers, check_host, bound_body_time]
    app = web.Application(middlewares=middlewares, client_max_size=_MAX_JSON_BYTES)
    app[APP_STATE] = state
    app[MEMORY_REPLIES] = MemoryReplies()
    for module in _HANDLERS:
        app.add_routes(module.ROUTES)

    async def cancel_streams(_app: web.Application) -> None:
        state.streams.cancel()

    app.on_shutdown.append(cancel_streams)
    return app


def run_server(
    settings: LocalSettings,
    *,
    on_ready: Callable[[LocalServer], None],
    on_read: Callable[[DocumentSummary], None] | None = None,
) -> None:
    """Runs a local server until SIGINT or SIGTERM, and stops it.

    `on_ready` is called once it listens, `on_read` once all documents that were not read then have been. Raises
    `ConfigurationError` where entering a `LocalServer` does.
    """
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(settings, on_ready, on_read))


async def _run(
    settings: LocalSettings, on_ready: Callable[[LocalServer], None], on_read: Callable[[DocumentSummary], None] | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not possible on Windows and outside of the main thread; there Ctrl-C cancels this coroutine.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop.set)
    async with LocalServer(settings) as server:
        on_ready(server)
        reading = asyncio.create_task(_tell_when_read(server, on_read))
        try:
            await stop.wait()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def _tell_when_read(server: LocalServer, on_read: Callable[[DocumentSummary], None] | None) -> None:
    if on_read is None or not server.documents.waiting:
        return
    summary = await server.documents_read()
    with suppress(OSError):  # the reader of a pipe may be gone; the server keeps running
        on_read(summary)
