"""Consumers that stop reading, leave, are interrupted, fork, or end with streams open."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

import pytest

from aizoomdoc_client import AIZoomDocClient, AnswerEnded, AsyncAnswerStream, MemoryTokenStore
from aizoomdoc_client.events import PhaseProgress
from aizoomdoc_client.testing import (
    Deltas,
    Drop,
    FaultProxy,
    ScriptedServer,
    ServerBehavior,
    Signal,
    Stall,
    SyncPoint,
    Wait,
    complex_answer,
    final,
    progress,
    running_proxy,
    running_server,
)
from aizoomdoc_client.testing.proxy import HalfOpen
from aizoomdoc_client.transport import keep_alive
from tests.client_and_server import client_and_server, client_of
from tests.event_loops import THREADS, in_threads
from tests.faults.clock import owned_clock, rounds
from tests.faults.programs import run_programs
from tests.faults.server_address import ServerAddress
from tests.hooks.recorder import Recorder, failing
from tests.sync.signals import interrupted_once

TEXT = "Высота этажа 3,3 м."
HALF = "Высота этажа "
BOTH = pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["websocket", "sse"])


async def half_way(answer: AsyncAnswerStream) -> None:
    while answer.text != HALF:
        await anext(answer)


@BOTH
async def test_slow_consumer(behavior: ServerBehavior) -> None:
    """Megabytes wait in the server, not in the client; when reading goes on no text is lost, and there is no second run."""
    async with ScriptedServer(behavior) as server, FaultProxy(server.url) as proxy:
        told = [progress("search", number / 2000, "я" * 5000) for number in range(2000)]
        server.script_answer([*told, final(TEXT), ("completed", {})])
        async with client_of(ServerAddress(proxy.url, server.static_token)) as client:
            answer = client.send_message(await client.create_chat(), "Какая высота?")
            first = await anext(answer)
            came = -1
            while came != proxy.bytes_down:  # until nothing more comes, since the buffers are full
                came = proxy.bytes_down
                await rounds(500)
            held_back = server.model_runs[0].state
            events = [first, *[event async for event in answer]]
            shares = [event.progress for event in events if isinstance(event, PhaseProgress)]

        assert ("running", 1) == (held_back, len(server.model_runs))
        assert ([number / 2000 for number in range(2000)], TEXT) == (shares, answer.text)


async def test_slow_consumer__pings() -> None:
    """A consumer that does not read for ten minutes between two events keeps its connection."""
    released = SyncPoint()
    async with client_and_server(ServerBehavior.CONTRACT) as pair:
        pair.server.script_answer([Deltas([HALF]), Wait(released), final(TEXT), ("completed", {})])
        answer = pair.client.send_message(await pair.chat(), "Какая высота?")
        with owned_clock() as clock:
            await half_way(answer)
            for _ in range(30):
                clock.advance(keep_alive.PING_INTERVAL)
                await rounds(50)
            released.set()

            assert TEXT == (await answer.result()).text
        assert 1 == len(pair.server.model_runs)


@BOTH
async def test_slow_consumer__leaves(behavior: ServerBehavior) -> None:
    """Leaving the block takes at most one second, even if the server is unreachable."""
    with running_server(behavior) as server, running_proxy(server.url) as proxy, owned_clock() as clock:
        server.script_answer([Deltas([HALF]), Deltas(["я" * 500] * 4000, accumulate=False), Stall()])
        async with client_of(ServerAddress(proxy.url, server.static_token)) as client:
            answer = await client.send_message(await client.create_chat(), "Какая высота?")
            await half_way(answer)
            proxy.inject(HalfOpen())
            leaving = asyncio.create_task(answer.close())
            await rounds(200)
            clock.advance(1.0)
            await asyncio.wait({leaving}, timeout=None)
            proxy.clear()
        assert [] == [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


@BOTH
async def test_shared_answer(behavior: ServerBehavior) -> None:
    """Two tasks that read one answer share its events, each delivered once; both see the end, also if one is cancelled."""
    released = SyncPoint()
    async with client_and_server(behavior) as pair:
        pair.server.script_answer([Deltas([HALF]), Wait(released), Deltas(["3,3 м."], [TEXT]), final(TEXT), ("completed", {})])
        answer = await pair.client.send_message(await pair.chat(), "Какая высота?")

        async def read() -> list[str]:
            return [event.event async for event in answer]

        readers = [asyncio.create_task(read()) for _ in range(3)]
        await pair.server.until(lambda: answer.text == HALF)
        readers.pop(0).cancel()
        await rounds()
        released.set()
        shares = await asyncio.gather(*readers)

        assert (TEXT, 1, 1) == (answer.text, len(pair.server.posts), len(pair.server.model_runs))
        assert ["completed", "llm_final", "llm_token"] == sorted(event for share in shares for event in share)


@BOTH
async def test_consumer_cancels(behavior: ServerBehavior) -> None:
    """A cancelled task ends the run at the server and keeps the text; the client can be used again."""
    async with client_and_server(behavior) as pair:
        pair.server.script_answer([Deltas([HALF]), Stall()])
        answer = pair.client.send_message(await pair.chat(), "Какая высота?")
        await half_way(answer)
        task = asyncio.create_task(answer.result())
        await rounds()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await answer.close()
        await pair.server.until(lambda: pair.server.model_runs[0].state == "cancelled")

        assert (True, HALF) == (task.cancelled(), answer.text)
        assert "user-1" == (await pair.client.get_me()).user.username


@BOTH
def test_consumer_cancels__ctrl_c(behavior: ServerBehavior) -> None:
    """Ctrl-C in sync code raises KeyboardInterrupt at once; the run ends, and the text so far is available."""
    begun = SyncPoint()
    with running_server(behavior) as server:
        server.script_answer([Deltas([HALF]), Signal(begun), Stall()])
        with AIZoomDocClient(server.url, server.static_token, token_store=MemoryTokenStore()) as client:
            answer = client.send_message(client.create_chat(), "Какая высота?")
            while answer.text != HALF:
                next(answer)
            with pytest.raises(KeyboardInterrupt), interrupted_once(begun.wait_blocking):
                answer.result()
            answer.close()
            server.until_blocking(lambda: server.model_runs[0].state == "cancelled")

            assert (HALF, "user-1") == (answer.text, client.get_me().user.username)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@BOTH
async def test_hook_raises(behavior: ServerBehavior, caplog: pytest.LogCaptureFixture) -> None:
    """The answer comes whole after a second run, another listener is told of it, and each broken method is logged once."""
    other = Recorder()
    async with client_and_server(behavior, hooks=[failing(), other]) as pair:
        chat = await pair.chat()
        for _ in range(2):
            pair.server.script_answer([Deltas([HALF]), Drop(reset=False)])
            pair.server.script_answer(complex_answer(TEXT))
            assert TEXT == (await pair.client.ask(chat, "Какая высота?")).text

    logged = [record.getMessage() for record in caplog.records if record.name == "aizoomdoc_client.hooks"]
    assert (2, True, len({*logged})) == (len(other.all_of(AnswerEnded)), len(logged) > 5, len(logged))


@BOTH
async def test_fork(behavior: ServerBehavior, tmp_path: Path) -> None:
    """A child forked during a stream can ask and exits cleanly; the parent's answer goes on."""
    program = """
        warnings.simplefilter("ignore", DeprecationWarning)  # that a process with threads forks
        chat = client.create_chat()
        answer = client.send_message(chat, "первый")
        while not answer.text:
            next(answer)
        child = os.fork()
        if child == 0:
            print("child", client.ask(client.create_chat(), "второй").text, flush=True)
            sys.exit(0)
        print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        client.get_me()
        print("parent", answer.result().text)
    """
    async with ScriptedServer(behavior) as server:
        server.script_answer([Deltas([HALF]), Wait(released := SyncPoint()), final(TEXT), ("completed", {})], question="первый")
        server.script_answer(complex_answer("ребёнку"), question="второй")
        running = asyncio.create_task(run_programs([program], server.url, server.static_token, folder=tmp_path))
        await server.until(lambda: len(server.requests_to("GET", "/me")) == 1, timeout=30)
        released.set()

        assert [(0, f"child ребёнку\nstatus 0\nparent {TEXT}\n", "")] == await running


@BOTH
def test_several_loops(behavior: ServerBehavior) -> None:
    """Threads with an event loop each ask with one client at once: each gets its answers, after one login."""
    with running_server(behavior) as server:
        client = client_of(server)
        server.answer_with(complex_answer(TEXT))

        async def work(_: int) -> list[str]:
            return [(await client.ask(await client.create_chat(), "?")).text for _ in range(3)]

        assert [[TEXT] * 3] * THREADS == in_threads(work)
        assert 1 == len(server.requests_to("POST", "/auth/exchange"))


ENDINGS = {
    "a loop that ended": """
        async def ask():
            async with AsyncAIZoomDocClient(url, token) as own:
                answer = own.send_message(await own.create_chat(), "?")
                async for event in answer:
                    if answer.text:
                        return answer

        answer = asyncio.run(ask())
        try:
            asyncio.run(answer.result())
        except StreamInterruptedError as error:
            print(error.message, "|", error.partial)
        sys.exit(3)
    """,
    "a client in two loops": """
        own = AsyncAIZoomDocClient(url, token)
        asyncio.run(own.get_me())
        print(asyncio.run(own.get_me()).user.username)
        sys.exit(3)
    """,
    "open streams at the end": """
        kept = []
        for _ in range(3):
            answer = client.send_message(client.create_chat(), "?")
            next(piece for piece in answer.text_stream)
            kept.append(answer)
        print(len(kept))
        sys.exit(3)
    """,
    "open async streams at the end": """
        kept = []

        async def leave():
            own = AsyncAIZoomDocClient(url, token)
            for _ in range(3):
                answer = own.send_message(await own.create_chat(), "?")
                kept.append((own, answer))
                while not answer.text:
                    await anext(answer)

        asyncio.run(leave())
        print(len(kept))
        sys.exit(3)
    """,
}
SAID = {
    "a loop that ended": "closed",
    "a client in two loops": "user-1",
    "open streams at the end": "3",
    "open async streams at the end": "3",
}


@BOTH
@pytest.mark.parametrize("how", ENDINGS)
async def test_loop_ends(behavior: ServerBehavior, how: str, tmp_path: Path) -> None:
    """With anything open when a loop or the program ends: one clear error or none, no warning, and an unchanged exit code."""
    async with ScriptedServer(behavior) as server:
        server.answer_with([Deltas([HALF]), Stall()])
        [(status, said, complained)] = await run_programs([ENDINGS[how]], server.url, server.static_token, folder=tmp_path)

        assert (3, "") == (status, complained)
        assert SAID[how] in said
