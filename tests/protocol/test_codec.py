"""JSON to models and back: equal by the strict and the lenient decoder, and a `ProtocolError` for everything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client import models
from aizoomdoc_client.exceptions import ProtocolError
from aizoomdoc_client.models import (
    Chat,
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
from aizoomdoc_client.protocol import codec, requests
from aizoomdoc_client.protocol.requests import ChatWithoutMessages
from tests.protocol.samples import (
    BODIES,
    CHAT,
    FILE,
    JSON,
    MESSAGE,
    NODE,
    RESULT,
    SETTINGS,
    TREE_FILE,
    USER,
    as_json,
    fields_like,
    outcome,
)


@pytest.mark.parametrize("kind", BODIES, ids=str)
def test_fast_and_lenient_way_give_the_same_model(kind: Any) -> None:
    """Both decoders, msgspec and cattrs, decode the same body to equal models."""
    body = as_json(BODIES[kind])

    assert codec.decode(body, kind) == codec.structure(codec.parse(body), kind)


@pytest.mark.parametrize("kind", BODIES, ids=str)
def test_full_body_takes_the_fast_way(kind: Any) -> None:
    """Usual bodies are decoded without the lenient decoder."""
    assert codec.decode(as_json(BODIES[kind]), kind) == codec._decoder(kind).decode(as_json(BODIES[kind]))


def test_a_chat_alone_is_read_past_its_messages() -> None:
    """The messages in a chat's body are skipped, whatever they contain."""
    body = as_json({"messages": [{"id": None}, "no message"], "chat": CHAT})

    assert codec.decode(as_json(CHAT), Chat) == codec._decoder(ChatWithoutMessages).decode(body).chat


@pytest.mark.parametrize("lenient", [False, True])
def test_every_field_of_a_body_arrives(lenient: bool) -> None:
    """A message's fields, its images' fields and its date are those of the body, by either decoder."""
    body = as_json(MESSAGE)

    message = codec.structure(codec.parse(body), Message) if lenient else codec.decode(body, Message)

    assert ("ВРУ-1 — в осях 3/А", datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)) == (message.content, message.created_at)
    assert (models.MessageImage(id="i1", width=100, height=50),) == message.images


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2025-03-04T05:06:07Z", datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2025-03-04T05:06:07.5", datetime(2025, 3, 4, 5, 6, 7, 500_000, tzinfo=UTC)),
        ("2025-03-04 05:06:07", datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2025-03-04T08:06:07+03:00", datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)),
        (None, None),
    ],
)
def test_dates_are_aware(date: str | None, expected: datetime | None) -> None:
    """Naive dates are UTC, whichever way reads them."""
    user = codec.decode(as_json(USER | {"created_at": date}), User)
    lenient = codec.structure(USER | {"created_at": date}, User)

    assert (expected, expected) == (user.created_at, lenient.created_at)


ODD_ROWS: list[tuple[Any, Message]] = [
    (MESSAGE | {"content": None}, Message(id="m1", role="assistant")),
    (MESSAGE | {"content": ["ВРУ-1"]}, Message(id="m1", role="assistant")),
    (MESSAGE | {"created_at": "yesterday"}, Message(id="m1", role="assistant", content=MESSAGE["content"])),
    (MESSAGE | {"created_at": {}}, Message(id="m1", role="assistant", content=MESSAGE["content"])),
    (MESSAGE | {"role": None}, Message(id="m1", content=MESSAGE["content"])),
    (MESSAGE | {"role": "critic"}, Message(id="m1", role="critic", content=MESSAGE["content"])),
    (MESSAGE | {"id": 7}, Message(id="7", role="assistant", content=MESSAGE["content"])),
    (MESSAGE | {"id": 7.0}, Message(id="7", role="assistant", content=MESSAGE["content"])),
    (MESSAGE | {"id": None}, Message(id="", role="assistant", content=MESSAGE["content"])),
    (MESSAGE | {"images": [{"url": 1}]}, Message(id="m1", role="assistant", content=MESSAGE["content"])),
    (MESSAGE | {"images": "none"}, Message(id="m1", role="assistant", content=MESSAGE["content"])),
    (MESSAGE | {"attached_file_ids": "a"}, Message(id="m1", role="assistant", content=MESSAGE["content"])),
    (None, Message(id="")),
    ("text", Message(id="")),
    ([], Message(id="")),
]


@pytest.mark.parametrize(("odd", "expected"), ODD_ROWS)
def test_an_odd_row_makes_no_history_unreadable(odd: Any, expected: Message) -> None:
    """Of a row what can be read is read; the other rows are as ever."""
    before, after = MESSAGE | {"id": "before"}, MESSAGE | {"id": "after"}
    found = codec.decode(as_json({"chat": CHAT, "messages": [before, odd, after]}), models.ChatHistory)

    assert ["before", expected.id, "after"] == [row.id for row in found]
    assert (expected.role, expected.content) == (found.messages[1].role, found.messages[1].content)
    assert codec.decode(as_json(before), Message) == found.messages[0]


@pytest.mark.parametrize(("one", "other"), [(7, "7"), ("7", 7), (7.0, "7"), ("m1", "m1")])
def test_a_message_that_is_listed_twice_is_there_once(one: Any, other: Any) -> None:
    """As it was listed last with content, in its first place; an id that is a number here and a text there is one id."""
    rows = [MESSAGE | {"id": one, "content": ""}, MESSAGE | {"id": "other"}, MESSAGE | {"id": other, "content": "filled"}]
    found = codec.decode(as_json({"chat": CHAT, "messages": rows}), models.ChatHistory)

    assert [(str(other), "filled"), ("other", MESSAGE["content"])] == [(row.id, row.content) for row in found]


def test_a_full_window_with_duplicates_is_full() -> None:
    """It may hide newer messages, however few different ones it shows."""
    rows = [MESSAGE | {"id": str(number // 2)} for number in range(models.ChatHistory.WINDOW)]

    assert codec.decode(as_json({"chat": CHAT, "messages": rows}), models.ChatHistory).truncated


LENIENT: list[tuple[Any, Any, Any]] = [
    (Chat, CHAT | {"created_at": 1741064767}, ("created_at", None)),
    (Chat, CHAT | {"created_at": "yesterday"}, ("created_at", None)),
    (Chat, CHAT | {"title": None}, ("title", "")),
    (Chat, CHAT | {"id": 17}, ("id", "17")),
    (Chat, {"id": "c1"}, ("title", "")),
    (Chat, CHAT | {"newer": {"deep": [None]}}, ("id", "c1")),
    (Chat, CHAT | {"title": "a\ud800b"}, ("title", "a\ufffdb")),
    (Settings, SETTINGS | {"model_profile": "ultra"}, ("model_profile", "ultra")),
    (Settings, SETTINGS | {"temperature": "0.5"}, ("temperature", 0.5)),
    (Settings, SETTINGS | {"thinking_budget": "12"}, ("thinking_budget", 12)),
    (Settings, SETTINGS | {"thinking_budget": 12.0}, ("thinking_budget", 12)),
    (Settings, SETTINGS | {"thinking_enabled": 1}, ("thinking_enabled", True)),
    (Settings, {}, ("model_profile", "simple")),
    (Session, BODIES[Session] | {"expires_in": "3600"}, ("expires_in", 3600.0)),
    (Session, BODIES[Session] | {"refresh_token": None}, ("refresh_token", None)),
    (UploadedFile, {"id": "f", "filename": "n", "size_bytes": "5"}, ("size_bytes", 5)),
    (ProjectNode, NODE | {"version": "rev B"}, ("version", "rev B")),
    (ProjectNode, NODE | {"version": 10**30}, ("version", 10**30)),
    (ProjectNode, NODE | {"files": None, "attributes": None}, ("files", ())),
    (Role, BODIES[Role] | {"is_active": None}, ("is_active", True)),
]


@pytest.mark.parametrize(("kind", "body", "expected"), LENIENT)
def test_harmless_surprise_is_forgiven(kind: Any, body: Any, expected: tuple[str, Any]) -> None:
    """Nulls where a default exists, numbers as text, unknown fields and values, lone surrogates."""
    name, value = expected

    assert value == getattr(codec.decode(json.dumps(body).encode(), kind), name)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (DocumentResults, {"document_node_id": "n1", "files": [TREE_FILE, RESULT]}),
        (ProjectNode, NODE | {"files": [RESULT, TREE_FILE]}),
    ],
)
def test_files_of_a_document_are_read_in_both_shapes(kind: Any, body: Any) -> None:
    """Servers name the fields of such files as the tree does, or as GET /files does: both are read in both places."""
    files = codec.decode(as_json(body), kind).files
    name, size = ("file_name", "file_size") if kind is ProjectNode else ("filename", "size_bytes")

    assert {"annotation", "ocr_html"} == {requests.tree_file(file)["file_type"] for file in files}
    assert {"k", "tree_docs/n1/план.html"} == {requests.tree_file(file)["r2_key"] for file in files}
    assert {("n", 5), ("план.html", 5)} == {(getattr(file, name), getattr(file, size)) for file in files}


UNREADABLE: list[tuple[Any, Any, tuple[str, Any]]] = [
    (Chat, CHAT | {"created_at": 1741064767}, ("created_at", None)),
    (Chat, CHAT | {"created_at": "yesterday"}, ("created_at", None)),
    (Settings, SETTINGS | {"thinking_budget": 1.5}, ("thinking_budget", None)),
    (Settings, SETTINGS | {"thinking_budget": True}, ("thinking_budget", None)),
    (Settings, SETTINGS | {"temperature": "nan"}, ("temperature", None)),
    (Settings, SETTINGS | {"temperature": "inf"}, ("temperature", None)),
    (Settings, SETTINGS | {"temperature": 10**400}, ("temperature", None)),
    (Settings, SETTINGS | {"thinking_enabled": "yes"}, ("thinking_enabled", None)),
    (Message, MESSAGE | {"images": "abc"}, ("images", ())),
    (Message, MESSAGE | {"attached_file_ids": "abc"}, ("attached_file_ids", None)),
    (Message, MESSAGE | {"attached_file_ids": {"abc": 1}}, ("attached_file_ids", None)),
    (Message, MESSAGE | {"images": [None]}, ("images", ())),
    (ProjectNode, NODE | {"attributes": "abc"}, ("attributes", {})),
    (Message, MESSAGE | {"grounding": "guess", "sources": [{}]}, ("sources", ())),
    (Message, MESSAGE | {"notes": "abc"}, ("notes", ())),
    (Message, MESSAGE | {"notes": [["abc"], 5]}, ("notes", ())),
    (MessageImage, {"id": "i1", "width": "wide"}, ("width", None)),
    (FileInfo, RESULT | {"created_at": {}, "external_url": 5.5}, ("created_at", None)),
    (ProjectFile, TREE_FILE | {"file_size": "5 KB"}, ("file_size", None)),
    (Session, BODIES[Session] | {"refresh_token": ["r"]}, ("refresh_token", None)),
]


@pytest.mark.parametrize(("kind", "body", "expected"), UNREADABLE)
def test_what_nobody_needs_may_be_unreadable(kind: Any, body: Any, expected: tuple[str, Any]) -> None:
    """An optional field of another type is as one that was left out; all other fields arrive."""
    name, value = expected
    read, whole = codec.decode(as_json(body), kind), codec.decode(as_json({**body, name: None}), kind)

    assert value == getattr(read, name)
    assert kind in {Message, FileInfo} or whole == read


MISSING: list[tuple[Any, Any, str, Any]] = [
    (Message, MESSAGE, "chat_id", ""),
    (Message, MESSAGE, "role", ""),
    (Message, MESSAGE, "content", ""),
    (MessageImage, MESSAGE["images"][0], "id", ""),
    (UploadedFile, FILE, "filename", ""),
    (FileInfo, RESULT, "filename", ""),
    (LLMFile, BODIES[LLMFile], "filename", ""),
    (ProjectFile, TREE_FILE, "r2_key", ""),
    (ProjectFile, TREE_FILE, "file_type", ""),
    (ProjectNode, NODE, "name", ""),
    (ProjectNode, NODE, "node_type", ""),
    (Role, BODIES[Role], "name", ""),
    (User, USER, "username", ""),
    (Me, BODIES[Me], "settings", Settings()),
]


@pytest.mark.parametrize(("kind", "body", "name", "value"), MISSING)
@pytest.mark.parametrize("is_null", [False, True])
def test_what_nobody_needs_is_not_demanded(kind: Any, body: Any, name: str, value: Any, is_null: bool) -> None:
    """A field that is missing, or null, though it should not be leaves the rest of the response readable."""
    left = {**body, name: None} if is_null else {key: field for key, field in body.items() if key != name}

    assert value == getattr(codec.decode(as_json(left), kind), name)


@pytest.mark.parametrize(
    ("request_", "body", "expected"),
    [
        (requests.delete_chat("c1"), b"", models.ChatDeletion(chat_id="c1")),
        (requests.delete_chat("c1"), b"{}", models.ChatDeletion(chat_id="c1")),
        (requests.delete_chat("c1"), b'{"message": "ok", "chat_id": null}', models.ChatDeletion(chat_id="c1", message="ok")),
        (requests.delete_chat("c1"), b'{"chat_id": "C1"}', models.ChatDeletion(chat_id="C1")),
        (
            requests.post_message("c1", "?", idempotency_key="k"),
            b'{"id": "m1", "content": null}',
            Message(id="m1", chat_id="c1", role="user", content="?"),
        ),
        (
            requests.post_message("c1", "?", idempotency_key="k"),
            b'{"id": "m1", "role": "tool"}',
            Message(id="m1", chat_id="c1", role="tool", content="?"),
        ),
    ],
)
def test_what_the_request_tells_may_be_missing(request_: Any, body: bytes, expected: Any) -> None:
    """The server's own word goes before it; a deletion's success needs no body at all."""
    assert expected == codec.decode(body, request_.response, request_)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'"gone"', b"gone"])
def test_what_the_request_cannot_tell_is_demanded(body: bytes) -> None:
    """A posted message has an id, and only JSON is an answer; a history that is none is not an empty one."""
    for request in (
        requests.post_message("c1", "?", idempotency_key="k"),
        requests.get_chat_history("c1"),
        requests.get_chat("c1"),
    ):
        with pytest.raises(ProtocolError):
            codec.decode(body, request.response, request)


REFUSED: list[tuple[Any, Any, str]] = [
    (Chat, {}, r"required field missing.*id"),
    (Chat, {"id": None}, r"required field missing.*id"),
    (Chat, [CHAT], "expected an object, not list"),
    (Chat, None, "expected an object, not NoneType"),
    (Chat, "chat", "expected an object, not str"),
    (Chat, 5, "expected an object, not int"),
    (Chat, CHAT | {"title": ["a"]}, "title"),
    (Chat, CHAT | {"title": True}, "title"),
    (Chat, {"title": "В2"}, "required field missing.*id"),
    (Message, MESSAGE | {"content": ["a"]}, "content"),
    (Settings, SETTINGS | {"selected_role_prompt_id": "Инженер"}, "selected_role_prompt_id"),
    (ProjectNode, NODE | {"parent_id": {"id": "n0"}}, "parent_id"),
    (ProjectNode, NODE | {"files": "abc"}, "files"),
    (DocumentResults, {"document_node_id": "n1", "files": "abc"}, "files"),
    (ChatHistory, {"chat": CHAT, "messages": "abc"}, "messages"),
    (ChatHistory, {}, "required field missing.*chat"),
    (ChatWithoutMessages, {"messages": []}, "required field missing.*chat"),
    (tuple[Chat, ...], {}, "expected a list, not dict"),
    (tuple[Chat, ...], "", "expected a list, not str"),
    (tuple[Chat, ...], None, "expected a list, not NoneType"),
    (tuple[Chat, ...], [CHAT, {}], "required field missing"),
]


@pytest.mark.parametrize(("kind", "body", "reason"), REFUSED)
def test_what_would_lose_meaning_is_an_error_that_names_it(kind: Any, body: Any, reason: str) -> None:
    """A wrong type, a missing field, a value that is no list: the error has the field and the reason, never the value."""
    with pytest.raises(ProtocolError, match=rf"The server's answer does not fit .*{reason}") as caught:
        codec.decode(as_json(body), kind)

    assert str(caught.value).isprintable()


def test_error_about_a_field_does_not_show_its_value() -> None:
    """A session whose token is of the wrong type quotes no token."""
    with pytest.raises(ProtocolError) as caught:
        codec.decode(as_json({"access_token": ["canary"], "expires_in": "canary", "user": {"id": {"canary": 1}}}), Session)

    assert "canary" not in str(caught.value)


NOT_JSON: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "Expecting value"),
    "blank": (b"  ", "Expecting value"),
    "text": (b"Internal Server Error", "Expecting value"),
    "cut off in an object": (b'{"id": "c1", ', "at character 13"),
    "cut off in a text": (b'{"id": "c1', "Unterminated string"),
    "two values": (b'{"id": "c1"} {}', "Extra data"),
    "invalid UTF-8": (b'{"id": "\xff"}', "invalid UTF-8 at byte 8"),
    "a surrogate as UTF-8": (b'{"id": "\xed\xa0\x80"}', "invalid UTF-8"),
    "UTF-16": ('{"id": "c1"}'.encode("utf-16")[2:], "not JSON"),
    "a byte order mark": (b'\xef\xbb\xbf{"id": "c1"}', "BOM"),
    "NaN": (b'{"id": "c1", "title": NaN}', "NaN is no JSON number"),
    "Infinity": (b'{"id": "c1", "x": [Infinity]}', "Infinity is no JSON number"),
    "-Infinity": (b'{"id": "c1", "x": -Infinity}', "-Infinity is no JSON number"),
    "a number out of range": (b'{"id": 1e999}', "a number out of range"),
    "an integer of 5,000 digits": (b'{"id": ' + b"1" * 5000 + b"}", "digits"),
    "an opening bomb": (b"[" * 200_000, "nested too deeply"),
    "a whole bomb": (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    "a bomb of objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    "a raw control character": (b'{"id": "a\nb"}', "control character"),
}


@pytest.mark.parametrize(("body", "reason"), NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_json_is_a_protocol_error(body: bytes, reason: str) -> None:
    """Invalid bytes raise `ProtocolError` with the reason in one line."""
    with pytest.raises(ProtocolError, match=reason) as caught:
        codec.decode(body, Chat)

    assert str(caught.value).isprintable()


def test_deep_but_honest_document_is_read() -> None:
    """Attributes nested 300 levels deep are accepted by either decoder."""
    deep: Any = "bottom"
    for _ in range(150):
        deep = {"a": [deep]}
    body = as_json(NODE | {"attributes": deep})

    assert deep == codec.decode(body, ProjectNode).attributes == codec.structure(codec.parse(body), ProjectNode).attributes


def test_raw_line_separators_are_text() -> None:
    """U+2028, U+2029 and U+0085 stand raw inside JSON texts."""
    assert "a\u2028b\u2029c\u0085" == codec.decode(as_json(CHAT | {"title": "a\u2028b\u2029c\u0085"}), Chat).title


def test_object_is_whatever_came_even_nothing() -> None:
    """A call whose response is not needed accepts an empty one."""
    assert [None, {"message": "ok"}] == [codec.decode(body, object) for body in (b"", b'{"message": "ok"}')]


@given(st.sampled_from(list(BODIES)), JSON)
def test_any_json_as_any_model_is_a_value_or_a_protocol_error(kind: Any, value: Any) -> None:
    """Any JSON gives a model or a `ProtocolError`."""
    result = outcome(lambda: codec.decode(json.dumps(value).encode(), kind))

    assert isinstance(result, ProtocolError | tuple) or attrs.has(type(result))


@given(
    st.sampled_from([kind for kind, body in BODIES.items() if isinstance(body, dict)]).flatmap(
        lambda kind: st.tuples(st.just(kind), fields_like(BODIES[kind]))
    )
)
def test_any_value_in_a_models_fields_is_a_value_or_a_protocol_error(case: tuple[Any, dict[str, Any]]) -> None:
    """Any values of the fields give a model or a `ProtocolError`, and no field keeps a lone surrogate."""
    kind, body = case
    result = outcome(lambda: codec.decode(json.dumps(body).encode(), kind))

    assert isinstance(result, kind | ProtocolError)
    assert not any("\ud800" <= char <= "\udfff" for char in repr(result))


@given(st.sampled_from(list(BODIES)), st.binary())
def test_any_bytes_as_any_model_are_a_value_or_a_protocol_error(kind: Any, body: bytes) -> None:
    """Any bytes give a result or a `ProtocolError`."""
    result = outcome(lambda: codec.decode(body, kind))

    assert not isinstance(result, ProtocolError) or str(result).isprintable()


def test_json_is_written_compactly_and_in_utf8() -> None:
    """No spaces, no escapes that UTF-8 makes needless."""
    assert '{"content":"Где «ВРУ»?","n":[1,null]}'.encode() == codec.encode({"content": "Где «ВРУ»?", "n": [1, None]})


@pytest.mark.parametrize("value", ["a\ud83d", {"a\ud83d": 1}, ["a\ud83d"], {"a": ("x", ["a\ud83d"])}, {"a": {"b": "\udc00"}}])
def test_lone_surrogate_is_written_as_the_replacement_character(value: Any) -> None:
    """Characters that UTF-8 cannot encode are replaced."""
    assert "\ufffd" in codec.encode(value).decode()


@given(JSON.filter(lambda value: "nan" not in repr(value).lower() and "inf" not in repr(value).lower()))
def test_what_is_written_is_read_back(value: Any) -> None:
    """Any JSON value is read back unchanged, also integers of any size, except lone surrogates."""
    assert codec._scrub(value) == codec.parse(codec.encode(value))


def test_health_of_a_chatty_server_is_read() -> None:
    """Unknown fields are ignored."""
    assert Health(status="healthy") == codec.decode(b'{"status": "healthy", "uptime": {"s": 5}, "checks": [1, null]}', Health)
