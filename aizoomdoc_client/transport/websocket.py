"""Answers over a WebSocket.

The handshake carries the token in its query, as the contract has it, and never an ``Authorization`` header: a proxy that strips
``Upgrade`` would turn it into a plain GET that starts a second run of the model.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from ..catalog import LocalizedText, errno_reason, system_reason, text
from ..credentials import Secret
from ..exceptions import APIConnectionError, APIError, APITimeoutError, ProtocolError
from ..protocol import errors
from ..protocol.requests import Request
from ..protocol.transcript import Frame
from .base import FrameStream
from .error_mapper import ErrorMapper
from .sockets import environment_proxy
from .websocket_library import Connection, Ending, UnreachedError, WebSocketLibrary

CLOSE_TIMEOUT = 1.0
"""Seconds that a closing handshake may take: leaving an answer must not wait for a stuck server."""
QUEUE_BYTES = 1024 * 1024
"""Bytes of frames that wait for a slow consumer before the connection is no longer read."""


class WebSocketTransport:
    """Opens WebSockets of one server."""

    def __init__(self, base_url: str, user_agent: str, *, max_frame_bytes: int, library: WebSocketLibrary | None = None) -> None:
        self._base_url = "ws" + base_url.removeprefix("http")
        self._proxy = environment_proxy(base_url)
        self._user_agent = user_agent
        self._max_frame_bytes = max_frame_bytes
        self._given_library = library

    @property
    def _library(self) -> WebSocketLibrary:
        return self._given_library or best_library()

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """See `base.StreamTransport.open`.

        A server that refuses the handshake, with a status or with something that is no WebSocket, is a `status_code` on the error
        or a `ProtocolError`.
        """
        with ErrorMapper(functools.partial(self._mapped, request=request, seconds=connect_timeout)):
            connection = await self._library.connect(
                self._url(request, token),
                compression=None,
                logger=silent_logger(),
                max_queue=QUEUE_BYTES,
                max_size=self._max_frame_bytes,
                open_timeout=connect_timeout,
                close_timeout=CLOSE_TIMEOUT,
                proxy=self._proxy,
                user_agent_header=self._user_agent,
            )
        return WebSocketStream(connection, request.path, self._library)

    def _url(self, request: Request[Any], token: Secret) -> str:
        query = urlencode([("token", token.reveal()), *request.query], quote_via=quote)
        return f"{self._base_url}{request.path}?{query}"

    def _mapped(self, error: Exception, *, request: Request[Any], seconds: float) -> APIError | None:
        """Our error for a library's."""
        library = self._library
        where: dict[str, Any] = {"method": "WS", "path": request.path}
        if isinstance(error, library.invalid_status):
            return _refused(error, request)
        if isinstance(error, UnreachedError):
            return APITimeoutError(text("connect_timeout"), deadline="connect", request_sent=False, **where)
        if isinstance(error, TimeoutError):
            # Perhaps the server has the handshake and is busy: a run may yet begin, so this is nothing to repeat blindly.
            late = text("websocket_timeout", seconds=seconds)
            return APITimeoutError(late, deadline="connect", request_sent=True, **where)
        if isinstance(error, (library.invalid_handshake, EOFError)):
            if _broke_off(error):
                # The server may have accepted, and begun a run, before its response was lost.
                return APIConnectionError(text("websocket_handshake_cut_off"), request_sent=True, **where)
            return ProtocolError(text("not_a_websocket", error=type(error).__name__), **where)
        if isinstance(error, OSError):
            failed = text("websocket_failed", reason=_reason(error))
            return APIConnectionError(failed, fatal=_is_tls(error), request_sent=False, **where)
        if isinstance(error, library.error):
            return APIConnectionError(text("websocket_failed", reason=type(error).__name__), request_sent=True, **where)
        return None


class WebSocketStream:
    """An open WebSocket whose messages are events."""

    def __init__(self, connection: Connection, path: str, library: WebSocketLibrary) -> None:
        self._connection = connection
        self._path = path
        self._library = library

    async def receive(self) -> Sequence[Frame]:
        """See `base.FrameStream.receive`."""
        frames = await self._connection.frames.get()
        if not frames:
            raise _ended(self._connection.ending, self._path)
        return frames

    def abort(self) -> None:
        """See `base.FrameStream.abort`."""
        self._connection.abort()

    async def close(self) -> None:
        """See `base.FrameStream.close`."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._connection.close()
        except (TimeoutError, OSError, self._library.error):
            pass
        finally:
            self.abort()  # also when this is cancelled


def _broke_off(error: Exception) -> bool:
    """Whether a handshake ended without a whole response; websockets tells by the cause of its error."""
    return isinstance(error, EOFError) or isinstance(error.__cause__, (EOFError, ConnectionError))


def _refused(refusal: Any, request: Request[Any]) -> APIError:
    response = refusal.response
    fields = getattr(response.headers, "raw_items", response.headers.items)()  # websockets' `items` raises for a repeated header
    headers = {name.lower(): value for name, value in fields}
    body = bytes(response.body or b"")
    about: dict[str, Any] = {"method": "WS", "path": request.path, "query": request.query}
    return errors.from_response(errors.Failure(status=response.status_code, headers=headers, body=body, **about))


def _ended(ending: Ending, path: str) -> APIError:
    """The error for a closed connection; our own 1009 (a frame too large) counts before what the server said."""
    own_verdict = ending.sent if ending.sent is not None and ending.sent.code == 1009 else None
    close = own_verdict or ending.rcvd
    return errors.from_close(close.code if close else None, close.reason if close else "", path=path)


def _reason(error: OSError) -> LocalizedText | str:
    known = errno_reason(error.errno) or system_reason(error)
    return known if isinstance(known, LocalizedText) else errors.one_line(known)


def _is_tls(error: OSError) -> bool:
    return type(error).__module__ == "ssl"


def websockets_library() -> WebSocketLibrary:
    """The library websockets."""
    from websockets import exceptions

    from . import websockets_client

    return WebSocketLibrary(
        connect=websockets_client.connect,
        invalid_status=exceptions.InvalidStatus,
        invalid_handshake=exceptions.InvalidHandshake,
        error=exceptions.WebSocketException,
    )


def picows_library() -> WebSocketLibrary:
    """The library picows; raises `ImportError` where it is not installed."""
    import picows

    from . import picows_client

    return WebSocketLibrary(
        connect=picows_client.connect,
        invalid_status=picows_client.InvalidStatusError,
        invalid_handshake=picows.WSHandshakeError,
        error=picows.WSError,
    )


@functools.cache
def best_library() -> WebSocketLibrary:
    """The faster library of those that are installed."""
    try:
        return picows_library()
    except ImportError:
        return websockets_library()


@functools.cache
def silent_logger() -> logging.Logger:
    """A logger that says nothing: both libraries log the handshake's URL, and the access token is in it."""
    logger = logging.getLogger("aizoomdoc_client.transport.websocket")
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    return logger
