"""Models: naive dates are UTC, instances are immutable and equal by value."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from aizoomdoc_client import models
from aizoomdoc_client.models import (
    Chat,
    ChatDeletion,
    ChatHistory,
    DocumentResults,
    FileInfo,
    Health,
    LLMFile,
    Me,
    Message,
    MessageImage,
    ProjectFile,
    ProjectNode,
    Role,
    Session,
    Settings,
    UploadedFile,
    User,
)

NAIVE = datetime(2025, 3, 4, 5, 6, 7)  # noqa: DTZ001 - as servers write them
MOSCOW = NAIVE.replace(tzinfo=timezone(timedelta(hours=3)))

MAKE: dict[type[Any], Callable[..., Any]] = {
    Chat: lambda **more: Chat(id="c", **more),
    ChatDeletion: lambda **more: ChatDeletion(chat_id="c", **more),
    ChatHistory: lambda **more: ChatHistory(chat=Chat(id="c"), **more),
    DocumentResults: lambda **more: DocumentResults(document_node_id="d", **more),
    FileInfo: lambda **more: FileInfo(id="f", filename="план.pdf", **more),
    Health: lambda **more: Health(status="healthy", **more),
    LLMFile: lambda **more: LLMFile(google_file_uri="u", filename="план.pdf", **more),
    Me: lambda **more: Me(user=User(id="u", username="n"), settings=Settings(), **more),
    Message: lambda **more: Message(id="m", chat_id="c", role="user", content="Где ВРУ?", **more),
    MessageImage: lambda **more: MessageImage(id="i", **more),
    ProjectFile: lambda **more: ProjectFile(id="p", file_type="pdf", r2_key="k", **more),
    ProjectNode: lambda **more: ProjectNode(id="n", node_type="document", name="АР", **more),
    Role: lambda **more: Role(id=1, name="Инженер", **more),
    Session: lambda **more: Session(user=User(id="u", username="n"), access_token="canary", expires_in=60, **more),
    Settings: Settings,
    UploadedFile: lambda **more: UploadedFile(id="f", filename="план.pdf", **more),
    User: lambda **more: User(id="u", username="n", **more),
}
DATED = [(kind, field.name) for kind in MAKE for field in attrs.fields(kind) if "datetime" in str(field.type)]


def test_every_model_is_tested() -> None:
    """`MAKE`, from which the tests below are parametrized, has all public models."""
    public = {item for name in models.__all__ if isinstance(item := getattr(models, name), type)}

    assert public == set(MAKE)


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sets the local time zone to UTC+9, on systems that have `time.tzset`."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    tzset: Callable[[], None] = getattr(time, "tzset", lambda: None)
    tzset()
    yield
    monkeypatch.undo()
    tzset()


@pytest.mark.usefixtures("tokyo")
@pytest.mark.parametrize(("kind", "field"), DATED)
def test_naive_date_is_utc(kind: type[Any], field: str) -> None:
    """A naive date from a server is UTC, whatever the local time zone."""
    assert NAIVE.replace(tzinfo=UTC) == getattr(MAKE[kind](**{field: NAIVE}), field)


@pytest.mark.parametrize(("kind", "field"), DATED)
def test_date_with_a_time_zone_is_unchanged(kind: type[Any], field: str) -> None:
    """A date that has a time zone keeps it."""
    assert (MOSCOW, MOSCOW.tzinfo) == ((moment := getattr(MAKE[kind](**{field: MOSCOW}), field)), moment.tzinfo)


@pytest.mark.parametrize(("kind", "field"), DATED)
def test_date_may_be_missing(kind: type[Any], field: str) -> None:
    """A missing date is None."""
    assert getattr(MAKE[kind](), field) is None


@pytest.mark.parametrize("kind", MAKE)
def test_models_are_immutable(kind: type[Any]) -> None:
    """No attribute can be set, whether it is a field or not."""
    model = MAKE[kind]()

    for name in (attrs.fields(kind)[0].name, "newer"):
        with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
            setattr(model, name, "x")
    assert not hasattr(model, "__dict__")


@pytest.mark.parametrize("kind", MAKE)
def test_models_are_equal_by_value(kind: type[Any]) -> None:
    """Models with equal fields are equal; those that differ in one are not."""
    model, first = MAKE[kind](), attrs.fields(kind)[0].name

    assert model == MAKE[kind]()
    assert model != attrs.evolve(model, **{first: "something else"})


@pytest.mark.parametrize("kind", MAKE)
def test_models_survive_pickling(kind: type[Any]) -> None:
    """An unpickled model equals the original."""
    assert MAKE[kind]() == pickle.loads(pickle.dumps(MAKE[kind]()))


FIRST_TWO = {"model_profile", "selected_role_prompt_id"}
DEFAULTS: dict[str, Any] = {
    "temperature": 1.0,
    "top_p": 0.95,
    "thinking_enabled": True,
    "thinking_budget": 0,
    "media_resolution": "high",
}


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ({}, FIRST_TWO),
        (DEFAULTS, FIRST_TWO),
        ({"temperature": 1.0}, FIRST_TWO),
        (DEFAULTS | {"thinking_budget": 100}, FIRST_TWO | set(DEFAULTS)),
        (DEFAULTS | {"thinking_enabled": False, "top_p": None}, FIRST_TWO | set(DEFAULTS) - {"top_p"}),
        ({"media_resolution": "low"}, FIRST_TWO | {"media_resolution"}),
    ],
)
def test_settings_tell_which_are_known_to_be_kept(returned: dict[str, Any], expected: set[str]) -> None:
    """A server that keeps two returns the others at its defaults; one that returns another value keeps what it returns."""
    assert expected == Settings(model_profile="complex", **returned).known_kept


def test_session_shows_no_token() -> None:
    """The ``repr`` of a session has neither token, nor have the dictionary and the JSON that it gives."""
    session = MAKE[Session](refresh_token="canary")

    assert "canary" not in repr(session) + str(session.to_dict()) + session.to_json()


@pytest.mark.parametrize(("messages", "expected"), [(0, False), (1, False), (99, False), (100, True), (150, True)])
def test_history_tells_whether_it_may_be_truncated(messages: int, expected: bool) -> None:
    """A server returns the oldest 100 messages at most, so with that many there may be more."""
    assert expected == MAKE[ChatHistory](messages=(MAKE[Message](),) * messages).truncated


def test_history_is_iterable() -> None:
    """A history has a length and iterates over its messages."""
    messages = tuple(Message(id=str(number), chat_id="c", role="user", content="") for number in range(3))
    history = ChatHistory(chat=Chat(id="c"), messages=messages)

    assert (3, messages) == (len(history), tuple(history))
