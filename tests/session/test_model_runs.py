"""No hidden second run: for each failure of an opening the server counts the requested runs."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client import APIError, RetryPolicy
from aizoomdoc_client.testing import Moment, Reset, ServerBehavior, html_page, internal_error
from tests.client_and_server import client_and_server

pytestmark = pytest.mark.usefixtures("library")


@pytest.mark.parametrize(
    "reaction", [Reset(), Reset(reset=False), Reset(when=Moment.BEFORE_BODY), html_page(502), internal_error()]
)
async def test_a_stream_that_breaks_before_its_response_is_opened_once(reaction: Any) -> None:
    """A run may have begun: with `max_reruns=0` the request is sent once."""
    async with client_and_server(transport="sse", retry=RetryPolicy(max_reruns=0)) as pair:
        pair.server.respond("GET", "/chats/*/stream", *[reaction] * 5)
        with pytest.raises(APIError):
            await pair.client.ask(await pair.chat(), "Где ВРУ?")

        assert 1 == len(pair.server.requests_to("GET", "/chats/*/stream"))


@pytest.mark.parametrize("reaction", [Reset(), Reset(reset=False)])
async def test_a_handshake_that_breaks_is_not_repeated_for_ever(reaction: Any) -> None:
    """As many attempts as the policy says, and no run."""
    async with client_and_server(
        ServerBehavior.CONTRACT, transport="websocket", retry=RetryPolicy(attempts=2, max_reruns=0)
    ) as pair:
        pair.server.respond("WS", "**", *[reaction] * 9)
        with pytest.raises(APIError):
            await pair.client.ask(await pair.chat(), "Где ВРУ?")

        assert 2 >= len(pair.server.requests_to("WS"))
        assert [] == pair.server.model_runs


async def test_a_stream_has_a_connection_of_its_own() -> None:
    """A pooled connection may be stale, and its failure would not tell whether a run has begun."""
    async with client_and_server(transport="sse") as pair:
        for _ in range(3):
            await pair.client.ask(await pair.chat(), "Где ВРУ?")
        streams = [request.connection for request in pair.server.requests_to("GET", "/chats/*/stream")]
        others = [request.connection for request in pair.server.requests if not request.path.endswith("/stream")]

        assert 3 == len(set(streams))
        assert not set(streams) & set(others)
