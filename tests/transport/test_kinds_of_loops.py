"""One client in loops of several kinds, one after the other, and before a fork."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
from typing import Any

import pytest

from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.testing import ScriptedServer, ServerBehavior, running_server

TRANSPORTS = ("websocket", "sse")


def client_of(url: str, **options: Any) -> AsyncAIZoomDocClient:
    return AsyncAIZoomDocClient(url, "your-static-token", token_store=MemoryTokenStore(), **options)


async def asked(client: AsyncAIZoomDocClient) -> bool:
    return bool((await client.ask(await client.create_chat(), "Где ВРУ?")).text)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_one_client_serves_runs_one_after_the_other(transport: str) -> None:
    """`asyncio.run` several times, with asyncio's loop and uvloop's by turns; one login, and no warning at the end of any."""
    uvloop = pytest.importorskip("uvloop")
    with running_server(ServerBehavior.CONTRACT) as server:
        client = client_of(server.url, transport=transport)
        for factory in (None, uvloop.new_event_loop, None, uvloop.new_event_loop):
            with asyncio.Runner(loop_factory=factory) as runner:
                assert runner.run(asked(client))

        assert 1 == sum(request.path == "/auth/exchange" for request in server.requests)
        assert [{"websocket": "ws"}.get(transport, "sse")] * 4 == [run.transport for run in server.model_runs]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")  # the server's thread
def test_a_client_can_be_made_before_a_fork() -> None:
    """As by gunicorn's ``--preload``: it is made, and has not been used, when the workers are forked."""
    with running_server(ServerBehavior.CONTRACT) as server:
        client = client_of(server.url)
        context = multiprocessing.get_context("fork")
        results = context.SimpleQueue()
        workers = [context.Process(target=_work, args=(client, results)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(30)

        assert [True, True, 0, 0] == [results.get(), results.get(), *(worker.exitcode for worker in workers)]
        assert asyncio.run(asked(client))


def _work(client: AsyncAIZoomDocClient, results: Any) -> None:
    results.put(asyncio.run(asked(client)))


ANYIO_TEST = """
import pytest
from aizoomdoc_client import AsyncAIZoomDocClient, MemoryTokenStore

pytestmark = pytest.mark.anyio

@pytest.fixture(params=[("asyncio", {"use_uvloop": False}), ("asyncio", {"use_uvloop": True})], ids=["asyncio", "uvloop"])
def anyio_backend(request):
    return request.param

@pytest.fixture
async def client():
    async with AsyncAIZoomDocClient(token_store=MemoryTokenStore()) as made:
        yield made

async def test_asks(client):
    assert (await client.ask(await client.create_chat(), "?")).text

async def test_leaves_an_answer(client):
    async for _ in client.send_message(await client.create_chat(), "?"):
        break
"""


async def test_clients_work_under_anyios_plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a client from an async fixture, in asyncio's loop and uvloop's, also where an answer is left in the middle."""
    async with ScriptedServer(ServerBehavior.CONTRACT) as server:
        monkeypatch.setenv("AIZOOMDOC_SERVER", server.url)
        monkeypatch.setenv("AIZOOMDOC_TOKEN", "your-static-token")
        pytester.makepyfile(ANYIO_TEST)
        options = ("-p", "anyio", "-p", "no:asyncio", "-p", "no:cacheprovider", "-W", "error")
        outcome = await asyncio.to_thread(pytester.runpytest_subprocess, *options)

    outcome.assert_outcomes(passed=4)
