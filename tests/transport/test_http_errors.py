"""Each error of aiohttp is mapped to an error of this package, which does not show credentials.

aioresponses raises aiohttp's errors, because not all of them can be caused by a server.
"""

from __future__ import annotations

import inspect
import ssl
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
from aiohttp import client_exceptions
from aioresponses import aioresponses

from aizoomdoc_client.credentials import Secret
from aizoomdoc_client.exceptions import AIZoomDocError, APIConnectionError, APITimeoutError
from aizoomdoc_client.protocol import requests
from aizoomdoc_client.transport.http import AiohttpTransport

URL = "http://127.0.0.1:1"


class Response(aiohttp.ClientResponse):
    """A response with a `stream_writer`, which aiohttp requires and aioresponses does not pass."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"stream_writer": Mock(output_size=0), **options})


@pytest.fixture
def network() -> Iterator[aioresponses]:
    with aioresponses() as network:
        yield network


def made(kind: type[Exception]) -> Exception:
    """An error of `kind`, with a token in each of its texts."""
    key = Mock(host="docs.example.org", port=1, ssl=True, is_ssl=True)
    attempts: list[tuple[Any, ...]] = [
        (key, OSError(111, "refused")),
        (key, ssl.SSLCertVerificationError("canary-token")),
        (Mock(real_url="http://h/?token=canary-token"), ()),
        (b"expected", b"got", "host", 1),
        ("/socket", key, OSError(2, "absent")),
        ("http://h/?token=canary-token",),
        (),
    ]
    for arguments in attempts:
        try:
            return kind(*arguments)
        except (TypeError, AttributeError):
            continue
    raise AssertionError(f"no way to make {kind.__name__}")


KINDS = [
    kind
    for _, kind in inspect.getmembers(client_exceptions, inspect.isclass)
    if issubclass(kind, aiohttp.ClientError) and kind.__module__ == client_exceptions.__name__
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_every_error_of_the_library_is_mapped(kind: type[Exception], network: aioresponses) -> None:
    """No error of aiohttp is raised, or shown as the cause of another error."""
    network.get(f"{URL}/health", exception=made(kind))
    transport = AiohttpTransport(URL, "test")
    with pytest.raises(AIZoomDocError) as caught:
        await transport.send(requests.health(), token=Secret("canary-token"), timeout=5)
    await transport.close()
    assert (None, True) == (caught.value.__cause__, caught.value.__suppress_context__)


@pytest.mark.parametrize(
    ("error", "kind", "deadline"),
    [
        (aiohttp.ConnectionTimeoutError(), APITimeoutError, "connect"),
        (aiohttp.SocketTimeoutError(), APITimeoutError, "request"),
        (TimeoutError(), APITimeoutError, "request"),
        (aiohttp.ServerDisconnectedError(), APIConnectionError, None),
        (ConnectionResetError(104, "reset"), APIConnectionError, None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
async def test_a_timeout_names_its_deadline(
    error: Exception, kind: type[APIConnectionError], deadline: str | None, network: aioresponses
) -> None:
    """A timeout has the name of its deadline; a broken connection is no timeout."""
    network.get(f"{URL}/health", exception=error)
    transport = AiohttpTransport(URL, "test")
    with pytest.raises(kind) as caught:
        await transport.send(requests.health(), token=None, timeout=5)
    await transport.close()
    assert (kind, deadline) == (type(caught.value), getattr(caught.value, "deadline", None))
    assert (deadline == "connect") == ("more than 4.5 s" in caught.value.message)


async def test_a_mocked_response_is_read_like_a_real_one(network: aioresponses) -> None:
    """Users' own tests may mock aiohttp with aioresponses."""
    network.get(f"{URL}/health", payload={"status": "healthy"}, response_class=Response)
    transport = AiohttpTransport(URL, "test")
    response = await transport.send(requests.health(), token=None, timeout=5)
    await transport.close()
    assert (200, b'{"status": "healthy"}') == (response.status, response.body)
