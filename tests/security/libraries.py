"""The two WebSocket libraries, by name."""

from __future__ import annotations

from aizoomdoc_client.transport import websocket_library

LIBRARIES = {"websockets": websocket_library.websockets_library, "picows": websocket_library.picows_library}
