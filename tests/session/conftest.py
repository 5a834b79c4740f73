"""Shared fixtures."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client.transport import websocket

LIBRARIES = {"websockets": websocket.websockets_library, "picows": websocket.picows_library}


@pytest.fixture(params=LIBRARIES)
def library(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lets clients use one of the two WebSocket libraries."""
    monkeypatch.setattr(websocket, "best_library", LIBRARIES[request.param])
    return str(request.param)
