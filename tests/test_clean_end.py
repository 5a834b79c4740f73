"""Scripts that close nothing: they exit with code 0 and empty stderr, under ``-W error -X dev``.

They run in one process after another's end of loop, since starting a process takes longer than all of them; what is still
referenced at the end meets the end of the interpreter.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from aizoomdoc_client.testing import Answer, Deltas, ScriptedServer, ServerBehavior, Stall, complex_answer, running_server

HEAD = """
import asyncio, gc, logging, sys
from aizoomdoc_client import *
from aizoomdoc_client.transport import websocket

url, library = sys.argv[1:]
websocket.best_library = getattr(websocket, library + "_library")

# Allows for a slow machine, or an import on first use.
logging.getLogger("asyncio").addFilter(lambda record: " took " not in record.getMessage())

def new_client(**options):
    return AsyncAIZoomDocClient(url, "your-static-token", token_store=MemoryTokenStore(), **options)

async def first_token(stream):
    async for event in stream:
        if event.event == "llm_token":
            return event

"""

SCRIPTS = {
    "a client that is never closed": """
        async def main():
            client = new_client()
            chat = await client.create_chat("Тест")
            print(len((await client.ask(chat, "полностью")).text) > 0)

        asyncio.run(main())
    """,
    "a client that is still referenced": """
        client = new_client()

        async def main():
            chat = await client.create_chat("Тест")
            print(len((await client.ask(chat, "полностью")).text) > 0)

        asyncio.run(main())
    """,
    "a stream left half-way": """
        async def main():
            client = new_client()
            chat = await client.create_chat("Тест")
            async for event in client.send_message(chat, "застрянет"):
                if event.event == "llm_token":
                    break
            print(True)

        asyncio.run(main())
    """,
    "a stream left half-way and still referenced": """
        kept = []

        async def main():
            client = new_client()
            chat = await client.create_chat("Тест")
            kept.append(client.send_message(chat, "застрянет"))
            await first_token(kept[0])
            print(True)

        asyncio.run(main())
        print(kept[0].text)
    """,
    "pieces of text left half-way": """
        async def main():
            client = new_client()
            chat = await client.create_chat("Тест")
            async for piece in client.send_message(chat, "застрянет").text_stream:
                print(True)
                break

        asyncio.run(main())
    """,
    "a task that reads at the end": """
        async def main():
            client = new_client()
            chat = await client.create_chat("Тест")
            stream = client.send_message(chat, "застрянет")
            await first_token(stream)
            task = asyncio.create_task(stream.result())
            await asyncio.sleep(0)
            print(True)

        asyncio.run(main())
    """,
    "a question that was posted and never read": """
        async def main():
            client = new_client()
            await client.send_message(await client.create_chat("Тест"), "застрянет")
            print(True)

        asyncio.run(main())
    """,
    "an exception in the middle": """
        async def main():
            client = new_client()
            chat = await client.create_chat("Тест")
            async for event in client.send_message(chat, "застрянет"):
                if event.event == "llm_token":
                    raise LookupError

        try:
            asyncio.run(main())
        except LookupError:
            print(True)
    """,
    "two loops in a row with one client": """
        client = new_client()

        async def main():
            chat = await client.create_chat("Тест")
            print(len((await client.ask(chat, "полностью")).text) > 0)
            async for event in client.send_message(chat, "застрянет"):
                if event.event == "llm_token":
                    break

        asyncio.run(main())
        asyncio.run(main())
    """,
    "two loops in a row with one stream": """
        client = new_client()

        async def begin():
            stream = client.send_message(await client.create_chat("Тест"), "застрянет")
            await first_token(stream)
            return stream

        async def go_on(stream):
            try:
                await stream.result()
            except StreamInterruptedError:
                print(True)

        asyncio.run(go_on(asyncio.run(begin())))
    """,
    "errors at the end": """
        async def main():
            client = new_client()
            await client.get_me()
            outcomes = await asyncio.gather(*(client.get_chat("x") for _ in range(5)), return_exceptions=True)
            print({"ValidationError"} == {type(outcome).__name__ for outcome in outcomes})

        asyncio.run(main())
    """,
    "a block around everything": """
        async def main():
            async with new_client() as client:
                chat = await client.create_chat("Тест")
                async with client.send_message(chat, "застрянет") as stream:
                    await first_token(stream)
            print(True)

        asyncio.run(main())
    """,
    "many streams at once": """
        async def main():
            client = new_client()
            chats = [await client.create_chat("Тест") for _ in range(20)]
            streams = [client.send_message(chat, "застрянет") for chat in chats]
            await asyncio.gather(*map(first_token, streams))
            print(True)

        asyncio.run(main())
    """,
    "a cancelled main task": """
        async def main():
            client = new_client()
            chat = await client.create_chat("Тест")
            async with asyncio.timeout(0.5):
                await client.ask(chat, "застрянет")

        try:
            asyncio.run(main())
        except TimeoutError:
            print(True)
    """,
    "a loop of the own making": """
        async def main():
            client = new_client()
            chat = await client.create_chat("Тест")
            await first_token(client.send_message(chat, "застрянет"))
            await client.close()
            print(True)

        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        loop.close()
    """,
}


def prepare(server: ScriptedServer) -> None:
    """Answers completely, or starts and never ends, as the question says."""
    stuck = Answer([Deltas(["Высота"]), Stall()])
    server.answer_with(lambda question: stuck if "застрянет" in question.text else complex_answer("Высота 3,3 м."))


@pytest.mark.parametrize("library", ["sse", "websockets", "picows"])
def test_nothing_is_left_behind(library: str) -> None:
    """Code 0, nothing on stderr, and every connection closed when a loop has ended."""
    behavior = ServerBehavior.PRODUCTION if library == "sse" else ServerBehavior.CONTRACT
    with running_server(behavior) as server:
        prepare(server)
        arguments = [server.url, "websockets" if library == "sse" else library]
        found = outcome("".join(map(chapter, SCRIPTS)), arguments)
        server.until_blocking(lambda: server.open_connections == 0)

    assert (0, "") == found[:2]
    assert [name for name in SCRIPTS if f"[{name}]\nTrue" not in found[2]] == []


def chapter(name: str) -> str:
    """One script, announced on stdout, and with its garbage collected in the end."""
    return f"print('[{name}]')\n{textwrap.dedent(SCRIPTS[name])}\ngc.collect()\n"


def outcome(script: str, arguments: list[str]) -> tuple[int, str, str]:
    """A script's exit code, and what it wrote to stderr and to stdout."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", HEAD + script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    return done.returncode, done.stderr, done.stdout
