"""The interface of transports, which hides their libraries from the session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

import attrs

from ..credentials import Secret
from ..protocol.requests import Request
from ..protocol.transcript import Frame
from .lifetimes import PerLoop
from .upload_sources import is_source
from .uploads import Upload, UploadProgress, UploadSource

__all__ = [
    "Download",
    "FrameStream",
    "HTTPTransport",
    "PerLoop",
    "Response",
    "StreamTransport",
    "Upload",
    "UploadProgress",
    "UploadSource",
    "is_source",
]


@attrs.frozen
class Response:
    """A successful response with its whole body."""

    status: int
    body: bytes = attrs.field(repr=False)


class Download(Protocol):
    """A response body, received in chunks."""

    @property
    def location(self) -> str | None:
        """Where a redirect leads, if redirects were asked for and this is one."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Iterates over the body; raises `APIConnectionError` if it is incomplete."""
        ...

    async def close(self) -> None:
        """Closes the connection; idempotent."""
        ...


class HTTPTransport(Protocol):
    """Sends requests. Each failure raises an `APIError`; a redirect is a failure, and is not followed."""

    async def send(
        self, request: Request[Any], *, token: Secret | None, timeout: float | None, upload: Upload | None = None
    ) -> Response:
        """The successful (2xx) response to `request` with its whole body, within `timeout` seconds; None is no limit."""
        ...

    async def download(self, url: str, *, token: Secret | None, timeout: float | None, redirects: bool = False) -> Download:
        """The body of an absolute URL; `timeout` bounds each period without data, not the whole download.

        With `redirects` a redirect is no failure, but the download's `location`.
        """
        ...

    async def close(self) -> None:
        """Closes all connections; the next request opens new ones."""
        ...


class FrameStream(Protocol):
    """An open stream of frames."""

    async def receive(self) -> Sequence[Frame]:
        """The next frames in order, at least one.

        Raises an `APIError` that says how the stream ended. There is no other sign of its end, because the end of a stream does
        not mean that the answer is complete.
        """
        ...

    def abort(self) -> None:
        """Aborts the connection at once, so that a waiting `receive` raises; idempotent."""
        ...

    async def close(self) -> None:
        """Closes the connection, within about a second; idempotent."""
        ...


class StreamTransport(Protocol):
    """Opens streams of frames."""

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """The open stream of `request`; raises the `APIError` that says why it cannot be opened."""
        ...
