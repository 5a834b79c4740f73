"""The sockets of HTTP connections."""

from __future__ import annotations

import socket

from aizoomdoc_client.transport.sockets import MOST_AT_ONCE, new_socket


def test_a_read_takes_no_more_than_its_share_and_loses_nothing() -> None:
    """However much a reader makes room for, one read is bounded; what came beyond it is there for the next."""
    sent = bytes(range(256)) * 2048
    with socket.create_server(("127.0.0.1", 0)) as server:
        [address] = socket.getaddrinfo(*server.getsockname(), type=socket.SOCK_STREAM)
        with new_socket(address) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * len(sent))
            client.connect(address[4])
            peer, _ = server.accept()
            with peer:
                peer.sendall(sent)
            client.recv(len(sent), socket.MSG_PEEK | socket.MSG_WAITALL)
            reads = list(iter(lambda: client.recv(len(sent)), b""))

    assert (sent, MOST_AT_ONCE) == (b"".join(reads), max(map(len, reads)))
