"""Fixtures for users' tests: ``pytest_plugins = ["aizoomdoc_client.testing.plugin"]`` in the topmost conftest.py.

The servers run in threads of their own, so that the same fixtures serve synchronous and asynchronous tests.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from .guise import Guise
from .proxy import FaultProxy, running_proxy
from .server import DEFAULT_TOKENS, ScriptedServer
from .thread import running_server

if TYPE_CHECKING:
    from ..local import LocalServer


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


@pytest.fixture
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[LocalServer]:
    """A whole local server with an empty data folder, for one user; needs the extra ``local``."""
    from ..local import LocalServer, LocalSettings

    folder = tmp_path_factory.mktemp("aizoomdoc")
    server = LocalServer(LocalSettings(port=0, data_dir=folder, tokens=DEFAULT_TOKENS))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server):
        yield server


@pytest.fixture
def fault_proxy() -> Generator[Callable[..., FaultProxy]]:
    """Puts proxies before servers: ``fault_proxy(server.url, ResetAfter(2000))``, as `running_proxy`, until the test's end."""
    with ExitStack() as stack:

        def start(target_url: str, *faults: object, **options: object) -> FaultProxy:
            return stack.enter_context(running_proxy(target_url, *faults, **options))  # type: ignore[arg-type]  # handed through

        yield start
