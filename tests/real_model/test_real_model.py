"""`aizoomdoc serve` as a process over real PDFs, with real small models behind it, asked by the client.

``nox -s real_model`` installs the models and runs this; without them it is skipped.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fpdf import FPDF

from aizoomdoc_client import AsyncAIZoomDocClient, ErrorEvent, LLMFinal, LLMToken
from tests.real_model.endpoint import CHAT_MODEL, EMBED_MODEL, RealEndpoint, missing, real_endpoint

NEEDED = f"needs real models: {', '.join(missing())} not installed; `nox -s real_model` installs them"
pytestmark = [pytest.mark.skipif(bool(missing()), reason=NEEDED), pytest.mark.timeout(300)]

TOKEN = "your-static-token"
ENGLISH = {
    1: "Pump station. The drainage pump N-1 stands in room 012. Its flow is 25 m3/h, its head is 18 m.",
    2: "Roof. The roof is covered with two layers of bitumen sheet over 200 mm of mineral wool.",
}
CITED = r"""root ::= words " [1]. " words " [" [1-9] "]. It is said elsewhere [99]."
words ::= [A-Za-z0-9 ,]{20,80}
"""
"""A grammar that llama.cpp holds its models to: the best passage is cited, one of the model's choice, and one that is none."""


@pytest.fixture
async def real() -> AsyncIterator[RealEndpoint]:
    async with real_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    """A Russian project and an English one."""
    folder = tmp_path / "projects"
    for name in ("Корпус", "Station"):
        (folder / name).mkdir(parents=True)
    shutil.copy(Path(__file__).parents[2] / "docs/sample/note.pdf", folder / "Корпус/Записка.pdf")
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for said in ENGLISH.values():
        pdf.add_page()
        pdf.multi_cell(0, 8, said)
    pdf.output(str(folder / "Station/notes.pdf"))
    return folder


@pytest.fixture
async def start(tmp_path: Path, projects: Path) -> AsyncIterator[Callable[..., Any]]:
    """Starts ``aizoomdoc serve`` with those options, and returns a client of it."""
    processes, clients = list[asyncio.subprocess.Process](), list[AsyncAIZoomDocClient]()

    async def run(*options: str) -> AsyncAIZoomDocClient:
        command = [sys.executable, "-m", "aizoomdoc_client", "serve", "--json", "--port", "0", "--token", TOKEN]
        folders = ["--projects", str(projects), "--data", str(tmp_path / "data")]
        process = await asyncio.create_subprocess_exec(*command, *folders, *options, stdout=asyncio.subprocess.PIPE)
        processes.append(process)
        assert process.stdout is not None
        told = msgspec.json.decode(await process.stdout.readline())
        client = AsyncAIZoomDocClient(told["url"], TOKEN)
        clients.append(client)
        return client

    yield run
    for client in clients:
        await client.close()
    for process in processes:
        process.terminate()
        await asyncio.wait_for(process.communicate(), 10)


def given(body: dict[str, Any]) -> list[tuple[str, int]]:
    """Document and page of the passages that the model was given, in the order of their numbers."""
    found = re.findall(r'<passage number="\d+" document="([^"]*)" page="(\d+)">', body["messages"][-1]["content"])
    return [(document, int(page)) for document, page in found]


@pytest.mark.parametrize(
    ("question", "document", "page"),
    [
        ("What is the flow of the drainage pump N-1?", "notes.pdf", 1),
        ("Какой толщины фундаментная монолитная плита корпуса?", "Записка.pdf", None),
    ],
    ids=["English", "Russian"],
)
async def test_a_real_model_answers_from_the_passages_found(
    start: Callable[..., Any], real: RealEndpoint, question: str, document: str, page: int | None
) -> None:
    """Streamed; whatever the model writes, what it cites are places that it was given, and others are marked as none."""
    real.more = {"grammar": CITED, "seed": 7}
    client = await start("--llm-url", real.url, "--llm-model", CHAT_MODEL, "--llm-context", "4000")
    chat = await client.create_chat("?")
    events = [event async for event in client.send_message(chat.id, question)]
    pieces = [event.token for event in events if isinstance(event, LLMToken)]
    [final] = [event for event in events if isinstance(event, LLMFinal)]
    [body] = real.completions
    passages = given(body)
    text, _, below = final.content.partition("\n\n")
    cited = [int(number) for number in re.findall(r"\[(\d+)\]", text)]

    assert len(pieces) > 10
    assert "".join(pieces) == final.content
    assert (document, True) == (passages[0][0], page in {None, passages[0][1]})
    assert "[99?]" in text
    assert 3 == len(re.findall(r"\[\d+\??\]", text))
    assert {*cited} == {*range(1, len(final.sources) + 1)} != set()
    assert {(source.document, source.page) for source in final.sources} <= {*passages}
    assert all(f"[{number}] " in below for number in cited)
    assert (CHAT_MODEL, "documents") == (final.model, final.grounding)


async def test_a_real_model_may_write_what_it_will(start: Callable[..., Any], real: RealEndpoint) -> None:
    """Without a grammar: the answer is stored as it was streamed, and says what it rests on, or that it rests on nothing."""
    real.more = {"max_tokens": 120, "seed": 7}
    client = await start("--llm-url", real.url, "--llm-model", CHAT_MODEL, "--llm-context", "4000")
    chat = await client.create_chat("?")
    answer = await client.ask(chat.id, "In which room does the drainage pump N-1 stand?")
    stored = (await client.get_chat_history(chat.id)).messages[-1]

    assert answer.text == stored.content
    assert {(source.document, source.page) for source in answer.sources} <= {*given(real.completions[0])}
    assert bool(answer.sources) == (answer.grounding == "documents")


async def test_leaving_ends_the_models_run(start: Callable[..., Any], real: RealEndpoint) -> None:
    """llama.cpp stops writing within a second, in the middle of a text that it would not end by itself."""
    real.more = {"grammar": 'root ::= [a-z]+ (" " [a-z]+)*', "ignore_eos": True, "max_tokens": 7000}
    client = await start("--llm-url", real.url, "--llm-model", CHAT_MODEL, "--llm-context", "4000")
    chat = await client.create_chat("?")
    async with client.send_message(chat.id, "What is the flow of the drainage pump N-1?") as stream:
        async for event in stream:
            if isinstance(event, LLMToken):
                break
        assert (await real.slot())["is_processing"]
    async with asyncio.timeout(1):
        while (await real.slot())["is_processing"]:  # noqa: ASYNC110 (another program's state)
            await asyncio.sleep(0.01)

    assert ["user"] == [message.role for message in (await client.get_chat_history(chat.id)).messages]


async def test_a_context_that_is_too_small_is_told(start: Callable[..., Any], real: RealEndpoint) -> None:
    """llama.cpp refuses what does not fit into the model's context: an error of the wire with its words."""
    client = await start("--llm-url", real.url, "--llm-model", CHAT_MODEL, "--llm-context", "200000")
    chat = await client.create_chat("?")
    events = [event async for event in client.send_message(chat.id, "Плита? " * 12_000, raise_errors=False)]

    assert isinstance(events[-1], ErrorEvent)
    assert "exceeds the available context size" in events[-1].message


async def test_meaning_is_searched_with_a_real_model(start: Callable[..., Any], real: RealEndpoint, projects: Path) -> None:
    """A question in one language finds the passage in the other, with which it shares no word."""
    real.more = {"max_tokens": 8}
    shutil.rmtree(projects / "Корпус")
    client = await start("--llm-url", real.url, "--llm-model", CHAT_MODEL, "--embed-model", EMBED_MODEL)
    passages = list[tuple[str, int]]()
    while not passages:  # vectors are made in the background; until then nothing is found
        chat = await client.create_chat("?")
        await client.ask(chat.id, "Чем покрыта кровля?")
        passages = given(real.completions[-1])

    assert ("notes.pdf", 2) == passages[0]
    assert {"query: Чем покрыта кровля?"} == {text for text in real.embedded if text.startswith("query: ")}
    assert any(text.startswith("passage: ") and "bitumen" in text for text in real.embedded)
