"""TCP connections of WebSockets, to whichever address of a host responds first (RFC 8305, "happy eyeballs"), as aiohttp's are."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import aiohappyeyeballs

NEXT_ADDRESS_DELAY = 0.25
"""Seconds after which the next address is tried, too."""


class ConnectedSocket(socket.socket):
    """A socket that knows its peer after a reset, too: one that does not is unconnected for picows, which then loses it."""

    peer: Any = None

    def getpeername(self) -> Any:
        """The address of the peer, also after a reset."""
        return super().getpeername() if self.peer is None else self.peer


async def connect_tcp(host: str, port: int) -> ConnectedSocket:
    """A connection to `host`, which the caller closes; raises `OSError` if no address accepts one."""
    made = await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType]  # its types of addresses
        await _addresses(host, port), happy_eyeballs_delay=NEXT_ADDRESS_DELAY, socket_factory=_new_socket
    )
    assert isinstance(made, ConnectedSocket)
    try:
        made.peer = made.getpeername()
    except OSError:  # it was reset at once
        made.close()
        raise
    return made


def _new_socket(address: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, *_ = address
    return ConnectedSocket(family, kind, protocol)


async def _addresses(host: str, port: int) -> Sequence[Any]:
    """The addresses of a host, as from `socket.getaddrinfo`; a name is resolved in a thread, an IP address without one."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
