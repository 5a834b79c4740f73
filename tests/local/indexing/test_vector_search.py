"""Search by words and by meaning together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.catalog import text as localized
from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.local import AnswererError, LLMSettings, LocalServer
from aizoomdoc_client.local.indexing import vector_search
from aizoomdoc_client.local.indexing.document_index import DocumentIndex
from aizoomdoc_client.local.indexing.document_source import DocumentSource
from aizoomdoc_client.local.indexing.vector_search import VectorSearch
from tests.local.model_endpoint import EndpointStandIn, said
from tests.local.support import Serve, settings


def meaning(text: str) -> list[float]:
    """Lifts and elevators are one thing, pumps another."""
    words = text.lower()
    return [float("лифт" in words or "подъёмник" in words), float("насос" in words), 0.1]


class Embedder:
    """Vectors by `meaning`; while `fault` is set it raises that, while `held` is clear it waits."""

    model = "m"

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.held = asyncio.Event()
        self.held.set()
        self.documents: list[str] = []
        self.questions = 0

    async def of_question(self, question: str) -> Sequence[float]:
        self.questions += 1
        if self.fault:
            raise self.fault
        return meaning(question)

    async def of_documents(self, texts: Sequence[str]) -> list[list[float]]:
        await self.held.wait()
        if self.fault:
            raise self.fault
        self.documents += [text.split("\n")[-1] for text in texts]
        return [meaning(text) for text in texts]


Opened = Callable[..., Awaitable[DocumentIndex]]


@pytest.fixture
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    """Opens the same index again and again."""
    async with AsyncExitStack() as stack:

        async def start(embedder: Embedder) -> DocumentIndex:
            await stack.aclose()
            index = DocumentIndex(tmp_path / "index.sqlite3", readers=1, embedder=embedder)
            await index.open()
            stack.push_async_callback(index.close)
            return index

        yield start


def vectors_of(index: DocumentIndex) -> VectorSearch:
    assert index._vectors is not None
    return index._vectors


def sources(tmp_path: Path, **texts: str) -> list[DocumentSource]:
    for name, content in texts.items():
        (tmp_path / f"{name}.txt").write_text(content, encoding="utf-8")
    return [DocumentSource(key=name, name=f"{name}.txt", path=tmp_path / f"{name}.txt", version="1") for name in texts]


async def found(index: DocumentIndex, documents: Sequence[DocumentSource], question: str) -> list[str]:
    return [candidate.text for candidate in await index.search(documents, question, 2)]


TEXTS = {"a": "Подъёмник пассажирский на восемь человек.", "b": "Насос Н-1 стоит в подвале.", "c": "Стены из кирпича."}


async def test_what_words_do_not_find_meaning_does(opened: Opened, embedder: Embedder, tmp_path: Path) -> None:
    """And what both find comes first."""
    index, documents = await opened(embedder), sources(tmp_path, **TEXTS)
    await index.ensure_read(documents)
    await vectors_of(index).settled()

    assert TEXTS["a"] == (await found(index, documents, "Какой лифт в здании?"))[0]
    assert TEXTS["b"] == (await found(index, documents, "Где насос?"))[0]
    assert {*TEXTS.values()} == set(embedder.documents)


async def test_words_lead_where_something_is_named(opened: Opened, embedder: Embedder, tmp_path: Path) -> None:
    """What has the code stands before what meaning finds, which fills the places that are left."""
    texts = {"a": "Агрегат П-1 стоит в подвале.", "b": "Лифт пассажирский.", "c": "Подъёмник грузовой."}
    index, documents = await opened(embedder), sources(tmp_path, **texts)
    await index.ensure_read(documents)
    await vectors_of(index).settled()

    assert [texts["a"], texts["b"]] == await found(index, documents, "лифт П-1")
    assert [texts["b"], texts["a"]] == await found(index, documents, "лифт и агрегат в подвале")
    assert [texts["a"], texts["c"]] == await found(index, documents[::2], "лифт П-1")


async def test_words_alone_are_searched_until_all_have_vectors(opened: Opened, embedder: Embedder, tmp_path: Path) -> None:
    """A question does not wait for them, nor for a vector of its own from an embedder that is busy with them."""
    index, documents = await opened(embedder), sources(tmp_path, **TEXTS)
    embedder.held.clear()
    await index.ensure_read(documents)
    assert [] == await found(index, documents, "Какой лифт в здании?")
    assert [TEXTS["b"]] == await found(index, documents, "Где насос?")
    assert 0 == embedder.questions
    embedder.held.set()
    await vectors_of(index).settled()

    assert TEXTS["a"] == (await found(index, documents, "Какой лифт в здании?"))[0]


async def test_a_question_without_words_gets_the_first_passages(opened: Opened, embedder: Embedder, tmp_path: Path) -> None:
    """Its meaning is not asked for."""
    index, documents = await opened(embedder), sources(tmp_path, **TEXTS)
    await index.ensure_read(documents)

    assert (2, 0) == (len(await found(index, documents, "???")), embedder.questions)


async def test_vectors_are_kept(opened: Opened, embedder: Embedder, tmp_path: Path) -> None:
    """The next start makes those that are missing; another model makes all."""
    documents = sources(tmp_path, **TEXTS)
    index = await opened(embedder)
    await index.ensure_read(documents[:2])
    await vectors_of(index).settled()
    index = await opened(again := Embedder())
    await index.ensure_read(documents)
    await vectors_of(index).settled()
    assert [TEXTS["c"]] == again.documents
    other = Embedder()
    other.model = "n"
    await vectors_of(await opened(other)).settled()

    assert {*TEXTS.values()} == set(other.documents)


async def test_an_endpoint_that_is_down_is_logged_once(
    opened: Opened, embedder: Embedder, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words find what they find meanwhile, without waiting for it again; when it is back, vectors are made, which is logged."""
    pauses, tried, go_on = list[float](), asyncio.Event(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 6:
            tried.set()
            await go_on.wait()

    monkeypatch.setattr(vector_search, "sleep", sleep)
    index, documents = await opened(embedder), sources(tmp_path, **TEXTS)
    embedder.fault = AnswererError(localized("llm_failed", said="no memory"))
    await index.ensure_read(documents)
    await tried.wait()
    questions = embedder.questions
    assert [[TEXTS["b"]]] * 3 == [await found(index, documents, "Где насос?") for _ in range(3)]
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert ["Documents are searched by their words only: The language model failed: no memory; ask again"] == warnings
    assert ([5, 15, 60, 300, 300, 300], questions) == (pauses, embedder.questions)
    embedder.fault = None
    go_on.set()
    while not await found(index, documents, "Какой лифт в здании?"):
        pass

    assert "Documents are searched by meaning again" == caplog.records[-1].getMessage()


async def test_a_failure_at_a_question_is_noticed(
    opened: Opened, embedder: Embedder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """When all vectors are there: the question is answered by words, the next one does not try."""
    index, documents = await opened(embedder), sources(tmp_path, **TEXTS)
    await index.ensure_read(documents)
    await vectors_of(index).settled()
    embedder.fault = AnswererError(localized("llm_failed", said=""))
    assert [[TEXTS["b"]], []] == [await found(index, documents, question) for question in ("Где насос?", "Какой лифт?")]

    assert 1 == sum("by their words only" in record.getMessage() for record in caplog.records)


async def test_without_numpy_the_start_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra by its name."""
    find = util.find_spec

    def without(name: str, package: str | None = None) -> Any:
        return None if name == "numpy" else find(name, package)

    monkeypatch.setattr("aizoomdoc_client.local.indexing.document_index.find_spec", without)
    chosen = settings(tmp_path, llm=LLMSettings(url="http://localhost:1", model="m", embed_model="e"))
    with pytest.raises(ConfigurationError, match=r"aizoomdoc-client\[llm\]"):
        async with LocalServer(chosen):
            pass


async def test_a_server_answers_from_what_meaning_finds(serve: Serve, endpoint: EndpointStandIn) -> None:
    """The endpoint's model gets the passage that no word of the question stands in."""
    endpoint.embed, endpoint.responses = meaning, [said("Да [1].")]
    user = await serve(llm=LLMSettings(url=endpoint.url, model="m", embed_model="e"))
    file = await user.upload("Здание.txt", TEXTS["a"].encode())
    grounding = ""
    while grounding != "documents":  # the vectors are made in the background
        chat = await user.chat()
        await user.say(chat, "Какой лифт?", attached_file_ids=[file.body["id"]])
        grounding = (await user.events(chat))[-2].data["grounding"]

    assert TEXTS["a"] in endpoint.bodies[-1]["messages"][-1]["content"]
    assert [TEXTS["a"]] in [[text.split("\n")[-1] for text in texts] for texts in endpoint.embedded]
