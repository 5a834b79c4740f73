"""The two WebSocket libraries, by name."""

from __future__ import annotations

from aizoomdoc_client.transport import websocket

LIBRARIES = {"websockets": websocket.websockets_library, "picows": websocket.picows_library}
