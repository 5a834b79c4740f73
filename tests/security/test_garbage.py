"""Garbage in, one of our errors or a right answer out: never another exception, never a hang.

The bytes go over real sockets. The deadline is the harness's own, far beyond the time-outs that the client was given.
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
from tests.security import garbage
from tests.security.hostile import Attack, Hostile, attacking
from tests.security.libraries import LIBRARIES
from tests.visits import no_wait

DEADLINE = 30
"""Seconds: nothing here may take a tenth of it."""

Deed = Callable[[AsyncAIZoomDocClient], Awaitable[Any]]


@attrs.frozen
class Yard:
    """One loop and one server for all examples of a test; each example has a client of its own."""

    runner: asyncio.Runner
    hostile: Hostile

    def dealt(self, attack: Attack, deed: Deed, transport: Any = "sse") -> Any:
        """What the deed gave, or the error of ours that it raised."""
        self.hostile.attack = attack
        return self.runner.run(asyncio.wait_for(self._deal(deed, transport), DEADLINE))

    async def _deal(self, deed: Deed, transport: Any) -> Any:
        options: Any = {
            "transport": transport,
            "token_store": MemoryTokenStore(),
            "retry": RetryPolicy(attempts=1, max_reruns=0),
            "stream_timeouts": StreamTimeouts(connect=3, first_event=3, idle=3),
        }
        with waiting_by(no_wait):
            async with AsyncAIZoomDocClient(self.hostile.url, "token", timeout=3, **options) as client:
                try:
                    return await deed(client)
                except AIZoomDocError as error:
                    return error


@pytest.fixture(scope="module")
def yard() -> Iterator[Yard]:
    with asyncio.Runner() as runner:
        server = attacking(Attack("/nowhere", list))
        hostile = runner.run(server.__aenter__())
        yield Yard(runner, hostile)
        runner.run(server.__aexit__(None, None, None))


async def ask(client: AsyncAIZoomDocClient) -> Answer:
    return await client.ask(await client.create_chat(), "?")


async def log_in(client: AsyncAIZoomDocClient) -> Any:
    return await client.authenticate()


async def history(client: AsyncAIZoomDocClient) -> Any:
    return await client.get_chat_history("6f1c1a52-0000-4000-8000-000000000001")


async def chats(client: AsyncAIZoomDocClient) -> Any:
    return await client.list_chats()


DEEDS: dict[str, Deed] = {"/auth/exchange": log_in, "/chats": chats, "/6f1c1a52-0000-4000-8000-000000000001": history}


@pytest.mark.parametrize("path", DEEDS)
@given(sent=garbage.responses)
def test_any_response_is_a_result_or_an_error_of_ours(yard: Yard, path: str, sent: bytes) -> None:
    """Status lines, headers, chunks, encodings and bodies of any kind."""
    came = yard.dealt(Attack(path, lambda: [sent]), DEEDS[path])

    assert_presentable(came)


@given(sent=garbage.event_streams)
def test_any_events_are_an_answer_or_an_error_of_ours(yard: Yard, sent: bytes) -> None:
    """Lines, names and data of any kind, in chunks of any kind."""
    came = yard.dealt(Attack("/stream", lambda: [sent]), ask)

    assert_presentable(came, Answer)


@pytest.mark.parametrize("library", LIBRARIES)
@given(sent=garbage.frame_streams)
def test_any_frames_are_an_answer_or_an_error_of_ours(yard: Yard, library: str, sent: bytes) -> None:
    """After a proper handshake, frames of any kind."""
    with using(library):
        came = yard.dealt(Attack("/stream", lambda: [sent], shakes=True), ask, "websocket")

    assert_presentable(came, Answer)


@pytest.mark.parametrize("library", LIBRARIES)
@given(sent=garbage.responses)
def test_any_handshake_is_an_error_of_ours(yard: Yard, library: str, sent: bytes) -> None:
    """A handshake that is answered with anything but what it should be."""
    with using(library):
        came = yard.dealt(Attack("/stream", lambda: [sent]), ask, "websocket")

    assert_presentable(came, AIZoomDocError)


@given(content=garbage.token_files)
def test_any_token_file_is_tokens_or_a_warning(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever is in the file: tokens of the right types, or none and a warning; and it can be saved to afterwards."""
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


def assert_presentable(came: Any, kind: type[Any] = object) -> None:
    """An error is one printable line; anything else is of the kind that was asked for."""
    if isinstance(came, AIZoomDocError):
        assert str(came).isprintable()
    else:
        assert isinstance(came, kind)


@contextlib.contextmanager
def using(library: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(websocket, "best_library", LIBRARIES[library])
        yield
