"""A file on the disk as a response."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from ..failures import Failure


def file_response(path: Path, name: str, mime_type: str) -> web.FileResponse:
    """The file as a download of that name, never shown inside a page. Raises `Failure` 404 where it is gone."""
    if not path.is_file():
        raise Failure(404, "The file's content is gone")
    headers = {
        "Content-Type": mime_type,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
    }
    return web.FileResponse(path, headers=headers)
