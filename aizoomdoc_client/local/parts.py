"""The parts that a running server is made of, handed to every request."""

from __future__ import annotations

from pathlib import Path

import attrs
from aiohttp import web

from .answering import Answerer
from .credentials import AccessTokens
from .database import Database
from .document_index import DocumentIndex
from .projects import Tree, look
from .queue import AnswerQueue
from .settings import LocalSettings
from .streams import OpenStreams
from .uploads import UploadFolder


@attrs.frozen(kw_only=True)
class Parts:
    """All parts of one server."""

    settings: LocalSettings
    database: Database
    access_tokens: AccessTokens
    uploads: UploadFolder
    documents: DocumentIndex
    projects_dir: Path | None
    queue: AnswerQueue
    answerer: Answerer
    streams: OpenStreams

    def look_at_projects(self) -> Tree:
        """The project tree as it is on the disk now; blocks, so it is called in a thread."""
        return look(self.projects_dir)


PARTS = web.AppKey("aizoomdoc_parts", Parts)


def parts_of(request: web.Request) -> Parts:
    """The parts of the server that got the request."""
    return request.app[PARTS]
