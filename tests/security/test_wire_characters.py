"""No control characters in tokens, ids and file names on the wire: they are rejected or replaced."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

import attrs
import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client import AIZoomDocError, AIZoomDocWarning, AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy
from aizoomdoc_client.session.retrier import waiting_by
from aizoomdoc_client.storage import TokenKey, TokenSet
from tests.client_and_server import no_wait
from tests.security.hostile import CHAT, answer_to, field, frame, handshake, response

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
ODD_TEXTS = st.text(
    st.sampled_from('\r\n\x00\x1b\t\x7f\x80\x85\x9f\u2028\u202e"\\/%;&=aж:. \ud800') | st.characters(), min_size=1, max_size=8
)
given_texts = st.one_of(
    ODD_TEXTS, st.builds(lambda text, place: CHAT[:place] + text + CHAT[place:], ODD_TEXTS, st.integers(0, len(CHAT)))
)


@attrs.define
class Recorder:
    """A server that records every received byte, by request."""

    url: str = ""
    jwt: str = "jwt"
    requests: list[tuple[bytes, bytes]] = attrs.field(factory=list[tuple[bytes, bytes]])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                body = await reader.readexactly(int(field(head, b"content-length") or b"0"))
                self.requests.append((head, body))
                if field(head, b"upgrade"):
                    final = json.dumps({"event": "llm_final", "data": {"content": "x"}}).encode()
                    writer.write(handshake(head) + frame(1, final) + frame(8, b"\x03\xe8"))
                else:
                    path = head.split(b" ")[1].split(b"?")[0].decode()
                    writer.write(response(json.dumps(answer_to(path, access_token=self.jwt)).encode()))
        writer.close()


@attrs.frozen
class RecordingSetup:
    """One loop and one recorder for all examples of a test."""

    runner: asyncio.Runner
    recorder: Recorder

    def recorded(
        self, operation: Callable[[AsyncAIZoomDocClient], Coroutine[Any, Any, Any]], **options: Any
    ) -> list[tuple[bytes, bytes]]:
        """The requests of an operation, whether it succeeded or raised an `AIZoomDocError`."""
        self.recorder.requests.clear()

        async def done() -> None:
            given: Any = {"static_token": "token", "token_store": MemoryTokenStore(), "transport": "websocket"} | options
            with waiting_by(no_wait), contextlib.suppress(AIZoomDocError), warnings.catch_warnings():
                warnings.simplefilter("ignore", AIZoomDocWarning)
                async with AsyncAIZoomDocClient(
                    self.recorder.url, timeout=5, retry=RetryPolicy(attempts=1, max_reruns=0), **given
                ) as client:
                    await operation(client)

        self.runner.run(asyncio.wait_for(done(), 30))
        return list(self.recorder.requests)


@pytest.fixture(scope="module")
def setup() -> Iterator[RecordingSetup]:
    @contextlib.asynccontextmanager
    async def recording() -> AsyncIterator[Recorder]:
        recorder = Recorder()
        server = await asyncio.start_server(recorder.serve, "127.0.0.1", 0)
        recorder.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield recorder

    with asyncio.Runner() as runner:
        running = recording()
        recorder = runner.run(running.__aenter__())
        yield RecordingSetup(runner, recorder)
        runner.run(running.__aexit__(None, None, None))


def assert_clean(requests: list[tuple[bytes, bytes]]) -> None:
    """A request line and headers of printable characters, each header known; no escaped control characters in path and query."""
    for head, _ in requests:
        lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        assert [] == [each for each in lines if CONTROLS.search(each.decode())]
        assert set() == {each.partition(b":")[0].lower() for each in lines[1:]} - KNOWN
        assert 3 == len(lines[0].split(b" "))
        parts = urlsplit(lines[0].split(b" ")[1].decode())
        assert not CONTROLS.search(unquote_to_bytes(parts.path).decode())
        assert [] == [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if CONTROLS.search("".join(pair))]


KNOWN = set(
    b"host accept accept-encoding user-agent authorization content-length content-type "
    b"idempotency-key upgrade connection sec-websocket-key sec-websocket-version sec-websocket-extensions cache-control".split()
)
"""The headers that the client sends."""


@given(text=given_texts)
def test_a_static_token(setup: RecordingSetup, text: str) -> None:
    """The body of the login has it as JSON, without control characters."""
    requests = setup.recorded(lambda client: client.authenticate(text))

    assert_clean(requests)
    assert [] == [body for _, body in requests if CONTROLS.search(json.loads(body)["static_token"])]


@given(text=given_texts)
def test_an_access_token_of_a_server(setup: RecordingSetup, text: str) -> None:
    """The header, and the query of the handshake, for any text that a server returns as a token."""
    setup.recorder.jwt = text

    assert_clean(setup.recorded(lambda client: client.ask(CHAT, "?")))


@given(text=given_texts)
def test_an_access_token_of_a_store(setup: RecordingSetup, text: str) -> None:
    """The same for any text that a store returns as a token."""
    store = MemoryTokenStore()
    key = TokenKey.of_static_token(setup.recorder.url, "token")
    store.save(key, TokenSet(access_token=text, expires_at=4e9, expires_in=3600, refresh_token=text))

    assert_clean(setup.recorded(lambda client: client.ask(CHAT, "?"), token_store=store))


BY_ID: dict[str, Callable[[AsyncAIZoomDocClient, str], Coroutine[Any, Any, Any]]] = {
    "chat": lambda client, text: client.get_chat(text),
    "deleted chat": lambda client, text: client.delete_chat(text),
    "question": lambda client, text: client.ask(text, "?"),
    "attached file": lambda client, text: client.ask(CHAT, "?", attached_file_ids=[text]),
    "document": lambda client, text: client.ask(CHAT, "?", document_ids=[text]),
    "attached document": lambda client, text: client.ask(CHAT, "?", attached_document_ids=[text]),
    "client": lambda client, text: client.ask(CHAT, "?", client_id=text),
    "compared": lambda client, text: client.ask(CHAT, "?", compare_document_ids_a=[text], compare_document_ids_b=[text]),
    "google file": lambda client, text: client.ask(CHAT, "?", google_files=[{"uri": text, "mime_type": text}]),
    "tree file": lambda client, text: client.ask(CHAT, "?", tree_files=[{"r2_key": text, "file_type": text}]),
    "file": lambda client, text: client.get_file(text),
    "results": lambda client, text: client.get_document_results(text),
    "tree": lambda client, text: client.get_projects_tree(client_id=text, parent_id=text, node_type=text),
    "search": lambda client, text: client.search_documents(text, text),
}


@pytest.mark.parametrize("kind", BY_ID)
@given(text=given_texts)
def test_an_id(setup: RecordingSetup, kind: str, text: str) -> None:
    """Every method that takes an id or a key."""
    setup.recorder.jwt = "jwt"
    requests = setup.recorded(lambda client: BY_ID[kind](client, text))

    assert_clean(requests)
    for head, body in requests:
        if head.startswith(b"POST /chats/"):
            assert [] == [item for items in json.loads(body).values() for item in items if CONTROLS.search(item)]


@given(name=given_texts)
def test_a_file_name(setup: RecordingSetup, name: str) -> None:
    """The file name cannot end its header in the multipart body."""
    setup.recorder.jwt = "jwt"
    requests = setup.recorded(lambda client: client.upload_file(b"plan", filename=name))

    assert_clean(requests)
    for _, body in [request for request in requests if b"/files/" in request[0]]:
        part = body.split(b"\r\n\r\n")[0].split(b"\r\n")
        assert [] == [each for each in part if CONTROLS.search(each.decode())]
        [disposition] = [each for each in part if each.lower().startswith(b"content-disposition:")]
        assert re.fullmatch(rb'(?i)content-disposition: form-data; name="file"; filename="(?:[^"\\]|\\.)+"', disposition)
