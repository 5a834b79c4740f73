"""Malformed bytes give a correct result or an `AIZoomDocError`: never another exception, never a hang.

The bytes go over real sockets. The deadline is the test's own, far beyond the client's time-outs.
"""

from __future__ import annotations

import asyncio
import contextlib
import warnings
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import attrs
import pytest
from hypothesis import given

from aizoomdoc_client import Answer, AsyncAIZoomDocClient, FileTokenStore, MemoryTokenStore, RetryPolicy, StreamTimeouts
from aizoomdoc_client.exceptions import AIZoomDocError, TokenStoreWarning
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.storage import TokenKey, TokenSet
from aizoomdoc_client.transport import websocket
from tests.client_and_server import no_wait
from tests.security import garbage
from tests.security.hostile import Attack, Hostile, attacking
from tests.security.libraries import LIBRARIES

DEADLINE = 30
"""Seconds, more than ten times what any example needs."""

Operation = Callable[[AsyncAIZoomDocClient], Awaitable[Any]]


@attrs.frozen
class FuzzSetup:
    """One loop and one server for all examples of a test; each example has its own client."""

    runner: asyncio.Runner
    hostile: Hostile

    def result_of(self, attack: Attack, operation: Operation, transport: Any = "sse") -> Any:
        """The result of the operation, or the `AIZoomDocError` that it raised."""
        self.hostile.attack = attack
        return self.runner.run(asyncio.wait_for(self._perform(operation, transport), DEADLINE))

    async def _perform(self, operation: Operation, transport: Any) -> Any:
        options: Any = {
            "transport": transport,
            "token_store": MemoryTokenStore(),
            "retry": RetryPolicy(attempts=1, max_reruns=0),
            "stream_timeouts": StreamTimeouts(connect=3, first_event=3, idle=3),
        }
        with waiting_by(no_wait):
            async with AsyncAIZoomDocClient(self.hostile.url, "static-token", timeout=3, **options) as client:
                try:
                    return await operation(client)
                except AIZoomDocError as error:
                    return error


@pytest.fixture(scope="module")
def fuzz() -> Iterator[FuzzSetup]:
    with asyncio.Runner() as runner:
        server = attacking(Attack("/nowhere", list))
        hostile = runner.run(server.__aenter__())
        yield FuzzSetup(runner, hostile)
        runner.run(server.__aexit__(None, None, None))


async def ask(client: AsyncAIZoomDocClient) -> Answer:
    return await client.ask(await client.create_chat(), "?")


async def log_in(client: AsyncAIZoomDocClient) -> Any:
    return await client.authenticate()


async def history(client: AsyncAIZoomDocClient) -> Any:
    return await client.get_chat_history("6f1c1a52-0000-4000-8000-000000000001")


async def chats(client: AsyncAIZoomDocClient) -> Any:
    return await client.list_chats()


OPERATIONS: dict[str, Operation] = {"/auth/exchange": log_in, "/chats": chats, "/6f1c1a52-0000-4000-8000-000000000001": history}


@pytest.mark.parametrize("path", OPERATIONS)
@given(sent=garbage.responses)
def test_any_response_is_a_result_or_an_error_of_ours(fuzz: FuzzSetup, path: str, sent: bytes) -> None:
    """Status lines, headers, chunks, encodings and bodies of any kind."""
    result = fuzz.result_of(Attack(path, lambda: [sent]), OPERATIONS[path])

    assert_result_or_error(result)


@given(sent=garbage.event_streams)
def test_any_events_are_an_answer_or_an_error_of_ours(fuzz: FuzzSetup, sent: bytes) -> None:
    """Lines, names and data of any kind, in chunks of any kind."""
    result = fuzz.result_of(Attack("/stream", lambda: [sent]), ask)

    assert_result_or_error(result, Answer)


@pytest.mark.parametrize("library", LIBRARIES)
@given(sent=garbage.frame_streams)
def test_any_frames_are_an_answer_or_an_error_of_ours(fuzz: FuzzSetup, library: str, sent: bytes) -> None:
    """After a proper handshake, frames of any kind."""
    with using(library):
        result = fuzz.result_of(Attack("/stream", lambda: [sent], shakes=True), ask, "websocket")

    assert_result_or_error(result, Answer)


@pytest.mark.parametrize("library", LIBRARIES)
@given(sent=garbage.responses)
def test_any_handshake_is_an_error_of_ours(fuzz: FuzzSetup, library: str, sent: bytes) -> None:
    """A handshake that is answered with any bytes but a correct response."""
    with using(library):
        result = fuzz.result_of(Attack("/stream", lambda: [sent]), ask, "websocket")

    assert_result_or_error(result, AIZoomDocError)


@given(content=garbage.token_files)
def test_any_token_file_is_tokens_or_a_warning(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Any content gives tokens of the correct types, or none and a warning; afterwards the file can be saved to."""
    path = tmp_path_factory.mktemp("garbage") / "tokens.json"
    path.write_bytes(content)
    key, tokens = TokenKey("http://localhost", "user"), TokenSet(access_token="a")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TokenStoreWarning)
        found = FileTokenStore(path).load(key)
        FileTokenStore(path).save(key, tokens)

    assert found is None or all(isinstance(value, kind) for value, kind in zip(attrs.astuple(found), TYPES, strict=True))
    assert tokens == FileTokenStore(path).load(key)


TYPES = (str | None, float, float, str | None, str | None)


def assert_result_or_error(result: Any, kind: type[Any] = object) -> None:
    """An error is one printable line; any other result is of the given type."""
    if isinstance(result, AIZoomDocError):
        assert str(result).isprintable()
    else:
        assert isinstance(result, kind)


@contextlib.contextmanager
def using(library: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(websocket, "best_library", LIBRARIES[library])
        yield
