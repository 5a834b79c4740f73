"""A streamed chat completion: the request, its time-outs, and the deltas of the response."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import aiohttp

from ...catalog import text
from ...exceptions import ProtocolError
from ...protocol.eventsource import EventSourceParser, fields
from ..llm_settings import LLMSettings
from .answerer import AnswererError, Delta
from .chat_chunks import Chunk, ThinkTags, chunk, chunks
from .endpoint_errors import EndpointRefusedError
from .model_endpoint import ModelEndpoint

_LARGEST_ANSWER = 8 * 1024 * 1024  # bytes of a response that is not streamed, and of one event
_PATH = "/chat/completions"
T = TypeVar("T")

Messages = Sequence[Mapping[str, str]]


class ChatCompletions:
    """Completions of the settings' model; options that an endpoint refused once are not sent to it again."""

    def __init__(self, endpoint: ModelEndpoint) -> None:
        self._endpoint = endpoint
        self._takes_options = True

    async def stream(self, messages: Messages, options: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        """The deltas of thinking and text; closing the generator closes the request.

        `options` are left out where the endpoint refuses them. Raises `StoppedAtLimitError` after a text that a limit of length
        cut off, and `AnswererError` where the endpoint refuses, fails, is too slow or closes the stream too early.
        """
        body = {"model": self._endpoint.settings.model, "messages": messages, "stream": True}
        deadline, tags = _Deadline(self._endpoint.settings), ThinkTags()
        last_chunk: Chunk | None = None
        async with contextlib.AsyncExitStack() as stack:
            response = await deadline.within(self._open(stack, body, options))
            received = await stack.enter_async_context(contextlib.aclosing(_chunks(response, deadline)))
            async for last_chunk in received:
                for delta in (known for each in last_chunk.deltas for known in tags.feed(each)):
                    yield delta
                    deadline.restart()
                if last_chunk.finish_reason:
                    break  # only the numbers of tokens used may follow; some servers then leave the connection open
        for delta in tags.finish():
            yield delta
        if last_chunk is None:
            raise AnswererError(text("llm_answer_unreadable", host=self._endpoint.settings.host))
        _check_end(last_chunk.finish_reason)

    async def _open(
        self, stack: contextlib.AsyncExitStack, body: Mapping[str, Any], options: Mapping[str, Any]
    ) -> aiohttp.ClientResponse:
        post, with_options = self._endpoint.post, bool(options) and self._takes_options
        if with_options:
            try:
                return await stack.enter_async_context(post(_PATH, {**body, **options}))
            except EndpointRefusedError as error:
                if error.status not in {400, 422}:
                    raise
        response = await stack.enter_async_context(post(_PATH, body))
        self._takes_options = self._takes_options and not with_options
        return response


class StoppedAtLimitError(Exception):
    """The model's limit on the length of an answer, or its context, ended the text."""


def _check_end(finish_reason: str | None) -> None:
    match finish_reason:
        case None:
            raise AnswererError(text("llm_answer_broken_off"))
        case "content_filter":
            raise AnswererError(text("llm_answer_filtered"))
        case "error":
            raise AnswererError(text("llm_failed", said=""))
        case "length":
            raise StoppedAtLimitError
        case _:
            return


class _Deadline:
    """The time by which the first delta, and later the next one, must arrive."""

    def __init__(self, settings: LLMSettings) -> None:
        self._settings = settings
        self._clock = asyncio.get_running_loop().time
        self._at = self._clock() + settings.first_delta_timeout
        self._has_begun = False

    def restart(self) -> None:
        """Sets the deadline of the next delta, once the client has taken the last one."""
        self._has_begun = True
        self._at = self._clock() + self._settings.delta_timeout

    async def within(self, work: Awaitable[T]) -> T:
        """The result of `work`; raises `AnswererError` when it takes too long or the connection breaks."""
        try:
            async with asyncio.timeout_at(self._at):
                return await work
        except TimeoutError:
            if self._has_begun:
                raise AnswererError(text("llm_answer_stalled", seconds=self._settings.delta_timeout)) from None
            raise AnswererError(text("llm_answer_late", seconds=self._settings.first_delta_timeout)) from None
        except (aiohttp.ClientError, OSError):
            raise AnswererError(text("llm_answer_broken_off")) from None


async def _chunks(response: aiohttp.ClientResponse, deadline: _Deadline) -> AsyncGenerator[Chunk, None]:
    """The chunks of the response; one chunk with the whole answer from a server that ignores `stream`."""
    head, read = b"", response.content.readany
    while not head.strip() and (data := await deadline.within(read())):
        head += data
    parser, is_read = EventSourceParser(_LARGEST_ANSWER), False
    try:
        if head.lstrip().startswith(b"{"):
            yield chunk(head + await _rest(response, deadline))
            return
        data = head
        while data:
            for each in _parse(parser, data):
                is_read = True
                yield each
            data = await deadline.within(read())
        for each in _parse(parser, b"\n\n"):  # some servers leave out the empty line after the last event
            yield each
    except ProtocolError:
        if not is_read:
            raise AnswererError(text("llm_answer_unreadable", host=response.url.authority)) from None
        raise AnswererError(text("llm_answer_broken_off")) from None


async def _rest(response: aiohttp.ClientResponse, deadline: _Deadline) -> bytes:
    """The rest of the body. Raises `ProtocolError` for more than `_LARGEST_ANSWER`."""
    body = bytearray()
    while data := await deadline.within(response.content.readany()):
        body += data
        if len(body) > _LARGEST_ANSWER:
            raise ProtocolError(text("frame_too_large"))
    return bytes(body)


def _parse(parser: EventSourceParser, data: bytes) -> Iterator[Chunk]:
    for frame in parser.feed(data):
        if event := fields(frame):
            yield from chunks(event)
