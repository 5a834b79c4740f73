"""Browsers in a process of their own: ``python -m benchmarks.browsers``, which read server-sent events and do nothing else.

The line of standard input has ``addresses``, each a port and a path. When all have their first event, a line is written; when all
are at the end, another one, with what they read.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from statistics import quantiles

from .limits import allow_open_files

OPENING = 64
"""Connections that are opened at the same time."""
TOKEN = b"event: llm_token"
_STAMP = re.compile(rb'"token": ?"(\d+) "')
_END = b"0\r\n\r\n"


class Browser(asyncio.Protocol):
    """One connection, read to its end; `delays` are the seconds from when a token was made, if it says so."""

    def __init__(self, port: int, path: str, *, stamped: bool) -> None:
        self.opened, self.ended = asyncio.Event(), asyncio.Event()
        self.received = list[bytes]()
        self.delays = list[float]()
        self._request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()
        self._stamped = stamped

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._stamped:
            now = time.monotonic_ns()
            self.delays += [(now - int(stamp)) / 1e9 for stamp in _STAMP.findall(data)]
        self.received.append(data)
        if not self.opened.is_set() and b"event: " in data:
            self.opened.set()
        if data.endswith(_END):
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.opened.set()
        self.ended.set()

    @property
    def tokens(self) -> int:
        """How many it got; 0 for a response that is none."""
        return b"".join(self.received).count(TOKEN)


async def main() -> None:
    """Reads all addresses at once; delays are those of the browsers with even numbers, and of those with odd ones."""
    task = json.loads(sys.stdin.readline())
    browsers = [Browser(port, path, stamped=task["stamped"]) for port, path in task["addresses"]]
    free = asyncio.Semaphore(OPENING)

    async def read(browser: Browser, port: int) -> None:
        async with free:
            await asyncio.get_running_loop().create_connection(lambda: browser, "127.0.0.1", port)
            await browser.opened.wait()

    await asyncio.gather(*(read(browser, port) for browser, (port, _) in zip(browsers, task["addresses"], strict=True)))
    print("open", flush=True)
    for browser in browsers:
        await browser.ended.wait()
    ended = time.monotonic()
    delays = [sorted(delay for browser in browsers[start::2] for delay in browser.delays) for start in (0, 1)]
    print(
        json.dumps({"tokens": [browser.tokens for browser in browsers], "ended": ended, "delays": [_shares(d) for d in delays]})
    )


def _shares(delays: list[float]) -> list[float]:
    """The median and the 99th percentile."""
    if len(delays) < 2:
        return [0.0, 0.0]
    cut = quantiles(delays, n=100)
    return [cut[49], cut[98]]


if __name__ == "__main__":
    allow_open_files()
    asyncio.run(main())
