"""Embeddings from a stand-in endpoint on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from aizoomdoc_client.local import AnswererError, LLMSettings
from aizoomdoc_client.local.answering.embeddings import Embeddings
from aizoomdoc_client.local.answering.model_endpoint import ModelEndpoint
from tests.local.model_endpoint import EndpointStandIn, Respond, refused, streamed

Make = Callable[..., Awaitable[Embeddings]]


@pytest.fixture
async def embeddings(endpoint: EndpointStandIn) -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:

        async def make(model: str = "m", *responses: Respond, seconds: float = 60) -> Embeddings:
            endpoint.responses = [*responses] or endpoint.responses
            chosen = LLMSettings(url=endpoint.url, model="chat", embed_model=model)
            opened = await stack.enter_async_context(ModelEndpoint(chosen))
            return Embeddings(opened, batch_seconds=seconds, question_seconds=seconds)

        yield make


def length(text: str) -> list[float]:
    return [float(len(text)), 1.0]


async def test_texts_go_in_batches(embeddings: Make, endpoint: EndpointStandIn) -> None:
    """Of at most 32 texts and 30,000 characters, and come back in their order; a long text goes alone."""
    endpoint.embed = length
    texts = ["a" * size for size in [*range(1, 71), 29_900, 29_901, 60_000]]
    vectors = await (await embeddings()).of_documents(texts)

    assert [length(text) for text in texts] == vectors
    assert [32, 32, 6, 1, 1, 1] == [len(batch) for batch in endpoint.embedded]
    assert {("/v1/embeddings", "m")} == {(path, body["model"]) for path, body in endpoint.requests}
    assert [] == await (await embeddings()).of_documents([])


def data(*items: object) -> Respond:
    async def respond(_: web.Request) -> web.StreamResponse:
        return web.json_response({"data": [*items]})

    return respond


async def test_vectors_are_put_in_the_order_of_their_texts(embeddings: Make) -> None:
    """By the index that each has."""
    shuffled = data({"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]})

    assert [[1], [2]] == await (await embeddings("m", shuffled)).of_documents(["a", "b"])


@pytest.mark.parametrize(
    ("model", "question", "document"),
    [
        ("nomic-embed-text:v1.5", "search_query: q", "search_document: d"),
        ("intfloat/multilingual-e5-large", "query: q", "passage: d"),
        ("bge-m3", "q", "d"),
    ],
)
async def test_models_get_the_prefixes_that_they_were_trained_with(
    embeddings: Make, endpoint: EndpointStandIn, model: str, question: str, document: str
) -> None:
    """Before questions and before documents."""
    endpoint.embed = length
    made = await embeddings(model)
    await made.of_question("q")
    await made.of_documents(["d"])

    assert [[question], [document]] == endpoint.embedded


@pytest.mark.parametrize("status", [400, 413, 500])
async def test_a_text_that_is_too_long_is_cut(embeddings: Make, endpoint: EndpointStandIn, status: int) -> None:
    """It alone: the others of its batch are not."""
    made = await embeddings()

    async def respond(request: web.Request) -> web.StreamResponse:
        texts = (await request.json())["input"]
        if any(len(text) > 1000 for text in texts):
            return web.json_response({"error": {"message": "input is too long"}}, status=status)
        return web.json_response({"data": [{"index": n, "embedding": length(text)} for n, text in enumerate(texts)]})

    endpoint.responses = [respond]
    texts = ["a" * 900, "b" * 3000, "c" * 800]

    assert [[900, 1], [750, 1], [800, 1]] == await made.of_documents(texts)


@pytest.mark.parametrize(
    ("respond", "words"),
    [
        (refused(404, {"error": {"message": "model 'm' not found"}}), "language model 'm' is not known"),
        (refused(400, {"error": {"message": "no embedding model"}}), "refused the request (400): no embedding model"),
        (refused(200, {"error": "boom"}), "The language model failed: boom"),
        (streamed(b"<html>"), "does not answer as an OpenAI-compatible one"),
        (streamed(b'{"data": ', aborts=True), "The connection to the language model broke"),
        (refused(200, [1]), "does not answer as an OpenAI-compatible one"),
        (data(), "does not answer as an OpenAI-compatible one"),
        (data(1), "does not answer as an OpenAI-compatible one"),
        (data({"embedding": []}), "does not answer as an OpenAI-compatible one"),
        (data({"embedding": ["x"]}), "does not answer as an OpenAI-compatible one"),
        (data({"embedding": "AAAA"}), "does not answer as an OpenAI-compatible one"),
        (data({"embedding": [1]}, {"embedding": [1]}), "does not answer as an OpenAI-compatible one"),
    ],
)
async def test_what_is_no_vector_is_an_error(embeddings: Make, respond: Respond, words: str) -> None:
    """Of the wire's kind, so that whoever asked can say it."""
    made = await embeddings("m", respond)
    with pytest.raises(AnswererError) as caught:
        await made.of_question("q")

    assert words in str(caught.value.text)


async def test_an_endpoint_that_hangs_is_given_up(embeddings: Make, endpoint: EndpointStandIn) -> None:
    """A question does not wait for it, whether or not it has begun to answer."""
    for hanging in (endpoint.hang(headers=False), endpoint.hang(b"{")):
        made = await embeddings("m", hanging, seconds=0.05)
        with pytest.raises(AnswererError) as caught:
            await made.of_question("q")
        assert "within 0.05 s" in str(caught.value.text)
