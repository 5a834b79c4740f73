"""The sockets of HTTP connections limit the size of a read."""

from __future__ import annotations

import socket

from aizoomdoc_client.transport.sockets import MAX_READ, new_socket


def test_the_size_of_a_read_is_limited() -> None:
    """One `recv` returns at most `MAX_READ` bytes, whatever its argument; the next one returns the rest."""
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

    assert (sent, MAX_READ) == (b"".join(reads), max(map(len, reads)))
