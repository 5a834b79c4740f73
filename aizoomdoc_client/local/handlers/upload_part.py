"""The file of a multipart body, whatever else the body has.

aiohttp's reader takes milliseconds for each part and, for a body that has arrived, lets nothing else run meanwhile.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import AsyncIterator
from typing import Any, cast

import attrs
from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import BadHttpMessage

from ...filesystem.names import clean_filename, saved_name, visible_name
from ..request_errors import RequestError, invalid_field

_CHUNK_BYTES = 256 * 1024
_MOST_LINES = 500  # before the file: those of other fields' headers, boundaries, and a preamble
# ; name="file" and ; filename="План \"А\".pdf"
_PARAMETER = re.compile(r';\s*(name|filename)="((?:[^"\\]|\\.)*)"')
_MIME_TYPE = re.compile(r"[\w.+!#$&^-]+/[\w.+!#$&^-]+", re.ASCII)
_LONGEST_NAME = 255  # characters of a file name, and of a MIME type
_DEFAULT_TYPE = "application/octet-stream"
# RuntimeError: an encoding in the field `_charset_` that is too long.
_MALFORMED = (ValueError, RuntimeError, BadHttpMessage)


@attrs.frozen(kw_only=True)
class FilePart:
    """The file of a multipart body."""

    filename: str
    mime_type: str
    reader: BodyPartReader

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes. Raises `RequestError` 422 where the body ends before the file does."""
        try:
            while chunk := await self.reader.read_chunk(_CHUNK_BYTES):
                yield chunk
        except _MALFORMED:
            raise _malformed() from None
        if not self.reader.at_eof():
            raise _malformed()


async def file_part(request: web.Request) -> FilePart:
    """The field ``file`` of the body. Raises `RequestError` 422 where there is none, or too much before it."""
    if not request.content_type.startswith("multipart/"):
        raise _missing_file()
    try:
        reader = MultipartReader(request.headers, cast("StreamReader", _FewLines(request.content)))
        while part := await reader.next():
            if not isinstance(part, BodyPartReader):  # a multipart of its own, perhaps with others in it
                raise _malformed()
            names = _disposition(part.headers.get("Content-Disposition", ""))
            if names.get("name") == "file" and "filename" in names:
                return _describe(part, names["filename"])
            await part.release()
    except _MALFORMED:  # the body's structure, or the headers of a part: a NUL in a file name, for one
        raise _malformed() from None
    raise _missing_file()


class _FewLines:
    """The content of a body, of which at most `_MOST_LINES` are read line by line; a further one is a `ValueError`."""

    def __init__(self, content: StreamReader) -> None:
        self._content = content
        self._lines = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)

    async def readline(self, **options: Any) -> bytes:
        self._lines += 1
        if self._lines > _MOST_LINES:
            raise ValueError
        return await self._content.readline(**options)


def _malformed() -> RequestError:
    return invalid_field(("body",), "multipart_invalid", "The multipart body cannot be read")


def _missing_file() -> RequestError:
    return invalid_field(("body", "file"), "missing", "Field required")


def _disposition(disposition: str) -> dict[str, str]:
    """The field's name and file name; aiohttp's own parser splits a file name at semicolons."""
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in _PARAMETER.findall(disposition)}


def _describe(part: BodyPartReader, given: str) -> FilePart:
    last = re.split(r"[/\\]", given)[-1]
    filename = clean_filename(saved_name(visible_name(last)))[-_LONGEST_NAME:] or "file"
    declared = part.headers.get("Content-Type", "").partition(";")[0].strip()
    guessed = mimetypes.guess_type(filename)[0]
    is_type = declared != _DEFAULT_TYPE and _MIME_TYPE.fullmatch(declared)
    mime_type = declared if is_type else guessed or _DEFAULT_TYPE
    return FilePart(filename=filename, mime_type=mime_type[:_LONGEST_NAME], reader=part)
