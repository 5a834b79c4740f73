"""Fixtures for users' tests: ``pytest_plugins = ["aizoomdoc_client.testing.plugin"]`` in the topmost conftest.py.

The servers run in threads of their own, so that the same fixtures serve synchronous and asynchronous tests.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from .behavior import ServerBehavior
from .proxy import FaultProxy, running_proxy
from .server import DEFAULT_TOKENS, ScriptedServer
from .server_thread import running_server

if TYPE_CHECKING:
    from ..local import LocalServer


@pytest.fixture
def scripted_server() -> Generator[ScriptedServer]:
    """A server that behaves as today's production server; needs the extra ``testing``."""
    with running_server(ServerBehavior.PRODUCTION) as server:
        yield server


@pytest.fixture
def contract_server() -> Generator[ScriptedServer]:
    """A server that keeps the contract: WebSocket, refresh tokens, deltas in both profiles; needs the extra ``testing``."""
    with running_server(ServerBehavior.CONTRACT) as server:
        yield server


@pytest.fixture
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[LocalServer]:
    """A local server with an empty data folder and one user; needs the extra ``local``."""
    from ..local import LocalServer, LocalSettings

    folder = tmp_path_factory.mktemp("aizoomdoc")
    server = LocalServer(LocalSettings(port=0, data_dir=folder, tokens=DEFAULT_TOKENS))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server):
        yield server


@pytest.fixture
def fault_proxy() -> Generator[Callable[..., FaultProxy]]:
    """A function that starts a proxy before a server until the end of the test: ``fault_proxy(server.url, ResetAfter(2000))``.

    Its parameters are those of `running_proxy`.
    """
    with ExitStack() as stack:

        def start(target_url: str, *faults: object, **options: object) -> FaultProxy:
            return stack.enter_context(running_proxy(target_url, *faults, **options))  # type: ignore[arg-type]  # passed on

        yield start
