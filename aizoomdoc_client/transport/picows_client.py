"""Connections of picows with the part of websockets' interface that this package uses.

`picows.websockets`, its replacement of websockets, follows redirects and does not expose the transport, which is needed to abort.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Mapping
from ssl import SSLContext
from typing import Any, NoReturn

import attrs
import picows

from .frame_queue import FrameQueue
from .keep_alive import KeepAlive
from .tcp import connect_tcp
from .websocket_library import Close, CloseFrames, ConnectTimeoutError, OpeningLimit


@attrs.frozen(kw_only=True)
class HandshakeResponse:
    """A response to the handshake with another status than 101."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes


MAX_HEAD = 16 * 1024
"""How many bytes of headers picows reads of the response to a handshake; its documentation does not say so."""


class InvalidStatusError(Exception):
    """The server refused the handshake."""

    def __init__(self, response: HandshakeResponse) -> None:
        super().__init__()
        self.response = response


_DATA_TYPES = frozenset({picows.WSMsgType.TEXT, picows.WSMsgType.BINARY, picows.WSMsgType.CONTINUATION})
_MAX_CONTROL = 125
"""The maximum payload of a control frame in bytes (RFC 6455 §5.5); picows refuses larger ones."""
TLS_SHUTDOWN_TIMEOUT = 0.5
"""Seconds that the server has for its part of the end of TLS. When picows itself refuses a frame, only the end of the connection
says so."""


class PicowsConnection(picows.WSListener):
    """A connection that puts its messages into a `FrameQueue`."""

    def __init__(self, *, max_queue: int, max_size: int) -> None:
        self.frames: FrameQueue = FrameQueue(max_queue, pause=self._pause_reading, resume=self._resume_reading)
        self._max_size = max_size
        self._has_failed = False
        # The maximum size of a message in a single frame; 0 while a fragmented message is being received.
        self._max_whole = max_size
        self._keep_alive: KeepAlive | None = None

    # Called by picows

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Called when the handshake has succeeded."""
        self._transport = transport
        self._keep_alive = KeepAlive(self)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Handles a frame; picows has checked the order of fragments, and responds to pings itself."""
        # Nearly all frames are whole messages that are larger than control frames. Reading the opcode from picows would take
        # longer than all the rest of this function.
        if _MAX_CONTROL < frame.payload_size <= self._max_whole and frame.fin and not (frame.rsv1 or frame.rsv2 or frame.rsv3):
            self.frames.waiting.append(frame.get_payload_as_bytes())
        else:
            self._handle_frame(transport, frame)
        if frame.last_in_buffer:
            self.frames.on_read()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """Called when the connection is lost."""
        del transport
        if self._keep_alive is not None:
            self._keep_alive.stop()
        self.frames.end()

    def pause_writing(self) -> None:
        """Aborts the connection. As only pings and pongs are sent, the peer sends too many pings or has not read for hours."""
        self.abort()

    def resume_writing(self) -> None:
        """Does nothing, because `pause_writing` has aborted the connection."""

    # Called by the stream

    @property
    def close_frames(self) -> CloseFrames:
        """See `websocket_library.Connection.close_frames`."""
        handshake = self._transport.close_handshake
        rcvd, sent = (handshake.recv, handshake.sent) if handshake else (None, None)
        return CloseFrames(rcvd=Close.of(rcvd), sent=Close.of(sent))

    async def close(self) -> None:
        """See `websocket_library.Connection.close`."""
        self._transport.send_close(picows.WSCloseCode.OK)
        await asyncio.sleep(0)  # some event loops write in their next iteration
        self.abort()
        with contextlib.suppress(picows.WSError):
            await self._transport.wait_disconnected()

    def abort(self) -> None:
        """Aborts the connection; idempotent."""
        self._transport.disconnect(graceful=False)

    def send_ping(self) -> None:
        """Sends a ping."""
        self._transport.send_ping()

    # Internal

    def _handle_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type in _DATA_TYPES:
            self._add_fragment(frame)
        elif frame.msg_type == picows.WSMsgType.PONG and self._keep_alive is not None:
            self._keep_alive.pong()
        elif frame.msg_type == picows.WSMsgType.CLOSE:
            # A frame without a code is reported as 0, which no frame may have.
            transport.send_close(frame.get_close_code() or picows.WSCloseCode.OK, frame.get_close_message())
            transport.disconnect()
            self.frames.end()  # with TLS, disconnecting may wait for the server

    def _add_fragment(self, frame: picows.WSFrame) -> None:
        """Adds a message in one frame, or a part of one; fails the connection where it is invalid or too large."""
        if 0 < frame.payload_size <= self._max_whole and frame.fin and not (frame.rsv1 or frame.rsv2 or frame.rsv3):
            self.frames.append(frame.get_payload_as_bytes())
            return
        if self._has_failed:
            return  # picows delivers further frames of the same read after a protocol error
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._fail(picows.WSCloseCode.PROTOCOL_ERROR, "a reserved bit is set, and no extension is in use")
        # picows has a limit, too, but delivers the frame that exceeds it.
        if self.frames.fragment_bytes + frame.payload_size > self._max_size:
            self._fail(picows.WSCloseCode.MESSAGE_TOO_BIG, "message too big")
        self.frames.append_fragment(frame.get_payload_as_bytes(), is_last=frame.fin)
        self._max_whole = self._max_size if frame.fin else 0

    def _fail(self, code: picows.WSCloseCode, reason: str) -> NoReturn:
        self._has_failed, self._max_whole = True, 0
        self._transport.send_close(code, reason)
        self.frames.end()
        raise picows.WSProtocolError(code, reason)

    def _pause_reading(self) -> None:
        self._transport.underlying_transport.pause_reading()

    def _resume_reading(self) -> None:
        self._transport.underlying_transport.resume_reading()


async def connect(
    uri: str,
    *,
    logger: logging.Logger,
    max_queue: int,
    max_size: int,
    open_timeout: float,
    reach_timeout: float,
    proxy: str | None,
    user_agent_header: str,
    additional_headers: Mapping[str, str],
    ssl: SSLContext | None = None,
    proxy_ssl: SSLContext | None = None,
    **_: Any,
) -> PicowsConnection:
    """See `websocket_library.WebSocketLibrary.connect`; raises `ConnectTimeoutError`."""
    limit = OpeningLimit(reach_timeout, open_timeout)
    tcp = _TCPConnection(limit)
    tls: dict[str, Any] = {"ssl_handshake_timeout": reach_timeout, "ssl_shutdown_timeout": TLS_SHUTDOWN_TIMEOUT}
    try:
        # The timeout of picows begins after the TCP connection is established.
        async with limit.timeout:
            _transport, connection = await picows.ws_connect(  # pyright: ignore[reportUnknownMemberType]  # its **kwargs
                lambda: PicowsConnection(max_queue=max_queue, max_size=max_size),
                uri,
                websocket_handshake_timeout=None,
                logger_name=logger,
                max_frame_size=max_size,
                extra_headers={**additional_headers, "User-Agent": user_agent_header},
                max_redirects=0,  # following one could send the token to another server
                proxy=proxy,
                ssl_context=ssl,
                proxy_ssl_context=proxy_ssl,
                socket_factory=tcp.connect,
                **(tls if uri.startswith("wss:") else {}),
            )
    except picows.WSInvalidStatusError as error:
        raise _handshake_error(error) from None
    except TimeoutError:
        tcp.shut_down()
        if limit.is_reached:
            raise
        raise ConnectTimeoutError from None
    except ConnectionAbortedError as error:
        tcp.shut_down()
        if "SSL handshake" in str(error):  # the event loop's error for a timeout
            raise ConnectTimeoutError from None
        raise
    except BaseException:
        tcp.shut_down()
        raise
    if isinstance(connection, PicowsConnection):
        return connection
    # No listener was created, so the response was missing or incomplete.
    raise EOFError("The connection broke off during the handshake")


class _TCPConnection:
    """The TCP connection of a handshake. picows does not close it if the task that waits for the handshake is cancelled."""

    def __init__(self, limit: OpeningLimit) -> None:
        self._limit = limit
        self._socket: socket.socket | None = None

    async def connect(self, url: Any) -> socket.socket:
        """A socket that is connected to the host of `url`, which is the server or the proxy."""
        self._socket = await connect_tcp(url.host, url.port)
        # picows does not say when the proxy has connected to the server, so a handshake may be sent from now on.
        self._limit.reached()
        return self._socket

    def shut_down(self) -> None:
        """Shuts down the connection, even if picows owns the socket by now; idempotent."""
        with contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)


def _handshake_error(error: picows.WSInvalidStatusError) -> Exception:
    response = error.response
    if response is None:
        return error
    body = bytes(response.body or b"")
    return InvalidStatusError(HandshakeResponse(status_code=int(response.status), headers=response.headers, body=body))
