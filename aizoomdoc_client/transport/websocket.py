"""Answers over a WebSocket.

The handshake has the token in its query, as the contract requires, and no ``Authorization`` header: a proxy that removes
``Upgrade`` would turn the handshake into a GET with valid credentials, which starts another run of the model.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import re
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
from .network import Network, tls_options
from .own_session import OwnSession
from .websocket_library import CloseFrames, Connection, ConnectTimeoutError, WebSocketLibrary

QUEUE_BYTES = 1024 * 1024
"""How many bytes of received frames are buffered for a slow consumer before reading is paused."""
REACH_TIMEOUT = 8.0
"""Seconds for sending the handshake where there is another transport to try: before it is sent, no run can have begun."""


class WebSocketTransport:
    """Opens WebSockets to one server; `reach_timeout` limits the seconds until a handshake is sent."""

    def __init__(
        self,
        base_url: str,
        user_agent: str,
        *,
        max_frame_bytes: int,
        reach_timeout: float | None = None,
        library: WebSocketLibrary | None = None,
        network: Network | None = None,
        own: OwnSession | None = None,
    ) -> None:
        self._base_url = "ws" + base_url.removeprefix("http")
        self._network = network or Network()
        self._own = own
        self._proxy = None if own else self._network.proxy_for(base_url)
        self._user_agent = self._network.user_agent(user_agent)
        self._max_frame_bytes = max_frame_bytes
        self._reach_timeout = reach_timeout
        self._given_library = library

    @functools.cached_property
    def _library_over_session(self) -> WebSocketLibrary | None:
        if self._own is None:
            return None
        from .session_websocket import library_over

        return library_over(self._own, self._network)

    @property
    def _library(self) -> WebSocketLibrary:
        if self._library_over_session is not None:
            return self._library_over_session
        if self._given_library is None and self._network.trusts_system:
            return websockets_library()
        return self._given_library or best_library()

    async def open(self, request: Request[Any], *, token: Secret, connect_timeout: float) -> FrameStream:
        """See `base.StreamTransport.open`.

        If the server refuses the handshake with a status, the error has its `status_code`; a response that is no WebSocket
        handshake raises a `ProtocolError`.
        """
        reach_timeout = min(self._reach_timeout or connect_timeout, connect_timeout)
        is_tls_proxy = self._proxy is not None and self._proxy.scheme == "https"
        with ErrorMapper(functools.partial(self._map, request=request, reach=reach_timeout, seconds=connect_timeout)):
            connection = await self._library.connect(
                self._url(request, token),
                compression=None,
                logger=silent_logger(),
                max_queue=QUEUE_BYTES,
                max_size=self._max_frame_bytes,
                open_timeout=connect_timeout,
                reach_timeout=reach_timeout,
                proxy=self._proxy.url() if self._proxy else None,
                user_agent_header=self._user_agent,
                additional_headers={**self._network.websocket_headers, **request.headers},
                **tls_options(self._network.server_tls, ssl=self._base_url.startswith("wss:"), proxy_ssl=is_tls_proxy),
            )
        return WebSocketStream(connection, request.path, self._library)

    def _url(self, request: Request[Any], token: Secret) -> str:
        query = urlencode([("token", token.reveal()), *request.query], quote_via=quote)
        return f"{self._base_url}{request.path}?{query}"

    def _map(self, error: Exception, *, request: Request[Any], reach: float, seconds: float) -> APIError | None:
        """The error for one of the library; None if it is to be raised as it is."""
        library = self._library
        where: dict[str, Any] = {"method": "WS", "path": request.path}
        if isinstance(error, library.invalid_status):
            return _handshake_error(error, request)
        if isinstance(error, library.proxy_error):
            # No proxy answers a handshake in this way, so the server has not received it.
            reason = errors.one_line(str(error))
            is_temporary = re.search(r"\b5\d\d\b", reason) is not None  # both libraries end with the status
            return APIConnectionError(text("proxy_refused", reason=reason), fatal=not is_temporary, request_sent=False, **where)
        if isinstance(error, ConnectTimeoutError):
            late = text("connect_timeout", seconds=reach)
            return APITimeoutError(late, deadline="connect", request_sent=False, **where)
        if isinstance(error, TimeoutError):
            # The server may have received the handshake and be busy: it may start a run later, so this is not safe to retry.
            late = text("websocket_timeout", seconds=seconds)
            return APITimeoutError(late, deadline="connect", request_sent=True, **where)
        if isinstance(error, (library.invalid_handshake, EOFError)):
            if _is_cut_off(error) or library.is_head_too_long(error):
                # The server may have accepted the handshake and started a run before its response was lost.
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
            raise _close_error(self._connection.close_frames, self._path)
        return frames

    def abort(self) -> None:
        """See `base.FrameStream.abort`."""
        self._connection.abort()

    async def close(self) -> None:
        """See `base.FrameStream.close`.

        The server's close frame is not waited for: nothing is read any more, and some servers never send one.
        """
        try:
            with contextlib.suppress(OSError, self._library.error):
                await self._connection.close()
        finally:
            self.abort()  # also if this task is cancelled


def _is_cut_off(error: Exception) -> bool:
    """Whether the connection was closed before the whole response; websockets has the reason in the cause of its error."""
    return isinstance(error, EOFError) or isinstance(error.__cause__, (EOFError, ConnectionError))


def _handshake_error(refusal: Any, request: Request[Any]) -> APIError:
    response = refusal.response
    fields = getattr(response.headers, "raw_items", response.headers.items)()  # websockets' `items` raises for repeated names
    headers = {name.lower(): value for name, value in fields}
    body = bytes(response.body or b"")
    about: dict[str, Any] = {"method": "WS", "path": request.path, "query": request.query}
    return errors.from_response(errors.Failure(status=response.status_code, headers=headers, body=body, **about))


def _close_error(frames: CloseFrames, path: str) -> APIError:
    """The error for a closed connection; a 1009 (message too big) sent by this side takes precedence over the server's frame."""
    own_close = frames.sent if frames.sent is not None and frames.sent.code == 1009 else None
    close = own_close or frames.rcvd
    return errors.from_close(close.code if close else None, close.reason if close else "", path=path)


def _reason(error: OSError) -> LocalizedText | str:
    # OpenSSL's numbers are not those of the system.
    known = (None if _is_tls(error) else errno_reason(error.errno)) or system_reason(error)
    return known if isinstance(known, LocalizedText) else errors.one_line(known)


def _is_tls(error: OSError) -> bool:
    return type(error).__module__ == "ssl"


def websockets_library() -> WebSocketLibrary:
    """The interface to websockets."""
    from websockets import exceptions

    from . import websockets_client

    return WebSocketLibrary(
        connect=websockets_client.connect,
        invalid_status=exceptions.InvalidStatus,
        invalid_handshake=exceptions.InvalidHandshake,
        proxy_error=exceptions.ProxyError,
        is_head_too_long=lambda error: isinstance(error.__cause__, exceptions.SecurityError),
        error=exceptions.WebSocketException,
    )


def picows_library() -> WebSocketLibrary:
    """The interface to picows; raises `ImportError` if it is not installed."""
    import picows
    import python_socks  # which picows requires

    from . import picows_client

    return WebSocketLibrary(
        connect=picows_client.connect,
        invalid_status=picows_client.InvalidStatusError,
        invalid_handshake=picows.WSHandshakeError,
        proxy_error=python_socks.ProxyError,
        is_head_too_long=lambda error: len(getattr(error, "raw_header", b"")) >= picows_client.MAX_HEAD,
        error=picows.WSError,
    )


@functools.cache
def best_library() -> WebSocketLibrary:
    """The interface to picows if it is installed, because it is faster, else to websockets."""
    try:
        return picows_library()
    except ImportError:
        return websockets_library()


@functools.cache
def silent_logger() -> logging.Logger:
    """A disabled logger, because both libraries log the URL of the handshake, which contains the access token."""
    logger = logging.getLogger("aizoomdoc_client.transport.websocket")
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    return logger
