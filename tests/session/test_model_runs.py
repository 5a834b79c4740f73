"""No hidden second run: whatever breaks while a stream is opened, the server counts the runs that were asked for."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client import APIError, RetryPolicy
from aizoomdoc_client.testing import Moment, Reset, ServerBehavior, html_page, internal_error
from tests.visits import visit

pytestmark = pytest.mark.usefixtures("library")


@pytest.mark.parametrize(
    "reaction", [Reset(), Reset(reset=False), Reset(when=Moment.BEFORE_BODY), html_page(502), internal_error()]
)
async def test_a_stream_that_breaks_before_its_response_is_opened_once(reaction: Any) -> None:
    """A run may have begun: without leave to run the model again, the request is sent once."""
    async with visit(transport="sse", retry=RetryPolicy(max_reruns=0)) as visited:
        visited.server.respond("GET", "/chats/*/stream", *[reaction] * 5)
        with pytest.raises(APIError):
            await visited.client.ask(await visited.chat(), "Где ВРУ?")

        assert 1 == len(visited.server.requests_to("GET", "/chats/*/stream"))


@pytest.mark.parametrize("reaction", [Reset(), Reset(reset=False)])
async def test_a_handshake_that_breaks_is_not_repeated_for_ever(reaction: Any) -> None:
    """As many attempts as the policy says, and no run."""
    async with visit(ServerBehavior.CONTRACT, transport="websocket", retry=RetryPolicy(attempts=2, max_reruns=0)) as visited:
        visited.server.respond("WS", "**", *[reaction] * 9)
        with pytest.raises(APIError):
            await visited.client.ask(await visited.chat(), "Где ВРУ?")

        assert 2 >= len(visited.server.requests_to("WS"))
        assert [] == visited.server.model_runs


async def test_a_stream_has_a_connection_of_its_own() -> None:
    """A pooled connection may be dead, and nobody could tell whether a run began before it died."""
    async with visit(transport="sse") as visited:
        for _ in range(3):
            await visited.client.ask(await visited.chat(), "Где ВРУ?")
        streams = [request.connection for request in visited.server.requests_to("GET", "/chats/*/stream")]
        others = [request.connection for request in visited.server.requests if not request.path.endswith("/stream")]

        assert 3 == len(set(streams))
        assert not set(streams) & set(others)
