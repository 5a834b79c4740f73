"""One browser, one scripted server and one backend for all tests of the page; each test has a user of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from aizoomdoc_client.testing import ScriptedServer
from tests.browser.backends import CHROMIUM, Backend, backend_of
from tests.browser.pages import Seen, see

expect.set_options(timeout=20_000)  # a slow machine is no failure
NewUser = Callable[..., Awaitable[BrowserContext]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as running:
        yield running


@pytest.fixture
def server(running_server: ScriptedServer) -> ScriptedServer:
    """The server, without what it recorded in tests before."""
    running_server.requests.clear()
    running_server.posts.clear()
    running_server.model_runs.clear()
    return running_server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def backend(running_server: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Backend]:
    config: Path = tmp_path_factory.mktemp("config")
    with backend_of(running_server, config) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def new_user(chromium: Browser) -> AsyncIterator[NewUser]:
    """Makes users: browsers with cookies of their own, whose pages must not report errors."""
    contexts, seen = list[BrowserContext](), Seen()

    async def make(**options: Any) -> BrowserContext:
        context = await chromium.new_context(**({"locale": "en-GB"} | options))
        context.set_default_timeout(20_000)
        await see(context, seen)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        await context.close()
    assert seen.errors == []
    assert seen.foreign == set()
