"""A local server on a real socket, and its users."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from aizoomdoc_client.local import Answerer, LocalServer, LocalSettings
from aizoomdoc_client.local.searching import fts_index
from tests.local.model_endpoint import EndpointStandIn, endpoint_stand_in
from tests.local.support import LAYOUT, PausedAnswerer, Serve, User, log_in


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    """An empty index."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys=ON")
        connection.executescript(fts_index.MIGRATIONS[-1])
        yield connection


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Starts a server and logs its first user in; keyword arguments are `LocalSettings`."""
    async with AsyncExitStack() as stack:

        async def start(*, answerer: Answerer | None = None, **changes: Any) -> User:
            given: dict[str, Any] = {
                "port": 0,
                "data_dir": tmp_path / "data",
                "tokens": ("first-token", "second-token"),
                "pace_seconds": 0,
            } | changes
            session = await stack.enter_async_context(aiohttp.ClientSession())
            server = await stack.enter_async_context(LocalServer(LocalSettings(**given), answerer=answerer))
            return await log_in(server, session)

        yield start


@pytest.fixture
async def user(serve: Serve) -> User:
    """The first user of a server with default settings."""
    return await serve()


@pytest.fixture
def second() -> Callable[[User], Awaitable[User]]:
    """Logs in the second user of the same server."""

    async def start(first: User) -> User:
        return await log_in(first.server, first.session, 1)

    return start


@pytest.fixture
def paused() -> PausedAnswerer:
    return PausedAnswerer()


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    """A projects folder: two clients, one document deep down, one that cannot be read."""
    root = tmp_path / "projects"
    (root / "alpha" / "ЭОМ").mkdir(parents=True)
    (root / "beta").mkdir()
    (root / "alpha" / "Записка.md").write_text(LAYOUT, encoding="utf-8")
    (root / "alpha" / "ЭОМ" / "Щиты.txt").write_text("Щит ЩО-2 питается от ВРУ-1.", encoding="utf-8")
    (root / "beta" / "Насосы.txt").write_text("Насос Н-1 стоит в подвале.", encoding="cp1251")
    (root / "beta" / "пустой.pdf").write_bytes(b"")
    return root


@pytest.fixture
async def reader(serve: Serve, projects: Path) -> User:
    """The first user of a server with the projects folder."""
    return await serve(projects_dir=projects)


@pytest.fixture
async def endpoint() -> AsyncIterator[EndpointStandIn]:
    """A stand-in for the endpoint of a language model."""
    async with endpoint_stand_in() as stand_in:
        yield stand_in
