"""What the session asks of a transport, whatever library does it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

import attrs

from ..credentials import Secret
from ..protocol.requests import Request
from ..protocol.transcript import Frame
from .lifetimes import Lifetime
from .uploads import Upload, UploadProgress, UploadSource

__all__ = [
    "Download",
    "FrameStream",
    "HTTPTransport",
    "Lifetime",
    "Response",
    "StreamTransport",
    "Upload",
    "UploadProgress",
    "UploadSource",
]


@attrs.frozen
class Response:
    """A successful response, read whole."""

    status: int
    body: bytes = attrs.field(repr=False)


class Download(Protocol):
    """A response body that comes in pieces."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The response's headers, by lower-case names."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body's pieces; raises `APIConnectionError` when it breaks off."""
        ...

    async def close(self) -> None:
        """Frees the connection; idempotent."""
        ...


class HTTPTransport(Protocol):
    """Sends requests. Every failure is raised as an `APIError`; a redirect is one of them and never followed."""

    async def send(
        self, request: Request[Any], *, token: Secret | None, timeout: float, upload: Upload | None = None
    ) -> Response:
        """The successful (2xx) response to `request`, read whole, within `timeout` seconds."""
        ...

    async def download(self, url: str, *, token: Secret | None, timeout: float) -> Download:
        """The body behind an absolute URL; `timeout` bounds each silence, not the whole."""
        ...

    async def close(self) -> None:
        """Closes all connections; the next request opens new ones."""
        ...


class FrameStream(Protocol):
    """An open stream of frames."""

    async def receive(self) -> Sequence[Frame]:
        """The next frames, at least one, in order.

        Raises the `APIError` that says how the stream ended: there is no quiet end, since an end is never success by itself.
        """
        ...

    def abort(self) -> None:
        """Breaks the connection at once, so that a waiting `receive` raises; idempotent."""
        ...

    async def close(self) -> None:
        """Closes the connection, within a second or so; idempotent."""
        ...


class StreamTransport(Protocol):
    """Opens streams of frames."""

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """The open stream of `request`; raises the `APIError` that says why there is none."""
        ...
