"""Embeddings of texts from an OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence

import aiohttp
import msgspec

from ...catalog import text
from .answerer import AnswererError
from .endpoint_errors import EndpointRefusedError, parse_reason
from .model_endpoint import ModelEndpoint

_PATH = "/embeddings"
_BATCH = 32  # texts
_BATCH_CHARS = 30_000
_FEWEST_CHARS = 200  # down to so few a text that an endpoint refuses is cut in half
_LARGEST_RESPONSE = 64 * 1024 * 1024  # bytes of a response
_TOO_LONG = frozenset({400, 413, 422, 500})
"""Statuses by which servers refuse a text beyond a model's context; llama.cpp answers 500."""

_PREFIXES: Mapping[str, tuple[str, str]] = {
    "nomic-embed": ("search_query: ", "search_document: "),
    "e5-": ("query: ", "passage: "),
}
"""By a part of a model's name, the prefixes of questions and of documents that it was trained with."""

Vector = Sequence[float]


class Embeddings:
    """Embeddings by the `embed_model` of the endpoint's settings.

    A batch of documents may take `batch_seconds`; a question, whose answer waits for it, only `question_seconds`.
    """

    def __init__(self, endpoint: ModelEndpoint, *, batch_seconds: float = 300.0, question_seconds: float = 10.0) -> None:
        self._endpoint = endpoint
        self._batch_seconds = batch_seconds
        self._question_seconds = question_seconds
        self.model: str = endpoint.settings.embed_model or ""
        self._prefixes = next((prefixes for part, prefixes in _PREFIXES.items() if part in self.model.lower()), ("", ""))

    async def of_question(self, question: str) -> Vector:
        """The vector of a question; raises `AnswererError`."""
        [vector] = await self._vectors([self._prefixes[0] + question], self._question_seconds)
        return vector

    async def of_documents(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors of texts in their order; raises `AnswererError`."""
        vectors = list[Vector]()
        for batch in _batches([self._prefixes[1] + each for each in texts]):
            vectors += await self._vectors(batch, self._batch_seconds)
        return vectors

    async def _vectors(self, texts: Sequence[str], limit: float) -> list[Vector]:
        try:
            return await self._request(texts, limit)
        except EndpointRefusedError as error:
            if error.status not in _TOO_LONG or (len(texts) == 1 and len(texts[0]) <= _FEWEST_CHARS):
                raise
        if len(texts) == 1:
            return await self._vectors([texts[0][: len(texts[0]) // 2]], limit)
        half = len(texts) // 2
        return [*await self._vectors(texts[:half], limit), *await self._vectors(texts[half:], limit)]

    async def _request(self, texts: Sequence[str], limit: float) -> list[Vector]:
        try:
            async with asyncio.timeout(limit):
                async with self._endpoint.post(_PATH, {"model": self.model, "input": texts}) as response:
                    body = await _read(response)
        except TimeoutError:
            raise AnswererError(text("llm_answer_late", seconds=limit)) from None
        except aiohttp.ClientError:
            raise AnswererError(text("llm_answer_broken_off")) from None
        vectors = _decode_vectors(body)
        if len(vectors) != len(texts):
            if reason := parse_reason(body):
                raise AnswererError(text("llm_failed", said=reason))
            raise AnswererError(text("llm_answer_unreadable", host=self._endpoint.settings.host))
        return vectors


class _Item(msgspec.Struct):
    embedding: list[float]
    index: int = 0


class _Response(msgspec.Struct):
    data: list[_Item]


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _LARGEST_RESPONSE:
            return b""
    return bytes(body)


def _decode_vectors(body: bytes) -> list[Vector]:
    """The vectors of a response in the order of their texts; none where it is malformed."""
    try:
        items = sorted(msgspec.json.decode(body, type=_Response).data, key=lambda item: item.index)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return []
    sizes = {len(item.embedding) for item in items}
    is_finite = all(math.isfinite(value) for item in items for value in item.embedding)
    return [item.embedding for item in items] if len(sizes) == 1 and 0 not in sizes and is_finite else []


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch, size = list[str](), 0
    for each in texts:
        if batch and (len(batch) == _BATCH or size + len(each) > _BATCH_CHARS):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += len(each)
    if batch:
        yield batch
