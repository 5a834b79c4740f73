"""What came in, for tests to look at."""

from __future__ import annotations

import json
from typing import Any

import attrs
from multidict import CIMultiDictProxy, MultiMapping


@attrs.define(eq=False)
class RecordedRequest:
    """A request as it arrived; `method` is ``WS`` for a WebSocket handshake.

    It is there from the moment its headers are read, so `body` may still grow; it stays empty where the server never read it.
    """

    method: str
    path: str
    query: MultiMapping[str] = attrs.field(repr=False)
    headers: CIMultiDictProxy[str] = attrs.field(repr=False)
    connection: int = 0
    """A number for the TCP connection; the same for requests that shared one."""
    received: bytearray = attrs.field(factory=bytearray, init=False, repr=False)

    @property
    def body(self) -> bytes:
        """What has been read of the body."""
        return bytes(self.received)

    @property
    def json(self) -> Any:
        """The body's JSON."""
        return json.loads(self.received)

    @property
    def token(self) -> str | None:
        """The bearer token of the `Authorization` header."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else None
