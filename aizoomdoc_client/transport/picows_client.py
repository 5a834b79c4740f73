"""picows's own interface with the little of websockets' that this package uses.

Its drop-in, `picows.websockets`, follows redirects and hides the transport, so that a connection cannot be broken off at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import attrs
import picows

from .frame_queue import FrameQueue
from .keep_alive import KeepAlive
from .websocket_library import UnreachedError


@attrs.frozen
class Close:
    """A close frame."""

    code: int
    reason: str


@attrs.frozen(kw_only=True)
class Refusal:
    """A response to the handshake that is no 101."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes


@attrs.frozen(kw_only=True)
class CloseFrames:
    """How a connection ended: the close frames, None where there was none."""

    rcvd: Close | None = None
    sent: Close | None = None


class InvalidStatusError(Exception):
    """The server refused the handshake."""

    def __init__(self, response: Refusal) -> None:
        super().__init__()
        self.response = response


_DATA = frozenset({picows.WSMsgType.TEXT, picows.WSMsgType.BINARY, picows.WSMsgType.CONTINUATION})
_CONTROL = 125
"""The most bytes of a control frame (RFC 6455 §5.5); picows refuses larger ones."""


class PicowsConnection(picows.WSListener):
    """A WebSocket that hands its messages to a queue of ours."""

    def __init__(self, *, max_queue: int, max_size: int) -> None:
        self.frames: FrameQueue = FrameQueue(max_queue, pause=self._pause_reading, resume=self._resume_reading)
        self.ending: CloseFrames = CloseFrames()
        self._max_size = max_size
        self._is_refusing = False
        # The largest message that may come in one frame now: none while another one comes in fragments.
        self._largest = max_size
        self._keep_alive: KeepAlive | None = None

    # What picows calls

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """The handshake is done."""
        self._transport = transport
        self._keep_alive = KeepAlive(self)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """A frame came; picows has checked their order and answers pings itself."""
        # Nearly every frame is a message, and large enough not to be anything else: asking picows for its kind would take longer
        # than all that is done here.
        if _CONTROL < frame.payload_size <= self._largest and frame.fin and not (frame.rsv1 or frame.rsv2 or frame.rsv3):
            self.frames.waiting.append(frame.get_payload_as_bytes())
        else:
            self._take(transport, frame)
        if frame.last_in_buffer:
            self.frames.arrived()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """The connection is gone."""
        if self._keep_alive is not None:
            self._keep_alive.stop()
        handshake = transport.close_handshake
        rcvd, sent = (handshake.recv, handshake.sent) if handshake else (None, None)
        self.ending = CloseFrames(rcvd=_close(rcvd), sent=_close(sent))
        self.frames.end()

    def pause_writing(self) -> None:
        """Breaks the connection: only pings and pongs are sent, so the other side floods us, or has read nothing for hours."""
        self.abort()

    def resume_writing(self) -> None:
        """Nothing is written but pings and close frames."""

    # What the stream calls

    async def close(self) -> None:
        """Closes with a handshake; what waits is thrown away, since the server's close frame may stand behind it."""
        self.frames.discard()
        self._transport.send_close(picows.WSCloseCode.OK)
        with contextlib.suppress(picows.WSError):
            await self._transport.wait_disconnected()

    def abort(self) -> None:
        """Breaks the connection; idempotent."""
        self._transport.disconnect(graceful=False)

    def send_ping(self) -> None:
        """Sends a ping."""
        self._transport.send_ping()

    # Its own

    def _take(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type in _DATA:
            self._take_fragment(frame)
        elif frame.msg_type == picows.WSMsgType.PONG and self._keep_alive is not None:
            self._keep_alive.pong()
        elif frame.msg_type == picows.WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()

    def _take_fragment(self, frame: picows.WSFrame) -> None:
        if self._is_refusing:
            return  # picows reads on for a moment after a violation
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._refuse(picows.WSCloseCode.PROTOCOL_ERROR, "a reserved bit is set, and no extension is in use")
        # picows has a limit of its own, and yet hands out the frame that it has refused.
        if self.frames.fragment_bytes + frame.payload_size > self._max_size:
            self._refuse(picows.WSCloseCode.MESSAGE_TOO_BIG, "message too big")
        self.frames.append_fragment(frame.get_payload_as_bytes(), is_last=frame.fin)
        self._largest = self._max_size if frame.fin else 0

    def _refuse(self, code: picows.WSCloseCode, reason: str) -> NoReturn:
        self._is_refusing, self._largest = True, 0
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
    proxy: str | None,
    user_agent_header: str,
    **_: Any,
) -> PicowsConnection:
    """An open connection; the parameters are those of websockets' `connect`. Raises `UnreachedError` when none came about."""
    line = _Line()
    try:
        # picows's own limit begins when the TCP connection stands.
        async with asyncio.timeout(open_timeout):
            _transport, connection = await picows.ws_connect(  # pyright: ignore[reportUnknownMemberType]  # its **kwargs
                lambda: PicowsConnection(max_queue=max_queue, max_size=max_size),
                uri,
                websocket_handshake_timeout=None,
                logger_name=logger,
                max_frame_size=max_size,
                extra_headers={"User-Agent": user_agent_header},
                max_redirects=0,  # following one would show the token to another server
                proxy=proxy,
                socket_factory=line.connect,
            )
    except picows.WSInvalidStatusError as error:
        raise _refused(error) from None
    except TimeoutError:
        line.cut()
        if line.is_connected:
            raise
        raise UnreachedError from None
    except BaseException:
        line.cut()
        raise
    if isinstance(connection, PicowsConnection):
        return connection
    # No listener was made, so no response came, or not all of it.
    raise EOFError("The connection broke off during the handshake")


class _Line:
    """The TCP connection below a handshake: picows leaves it open when whoever waits for the handshake is cancelled."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self.is_connected: bool = False

    async def connect(self, url: Any) -> socket.socket:
        """A connected socket to the host that picows names: the server, or the proxy."""
        loop, failure = asyncio.get_running_loop(), OSError("The host has no address")
        for family, kind, protocol, _, address in await _addresses(url.host, url.port):
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setblocking(False)
            try:
                await loop.sock_connect(self._socket, address)
            except OSError as error:
                self._socket.close()
                failure = error
            except BaseException:
                self._socket.close()
                raise
            else:
                self.is_connected = True
                return self._socket
        raise failure

    def cut(self) -> None:
        """Ends the connection, whoever owns it by now; idempotent."""
        with contextlib.suppress(OSError):
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)


async def _addresses(host: str, port: int) -> Sequence[tuple[Any, ...]]:
    """Where a host is, as `socket.getaddrinfo` says it; a name is looked up in a thread, an address as it stands needs none."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _refused(error: picows.WSInvalidStatusError) -> Exception:
    response = error.response
    if response is None:
        return error
    body = bytes(response.body or b"")
    return InvalidStatusError(Refusal(status_code=int(response.status), headers=response.headers, body=body))


def _close(info: Any) -> Close | None:
    return None if info is None else Close(int(info.code), info.reason or "")
