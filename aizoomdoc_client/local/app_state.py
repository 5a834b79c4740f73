"""The parts of a running server, and how handlers get them."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import attrs
from aiohttp import web

from .access_tokens import AccessTokens
from .answering.answer_queue import AnswerQueue
from .answering.answerer import Answerer
from .answering.running_answers import RunningAnswers
from .child_processes.page_images import PageImages
from .database import Database
from .indexing.document_index import DocumentIndex
from .local_settings import LocalSettings
from .login_limit import LoginLimit
from .project_tree import ProjectTree, read_project_tree
from .upload_folder import UploadFolder


class OpenStreams:
    """The tasks that stream answers, which a server cancels when it stops; `stopping` is True from then on."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()
        self.stopping: bool = False

    @contextmanager
    def track(self) -> Generator[None]:
        """Tracks the current task inside of the block."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    def cancel(self) -> None:
        """Cancels all of them."""
        self.stopping = True
        for task in self._tasks:
            task.cancel()


@attrs.frozen(kw_only=True)
class AppState:
    """The parts of one server."""

    settings: LocalSettings
    data_dir: Path
    database: Database
    access_tokens: AccessTokens
    login_limit: LoginLimit
    uploads: UploadFolder
    documents: DocumentIndex
    page_images: PageImages
    projects_dir: Path | None
    queue: AnswerQueue
    answerer: Answerer
    streams: OpenStreams
    running_answers: RunningAnswers

    async def project_tree(self) -> ProjectTree:
        """The project tree as it is on disk now."""
        return await asyncio.to_thread(read_project_tree, self.projects_dir)


APP_STATE = web.AppKey("aizoomdoc_app_state", AppState)


def state_of(request: web.Request) -> AppState:
    """The state of the server that received the request."""
    return request.app[APP_STATE]
