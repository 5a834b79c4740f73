"""Attacks on memory: small messages that expand, and endless messages."""

from __future__ import annotations

import functools
import importlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.security.hostile import Attack, frame, opening, response

MIB = 2**20
EVENT = b"event: x\ndata: {}\n\n"
JSON, STREAM = b"application/json", b"text/event-stream"
CHUNKED = b"Transfer-Encoding: chunked"


def raw(block: bytes = bytes(MIB), times: int = 300) -> bytes:
    """About 300 KiB of deflate that decompress to `times` blocks.

    The block is compressed once: a full flush makes what follows it independent of what stands before.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)) * times + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


@functools.cache
def gzip(block: bytes = bytes(MIB), times: int = 300) -> bytes:
    """The same as gzip (RFC 1952)."""
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    checksum = functools.reduce(lambda sum_, _: zlib.crc32(block, sum_), range(times), 0)
    return head + raw(block, times) + checksum.to_bytes(4, "little") + (len(block) * times).to_bytes(4, "little")


def deflate(block: bytes = bytes(MIB), times: int = 300) -> bytes:
    """The same as zlib's own format (RFC 1950), which HTTP calls deflate."""
    checksum = functools.reduce(lambda sum_, _: zlib.adler32(block, sum_), range(times), 1)
    return b"\x78\xda" + raw(block, times) + checksum.to_bytes(4, "big")


def brotli(times: int = 300) -> bytes:
    """The same in brotli if a library is installed; otherwise invalid bytes."""
    for name in ("brotli", "brotlicffi"):
        try:
            library: Any = importlib.import_module(name)
        except ImportError:
            continue
        packer = library.Compressor()
        return b"".join([*(packer.process(bytes(MIB)) for _ in range(times)), packer.finish()])
    return b"\x0b\x02\x80" * 1000


def flood(first: bytes, block: bytes, times: int = 300) -> Iterator[bytes]:
    """`first`, then the same block while the client reads, up to some hundreds of MiB."""
    yield first
    for _ in range(times):
        yield block


def request(*parts: Callable[[], bytes]) -> Attack:
    return Attack("/health", lambda: [part() for part in parts])


def packed(encoding: bytes, body: Callable[[], bytes]) -> Attack:
    return request(lambda: response(body(), b"Content-Encoding: " + encoding))


def endless(first: bytes, block: bytes, times: int = 300) -> Attack:
    return Attack("/health", lambda: flood(first, block, times))


def stream(first: bytes, block: bytes, times: int = 300) -> Attack:
    return Attack("/stream", lambda: flood(first, block, times))


def websocket(sends: Callable[[], Iterable[bytes]], *, shakes: bool = True) -> Attack:
    return Attack("/stream", sends, shakes=shakes)


def in_chunks() -> Iterator[bytes]:
    yield opening(JSON, CHUNKED, b"Content-Encoding: gzip")
    yield from (b"%x\r\n" % len(gzip()), gzip(), b"\r\n0\r\n\r\n")


def error_page() -> bytes:
    return response(gzip(), b"Content-Encoding: gzip", kind=b"text/html").replace(b"200 OK", b"500 X", 1)


REQUESTS = {
    "gzip": packed(b"gzip", gzip),
    "deflate": packed(b"deflate", deflate),
    "raw deflate": packed(b"deflate", raw),
    "brotli": packed(b"br", brotli),
    "gzip in chunks": Attack("/health", in_chunks),
    "gzip of an error": request(error_page),
    "gzip in gzip": packed(b"gzip, gzip", lambda: gzip(gzip(), 1)),
    "gzip of nesting": packed(b"gzip", lambda: gzip(b"[" * MIB)),
    "nesting": request(lambda: response(b"[" * 5_000_000)),
    "nested objects": request(lambda: response(b'{"a":' * 1_000_000)),
    "endless headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 100_000),
    "endless header": endless(b"HTTP/1.1 200 OK\r\nX-A: ", b"b" * MIB),
    "endless status line": endless(b"HTTP/1.1 200 ", b"O" * MIB),
    "endless chunk size": endless(opening(JSON, CHUNKED), b"0" * MIB),
    "endless chunk extension": endless(opening(JSON, CHUNKED) + b"5;a=", b"0" * MIB),
    "endless trailers": endless(opening(JSON, CHUNKED) + b"0\r\n", b"X-A: b\r\n" * 100_000),
    "endless preliminaries": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, 1000),
    "endless page of an error": endless(b"HTTP/1.1 502 X\r\nContent-Type: text/html\r\n\r\n", b"<p>" * MIB),
}
DOWNLOADS = {
    "a file that grows": Attack("/plan", lambda: [response(gzip(), b"Content-Encoding: gzip")]),
    "an endless file": Attack("/plan", lambda: flood(opening(b"application/pdf"), bytes(MIB))),
}
STREAMS = {
    "gzip": Attack("/stream", lambda: [opening(STREAM, b"Content-Encoding: gzip"), gzip()]),
    "gzip of events": Attack("/stream", lambda: [opening(STREAM, b"Content-Encoding: gzip"), gzip(EVENT * 55_000)]),
    "endless line": stream(opening(STREAM) + b"data: ", b"x" * MIB),
    "endless name": stream(opening(STREAM) + b"event: ", b"x" * MIB),
    "endless event": stream(opening(STREAM), b"data: x\n" * 100_000),
    "endless events": stream(opening(STREAM), EVENT * 20_000, 8),
    "endless blank lines": stream(opening(STREAM), b"\n" * MIB, 12),
    "endless comments": stream(opening(STREAM), (b":" + b"x" * 510 + b"\n") * 2048),
    "nesting": Attack("/stream", lambda: [opening(STREAM) + b"event: llm_token\ndata: " + b"[" * 7_000_000 + b"\n\n"]),
}
WEBSOCKETS = {
    "a giant frame": websocket(lambda: flood(b"\x81\x7f" + (300 * MIB).to_bytes(8, "big"), bytes(MIB))),
    "a frame of an absurd length": websocket(lambda: flood(b"\x81\x7f" + (2**62).to_bytes(8, "big"), bytes(MIB))),
    "endless fragments": websocket(lambda: flood(frame(1, b"x", final=False), frame(0, b"x" * 65_535, final=False), 5000)),
    "endless small fragments": websocket(lambda: flood(frame(1, final=False), frame(0, b"xy", final=False) * 50_000, 30)),
    "endless empty fragments": websocket(lambda: flood(frame(1, final=False), frame(0, final=False) * 50_000, 20)),
    "endless pings": websocket(lambda: flood(b"", frame(9, b"x" * 125) * 5000, 100)),
    "endless pongs": websocket(lambda: flood(b"", frame(10, b"x" * 125) * 5000, 20)),
    "endless events": websocket(lambda: flood(b"", frame(1, b'{"event":"x","data":{}}') * 20_000, 8)),
    "compressed frames": websocket(lambda: flood(b"", frame(1, raw(), flags=0x40), 10)),
    "nesting": websocket(lambda: [frame(1, b"[" * 7_000_000), frame(8, b"\x03\xe8")]),
    "nested data": websocket(lambda: [frame(1, b'{"event":"x","data":' + b'{"a":' * 1_000_000), frame(8, b"\x03\xe8")]),
    "endless headers of the handshake": websocket(lambda: flood(b"HTTP/1.1 101 X\r\n", b"X-A: b\r\n" * 100_000), shakes=False),
    "endless header of the handshake": websocket(lambda: flood(b"HTTP/1.1 101 X\r\nX-A: ", b"b" * MIB), shakes=False),
    "endless refusal": websocket(lambda: flood(b"HTTP/1.1 403 X\r\nContent-Length: 314572800\r\n\r\n", bytes(MIB)), shakes=False),
}

BOMBS: dict[str, tuple[str, str, Attack]] = {
    **{f"request: {name}": ("request", "websockets", attack) for name, attack in REQUESTS.items()},
    **{f"download: {name}": ("download", "websockets", attack) for name, attack in DOWNLOADS.items()},
    **{f"events: {name}": ("stream", "websockets", attack) for name, attack in STREAMS.items()},
    **{
        f"{library}: {name}": ("websocket", library, attack)
        for library in ("websockets", "picows")
        for name, attack in WEBSOCKETS.items()
    },
}
"""By name: what the client does, by which WebSocket library, and what the server does to it."""
