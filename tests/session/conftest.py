"""What the tests of this room share."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client.transport import websocket, websocket_library

LIBRARIES = {"websockets": websocket_library.websockets_library, "picows": websocket_library.picows_library}


@pytest.fixture(params=LIBRARIES)
def library(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lets clients use one of the two WebSocket libraries."""
    monkeypatch.setattr(websocket, "best_library", LIBRARIES[request.param])
    return str(request.param)
