"""The file in a multipart body."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import AsyncIterator
from typing import Any

import attrs
from aiohttp import BodyPartReader, web

from ...filesystem.names import clean_filename
from ..failures import Failure, invalid

_BLOCK = 256 * 1024
_PARAMETER = re.compile(r';\s*(name|filename)="((?:[^"\\]|\\.)*)"')
_LONGEST_NAME = 255
_PLAIN = "application/octet-stream"


@attrs.frozen(kw_only=True)
class FilePart:
    """A file on its way in."""

    filename: str
    mime_type: str
    reader: BodyPartReader

    async def chunks(self) -> AsyncIterator[bytes]:
        """Its bytes."""
        while chunk := await self.reader.read_chunk(_BLOCK):
            yield chunk


async def file_part(request: web.Request) -> FilePart:
    """The field ``file`` of the body. Raises `Failure` 422 where there is none."""
    if not request.content_type.startswith("multipart/"):
        raise _missing()
    try:
        reader = await request.multipart()
        while part := await reader.next():
            if isinstance(part, BodyPartReader):
                names = _names(part.headers.get("Content-Disposition", ""))
                if names.get("name") == "file" and "filename" in names:
                    return _file(part, names["filename"])
                await part.release()
    except ValueError:
        raise invalid(("body",), "multipart_invalid", "The multipart body cannot be read") from None
    raise _missing()


def _missing() -> Failure:
    return invalid(("body", "file"), "missing", "Field required")


def _names(disposition: str) -> dict[str, str]:
    """Read by hand: aiohttp's reader stumbles over semicolons in file names."""
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in _PARAMETER.findall(disposition)}


def _file(part: Any, given: str) -> FilePart:
    filename = clean_filename(given, replacement="")[-_LONGEST_NAME:] or "file"
    declared = part.headers.get("Content-Type", "").partition(";")[0].strip()
    guessed = mimetypes.guess_type(filename)[0]
    mime_type = declared if declared and declared != _PLAIN else guessed or _PLAIN
    return FilePart(filename=filename, mime_type=mime_type[:_LONGEST_NAME], reader=part)
