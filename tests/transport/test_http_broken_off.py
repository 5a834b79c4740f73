"""The error of an incomplete response has a one-line message, without anything that was received."""

from __future__ import annotations

import pytest

from aizoomdoc_client import APIConnectionError, AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.testing import Reply, ScriptedServer, no_waiting
from aizoomdoc_client.testing.proxy import CloseAfter, FaultProxy

BODY = b'{"status": "healthy"}'
HEADERS = {"Content-Type": "application/json", "Set-Cookie": "session=do-not-show"}


@pytest.mark.parametrize(
    ("count", "reason"),
    [
        (0, "Server disconnected"),
        (10, "Server disconnected"),
        (150, "Server disconnected"),
        (-5, "The response's body is incomplete"),
    ],
    ids=["nothing", "status line", "headers", "body"],
)
async def test_an_incomplete_response_is_an_error_with_its_cause(count: int, reason: str) -> None:
    """Whichever part was received, the message contains neither headers nor the library's own text."""
    with no_waiting():
        async with ScriptedServer() as server, FaultProxy(server.url) as proxy:
            async with AsyncAIZoomDocClient(proxy.url, server.static_token, token_store=MemoryTokenStore()) as client:
                server.respond("GET", "/health", *[Reply(200, BODY, HEADERS)] * 4)
                await client.health()
                whole = proxy.bytes_down
            proxy.always(CloseAfter(count if count >= 0 else whole + count) if count else CloseAfter(1, "up"))
            async with AsyncAIZoomDocClient(proxy.url, server.static_token, token_store=MemoryTokenStore()) as client:
                with pytest.raises(APIConnectionError) as caught:
                    await client.health()

    assert f"The connection broke off: {reason}" == caught.value.message
