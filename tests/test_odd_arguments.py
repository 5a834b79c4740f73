"""Odd arguments, at every parameter of the public face: each gives a result or an error of the package's own, of one line."""

from __future__ import annotations

import contextlib
import inspect
import io
import math
import mmap
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from aizoomdoc_client import AIZoomDocError, AsyncAIZoomDocClient, MemoryTokenStore
from aizoomdoc_client.testing import ServerBehavior
from tests.client_and_server import ClientAndServer, client_and_server


class Thing:
    """An object of the caller's own, with an id that is none."""

    id = 5

    def __repr__(self) -> str:
        return "thing\nof two lines"


class Text(str):
    """A text of the caller's own class."""

    __slots__ = ()


def numbers() -> Iterator[int]:
    yield 1


def closed() -> io.BytesIO:
    file = io.BytesIO(b"x")
    file.close()
    return file


ODD: Mapping[str, Callable[[], Any]] = {
    "None": lambda: None,
    "True": lambda: True,
    "0": lambda: 0,
    "-1": lambda: -1,
    "2**70": lambda: 2**70,
    "1.5": lambda: 1.5,
    "nan": lambda: math.nan,
    "inf": lambda: math.inf,
    "1j": lambda: 1j,
    "empty text": lambda: "",
    "blank text": lambda: " \n",
    "text with NUL": lambda: "a\0b",
    "text with a line break": lambda: "a\r\nX-Evil: 1",
    "lone surrogate": lambda: "a\ud800b",
    "..": lambda: "..",
    "slashes": lambda: "../../me?x#y",
    "long text": lambda: "x" * 20_000,
    "own text": lambda: Text("a"),
    "UUID": uuid.uuid4,
    "bytes": lambda: b"\xff\0",
    "memoryview": lambda: memoryview(b"ab"),
    "mmap": lambda: mmap.mmap(-1, 10),
    "closed file": closed,
    "text file": lambda: io.StringIO("x"),
    "list": list,
    "[None]": lambda: [None],
    "[[]]": lambda: [[]],
    "list of odd": lambda: ["", 5, b"x"],
    "tuple": lambda: ("a", 5),
    "dict": dict,
    "dict of odd": lambda: {5: object()},
    "set": lambda: {1},
    "generator": numbers,
    "function": lambda: numbers,
    "class": lambda: Thing,
    "object": Thing,
    "exception": lambda: ValueError("x"),
    "path": lambda: Path("/no/such/folder/file"),
    "ellipsis": lambda: ...,
}


@attrs.frozen
class Call:
    """A method with arguments that are good."""

    good: Callable[[ClientAndServer, Any], dict[str, Any]]
    skipped: frozenset[str] = frozenset({"self", "progress"})


def no_arguments(_pair: ClientAndServer, _chat: Any) -> dict[str, Any]:
    return {}


QUESTION: Callable[..., dict[str, Any]] = lambda _pair, chat: {"chat_id": chat, "message": "Что?"}  # noqa: E731 - a row of the table below
CALLS: Mapping[str, Call] = {
    "authenticate": Call(no_arguments),
    "get_me": Call(no_arguments),
    "update_settings": Call(lambda _pair, _chat: {"temperature": 1.0}),
    "get_available_roles": Call(no_arguments),
    "create_chat": Call(no_arguments),
    "list_chats": Call(no_arguments),
    "get_chat": Call(lambda _pair, chat: {"chat_id": chat}),
    "get_chat_history": Call(lambda _pair, chat: {"chat_id": chat}),
    "delete_chat": Call(lambda _pair, chat: {"chat_id": chat}),
    "ask": Call(QUESTION),
    "send_message": Call(QUESTION),
    "resume_answer": Call(lambda _pair, chat: {"message_or_chat_id": chat}),
    "upload_file": Call(lambda _pair, _chat: {"file": b"x"}),
    "upload_files": Call(lambda _pair, _chat: {"files": [b"x"]}),
    "upload_file_for_llm": Call(lambda _pair, _chat: {"file": b"x"}),
    "get_file": Call(lambda pair, _chat: {"file_id": next(iter(pair.server.store.files))}),
    "download_file": Call(lambda pair, _chat: {"file_id": next(iter(pair.server.store.files))}),
    "get_projects_tree": Call(no_arguments),
    "get_document_results": Call(lambda _pair, _chat: {"document_id": str(uuid.uuid4())}),
    "search_documents": Call(lambda _pair, _chat: {"query": "План", "client_id": "mycompany"}),
    "health": Call(no_arguments),
    "with_options": Call(no_arguments, frozenset({"self", "token_store"})),
}
"""All methods that take arguments of the caller's; `progress` and `token_store` are the caller's own code."""


def parameters(name: str) -> list[str]:
    found = inspect.signature(getattr(AsyncAIZoomDocClient, name)).parameters
    return [parameter for parameter in found if parameter not in CALLS[name].skipped]


WITHOUT_ARGUMENTS = {"close", "logout", "clear_tokens", "config", "is_authenticated", "has_newer_login"}


def test_every_method_is_walked() -> None:
    """A new method has to be listed here."""
    public = {name for name in dir(AsyncAIZoomDocClient) if not name.startswith("_")}

    assert public - WITHOUT_ARGUMENTS == set(CALLS)


@asynccontextmanager
async def pair_with_file() -> AsyncIterator[tuple[ClientAndServer, Any]]:
    async with client_and_server(ServerBehavior.PRODUCTION) as pair:
        chat = await pair.chat()
        await pair.client.upload_file(b"x")
        yield pair, chat


async def outcome(client: AsyncAIZoomDocClient, method: str, arguments: dict[str, Any]) -> Any:
    """What the call gives, or its own error."""
    try:
        given = getattr(client, method)(**arguments)
        if method in {"send_message", "resume_answer"}:
            return await given.result()
        return await given if inspect.isawaitable(given) else given
    except AIZoomDocError as error:
        return error


@pytest.mark.filterwarnings("ignore::aizoomdoc_client.AIZoomDocWarning", "ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize(("method", "parameter"), [(name, each) for name in CALLS for each in parameters(name)])
async def test_an_odd_argument_gives_a_result_or_an_own_error(
    method: str, parameter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the tree of `AIZoomDocError` gets through, and its message is a line that can be printed."""
    monkeypatch.chdir(tmp_path)
    async with pair_with_file() as (pair, chat):
        for name, make in ODD.items():
            arguments = {**CALLS[method].good(pair, chat), parameter: make()}
            if method in {"ask", "send_message", "delete_chat"} and parameter != "chat_id":
                arguments["chat_id"] = await pair.chat()
            found = await outcome(pair.client, method, arguments)
            if isinstance(found, AIZoomDocError):
                assert str(found).isprintable(), (name, str(found))
                assert len(str(found)) < 1000, name


CONSTRUCTOR = [
    name for name in inspect.signature(AsyncAIZoomDocClient.__init__).parameters if name not in {"self", "token_store"}
]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize("parameter", CONSTRUCTOR)
def test_an_odd_setting_gives_a_client_or_an_own_error(parameter: str) -> None:
    """The constructor raises nothing but the tree of `AIZoomDocError`."""
    good: dict[str, Any] = {"server_url": "https://docs.example.org", "static_token": "token"}
    for make in ODD.values():
        with contextlib.suppress(AIZoomDocError):
            AsyncAIZoomDocClient(**good | {"token_store": MemoryTokenStore(), parameter: make()})
