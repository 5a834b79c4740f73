"""Request bodies for aiohttp that know whether any of them left this machine."""

from __future__ import annotations

from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from ..protocol import codec
from ..protocol.requests import Request
from .uploads import Upload


class Body:
    """The body of one attempt; once `sent`, nobody can say whether the server processed the request."""

    def __init__(self, request: Request[Any], upload: Upload | None = None) -> None:
        self._request, self._upload = request, upload
        self.sent = False

    def payload(self) -> aiohttp.Payload | None:
        """What aiohttp sends; None for a request without a body."""
        if self._upload is not None:
            return _Observed(self._upload.body(), self)
        if self._request.body is None:
            return None
        content = codec.encode(self._request.body)
        return _Observed(aiohttp.BytesPayload(content, content_type="application/json"), self)


class _Observed(aiohttp.Payload):
    """A payload that notes when its first byte is written."""

    def __init__(self, inner: aiohttp.Payload, body: Body) -> None:
        super().__init__(inner, headers=inner.headers, content_type=inner.content_type)
        self._inner, self._body = inner, body
        self._size = inner.size

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Writes all of it."""
        self._body.sent = True
        await self._inner.write(writer)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Writes as much of it as the length allows."""
        self._body.sent = True
        await self._inner.write_with_length(writer, content_length)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The body as text, where it is held whole."""
        return self._inner.decode(encoding, errors)

    async def close(self) -> None:
        """Frees what the body holds."""
        await self._inner.close()
