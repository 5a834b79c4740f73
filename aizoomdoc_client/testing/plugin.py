"""Fixtures for users' tests: ``pytest_plugins = ["aizoomdoc_client.testing.plugin"]`` in the topmost conftest.py.

The servers run in threads of their own, so that the same fixtures serve synchronous and asynchronous tests.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from .guise import Guise
from .server import ScriptedServer
from .thread import running_server


@pytest.fixture
def scripted_server() -> Generator[ScriptedServer]:
    """A server with today's production server's habits."""
    with running_server(Guise.PRODUCTION) as server:
        yield server


@pytest.fixture
def contract_server() -> Generator[ScriptedServer]:
    """A server that keeps the contract to the letter: WebSocket, refresh tokens, tokens in both profiles."""
    with running_server(Guise.CONTRACT) as server:
        yield server
