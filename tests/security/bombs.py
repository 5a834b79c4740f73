"""The attacks on memory: small messages that grow, and messages that never end."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.security.hostile import Attack, frame, opening, response

MIB = 2**20
EVENT = b"event: x\ndata: {}\n\n"
JSON, STREAM = b"application/json", b"text/event-stream"
CHUNKED = b"Transfer-Encoding: chunked"


def grown(window: int, block: bytes = bytes(MIB), times: int = 300) -> bytes:
    """About 300 KiB that decompress to `times` blocks; `window` chooses zlib's format."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    return b"".join([*(packer.compress(block) for _ in range(times)), packer.flush()])


GZIP, ZLIB, RAW = 31, 15, -15


def brotli(times: int = 300) -> bytes:
    """The same in brotli where there is a library for it; else bytes that nobody can read."""
    for name in ("brotli", "brotlicffi"):
        try:
            library: Any = importlib.import_module(name)
        except ImportError:
            continue
        packer = library.Compressor()
        return b"".join([*(packer.process(bytes(MIB)) for _ in range(times)), packer.finish()])
    return b"\x0b\x02\x80" * 1000


def flood(first: bytes, block: bytes, times: int = 300) -> Iterator[bytes]:
    """`first`, and then the same block as long as the client listens, up to some hundreds of MiB."""
    yield first
    for _ in range(times):
        yield block


def request(*parts: bytes) -> Attack:
    return Attack("/health", lambda: parts)


def packed(encoding: bytes, body: bytes) -> Attack:
    return request(response(body, b"Content-Encoding: " + encoding))


def endless(first: bytes, block: bytes, times: int = 300) -> Attack:
    return Attack("/health", lambda: flood(first, block, times))


def stream(first: bytes, block: bytes, times: int = 300) -> Attack:
    return Attack("/stream", lambda: flood(first, block, times))


def websocket(sends: Callable[[], Iterable[bytes]], *, shakes: bool = True) -> Attack:
    return Attack("/stream", sends, shakes=shakes)


REQUESTS = {
    "gzip": packed(b"gzip", grown(GZIP)),
    "deflate": packed(b"deflate", grown(ZLIB)),
    "raw deflate": packed(b"deflate", grown(RAW)),
    "brotli": packed(b"br", brotli()),
    "gzip in chunks": request(
        opening(JSON, CHUNKED, b"Content-Encoding: gzip"), b"%x\r\n" % len(grown(GZIP)), grown(GZIP), b"\r\n0\r\n\r\n"
    ),
    "gzip of an error": request(
        response(grown(GZIP), b"Content-Encoding: gzip", kind=b"text/html").replace(b"200 OK", b"500 X", 1)
    ),
    "gzip in gzip": packed(b"gzip, gzip", grown(GZIP, grown(GZIP), 1)),
    "gzip of nesting": packed(b"gzip", grown(GZIP, b"[" * MIB)),
    "nesting": request(response(b"[" * 5_000_000)),
    "nested objects": request(response(b'{"a":' * 1_000_000)),
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
    "a file that grows": Attack("/plan", lambda: [response(grown(GZIP), b"Content-Encoding: gzip")]),
    "an endless file": Attack("/plan", lambda: flood(opening(b"application/pdf"), bytes(MIB))),
}
STREAMS = {
    "gzip": Attack("/stream", lambda: [opening(STREAM, b"Content-Encoding: gzip"), grown(GZIP)]),
    "gzip of events": Attack("/stream", lambda: [opening(STREAM, b"Content-Encoding: gzip"), grown(GZIP, EVENT * 55_000)]),
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
    "compressed frames": websocket(lambda: flood(b"", frame(1, grown(RAW), flags=0x40), 10)),
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
