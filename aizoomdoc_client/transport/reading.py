"""Response bodies read whole, within bounds: a body of a few hundred kilobytes can be made to grow a thousandfold."""

from __future__ import annotations

import aiohttp

from ..exceptions import ProtocolError

MAX_BODY = 256 * 1024 * 1024
"""The most bytes of a response that is read whole, after decompression."""
MAX_GROWTH = 64
"""How many times larger than it came a compressed body may be, beyond `FREE_GROWTH`. JSON shrinks to a tenth or so."""
FREE_GROWTH = 8 * 1024 * 1024
"""Bytes up to which no growth is too much."""
MAX_REFUSAL = 1024 * 1024
"""The most bytes that are read of a response that is no success: a proxy's page has a few hundred."""


async def read_body(response: aiohttp.ClientResponse) -> bytes:
    """The whole body; raises `ProtocolError` when it is larger than any sensible answer."""
    content, size = response.content, 0
    pieces: list[bytes] = []
    while not content.at_eof():
        piece = await content.readany()
        pieces.append(piece)
        size += len(piece)
        if size > FREE_GROWTH and size > (limit := _limit(content.total_raw_bytes)):
            response.close()
            raise ProtocolError(f"The response is too large: more than {limit:,} bytes of {content.total_raw_bytes:,} received")
    return b"".join(pieces)


async def read_refusal(response: aiohttp.ClientResponse) -> bytes:
    """The body of a response that is no success, or as much of it as is of use."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_REFUSAL:
            response.close()
            break
    return bytes(body)


def _limit(received: int) -> int:
    """The most bytes that so many `received` ones may become."""
    return min(MAX_BODY, max(FREE_GROWTH, MAX_GROWTH * received))
