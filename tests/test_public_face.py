"""What holds for everything public: one short line as its ``repr``, dictionaries and JSON of every value."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest

import aizoomdoc_client
from aizoomdoc_client import (
    AIZoomDocClient,
    Answer,
    AnswerEvent,
    AnswerSource,
    AnswerStream,
    AsyncAIZoomDocClient,
    AsyncAnswerStream,
    FileTokenStore,
    Hooks,
    KeyringTokenStore,
    MemoryTokenStore,
    Timings,
    Unset,
    exceptions,
    models,
)
from aizoomdoc_client.answer import AnswerView
from aizoomdoc_client.serializable import Serializable

PUBLIC: list[type[Any]] = [
    item for name in aizoomdoc_client.__all__ if inspect.isclass(item := getattr(aizoomdoc_client, name)) and item is not Unset
]
VALUES: list[type[Any]] = [item for item in PUBLIC if attrs.has(item)]
LONG = "длинно\n\u2028\x1b" * 500


def with_long_values(kind: type[Any]) -> Any:
    """An instance of an attrs class with a long text in every field, whatever its type is."""
    made = object.__new__(kind)
    for field in attrs.fields(kind):
        object.__setattr__(made, field.name, LONG)
    return made


def stream(kind: type[AnswerView]) -> Any:
    made = object.__new__(kind)
    AnswerView.__init__(made)
    if kind is AsyncAnswerStream:
        made._batch, made._ready, made._asking, made._posting, made._message, made._watch = (), [], None, None, None, None
    return made


LONG_URL = f"http://localhost/{'x' * 500}"
OTHERS: dict[type[Any], Callable[[], Any]] = {
    AIZoomDocClient: lambda: AIZoomDocClient(LONG_URL, "secret", token_store=MemoryTokenStore()),
    AsyncAIZoomDocClient: lambda: AsyncAIZoomDocClient(LONG_URL, "secret", token_store=MemoryTokenStore()),
    AnswerStream: lambda: stream(AnswerStream),
    AsyncAnswerStream: lambda: stream(AsyncAnswerStream),
    Hooks: Hooks,
    FileTokenStore: lambda: FileTokenStore(Path("/tmp") / LONG),
    KeyringTokenStore: lambda: KeyringTokenStore(FileTokenStore(Path("/tmp") / LONG)),
    MemoryTokenStore: MemoryTokenStore,
}


@pytest.mark.parametrize("kind", PUBLIC)
def test_every_public_class_has_a_short_repr(kind: type[Any]) -> None:
    """One printable line of at most 120 characters, whatever the values are; no class is left out of this test."""
    if kind in VALUES:
        value = with_long_values(kind)
    elif issubclass(kind, (exceptions.AIZoomDocError, exceptions.AIZoomDocWarning)):
        value = kind(LONG)
    elif getattr(kind, "_is_protocol", False):
        return  # nothing is made of it
    else:
        value = OTHERS[kind]()
    line = repr(value)

    assert (True, True, False) == (line.isprintable(), len(line) <= 120, "secret" in line)


@pytest.mark.parametrize(
    "kind", [*(getattr(models, name) for name in models.__all__), *get_args(AnswerEvent), Answer, Timings, AnswerSource]
)
def test_every_value_gives_dictionaries_and_json(kind: Any) -> None:
    """Models, events and answers are `Serializable`."""
    assert not inspect.isclass(kind) or issubclass(kind, Serializable)


def test_package_shows_its_public_names_only() -> None:
    """What a shell or notebook completes is what the package promises."""
    assert sorted([*aizoomdoc_client.__all__, "__version__"]) == dir(aizoomdoc_client)
