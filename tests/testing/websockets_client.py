"""What tests do with a WebSocket of the scripted server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from aizoomdoc_client.testing import ServerBehavior


def with_behavior(caller: Any, behavior: ServerBehavior) -> Any:
    caller.server.behavior = behavior
    return caller


async def closing(websocket: websockets.ClientConnection) -> tuple[list[Any], ConnectionClosed]:
    """The frames until the connection ends, and how it ended."""
    frames: list[Any] = []
    with pytest.raises(ConnectionClosed) as closed:
        await _read(websocket, frames)
    return frames, closed.value


async def _read(websocket: websockets.ClientConnection, frames: list[Any]) -> None:
    while True:
        frames.append(await websocket.recv())


@asynccontextmanager
async def asked(caller: Any, *steps: Any) -> AsyncIterator[websockets.ClientConnection]:
    """A WebSocket on which a scripted run has begun."""
    caller.server.script_answer(steps)
    async with connect(caller.websocket_url(await caller.chat("?"))) as websocket:
        yield websocket


async def refusal(url: str, **options: Any) -> Any:
    """The response to a handshake that fails."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, **options)
    return refused.value.response
