"""JSON to models and events: the same by the fast and the lenient way, and an error of one kind for everything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client import models
from aizoomdoc_client.events import (
    EVENT_TYPES,
    Completed,
    ErrorEvent,
    LLMFinal,
    LLMToken,
    PhaseStarted,
    QueuePosition,
    UnknownEvent,
)
from aizoomdoc_client.exceptions import ProtocolError
from aizoomdoc_client.models import Chat, Health, Message, ProjectNode, Role, Session, Settings, UploadedFile, User
from aizoomdoc_client.protocol import codec
from tests.protocol.samples import BODIES, CHAT, EVENTS, JSON, MESSAGE, NODE, SETTINGS, USER, fields_like, outcome


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


# -- models ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BODIES, ids=str)
def test_fast_and_lenient_way_give_the_same_model(kind: Any) -> None:
    """What msgspec reads and what cattrs reads of the same body is equal."""
    body = as_json(BODIES[kind])

    assert codec.decode(body, kind) == codec.structure(codec.parse(body), kind)


@pytest.mark.parametrize("kind", BODIES, ids=str)
def test_full_body_takes_the_fast_way(kind: Any) -> None:
    """What servers send is read without the lenient way's cost."""
    assert codec.decode(as_json(BODIES[kind]), kind) == codec._decoder(kind).decode(as_json(BODIES[kind]))


@pytest.mark.parametrize("lenient", [False, True])
def test_every_field_of_a_body_arrives(lenient: bool) -> None:
    """A message's fields, those of its images and its date are what the body says, by either way."""
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


LENIENT: list[tuple[Any, Any, Any]] = [
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


REFUSED: list[tuple[Any, Any, str]] = [
    (Chat, {}, r"required field missing.*id"),
    (Chat, {"id": None}, r"required field missing.*id"),
    (Chat, [CHAT], "expected an object, not list"),
    (Chat, None, "expected an object, not NoneType"),
    (Chat, "chat", "expected an object, not str"),
    (Chat, 5, "expected an object, not int"),
    (Chat, CHAT | {"title": ["a"]}, "title"),
    (Chat, CHAT | {"title": True}, "title"),
    (Chat, CHAT | {"created_at": 1741064767}, "created_at"),
    (Chat, CHAT | {"created_at": "yesterday"}, "created_at"),
    (Settings, SETTINGS | {"thinking_budget": 1.5}, "thinking_budget"),
    (Settings, SETTINGS | {"thinking_budget": True}, "thinking_budget"),
    (Settings, SETTINGS | {"temperature": "nan"}, "temperature"),
    (Settings, SETTINGS | {"temperature": "inf"}, "temperature"),
    (Settings, SETTINGS | {"temperature": 10**400}, "temperature"),
    (Settings, SETTINGS | {"thinking_enabled": "yes"}, "thinking_enabled"),
    (Message, MESSAGE | {"images": "abc"}, "images"),
    (Message, MESSAGE | {"attached_file_ids": "abc"}, "attached_file_ids"),
    (Message, MESSAGE | {"attached_file_ids": {"abc": 1}}, "attached_file_ids"),
    (Message, MESSAGE | {"images": [None]}, "images"),
    (tuple[Chat, ...], {}, "expected a list, not dict"),
    (tuple[Chat, ...], "", "expected a list, not str"),
    (tuple[Chat, ...], None, "expected a list, not NoneType"),
    (tuple[Chat, ...], [CHAT, {}], "required field missing"),
    (ProjectNode, NODE | {"attributes": "abc"}, "attributes"),
]


@pytest.mark.parametrize(("kind", "body", "reason"), REFUSED)
def test_what_would_lose_meaning_is_an_error_that_names_it(kind: Any, body: Any, reason: str) -> None:
    """A field of another type, a missing one, a list that is none: the error says which and why, never the value."""
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
    """Broken, hostile or other bytes are one kind of error, in one line that says why."""
    with pytest.raises(ProtocolError, match=reason) as caught:
        codec.decode(body, Chat)

    assert str(caught.value).isprintable()


def test_deep_but_honest_document_is_read() -> None:
    """Attributes nested 300 deep are no bomb, by either way."""
    deep: Any = "bottom"
    for _ in range(150):
        deep = {"a": [deep]}
    body = as_json(NODE | {"attributes": deep})

    assert deep == codec.decode(body, ProjectNode).attributes == codec.structure(codec.parse(body), ProjectNode).attributes


def test_raw_line_separators_are_text() -> None:
    """U+2028, U+2029 and U+0085 stand raw inside JSON texts."""
    assert "a\u2028b\u2029c\u0085" == codec.decode(as_json(CHAT | {"title": "a\u2028b\u2029c\u0085"}), Chat).title


def test_object_is_whatever_came_even_nothing() -> None:
    """A call whose answer nobody needs does not fail for lack of one."""
    assert [None, {"message": "ok"}] == [codec.decode(body, object) for body in (b"", b'{"message": "ok"}')]


@given(st.sampled_from(list(BODIES)), JSON)
def test_any_json_as_any_model_is_a_value_or_a_protocol_error(kind: Any, value: Any) -> None:
    """Whatever JSON comes, no other exception does."""
    result = outcome(lambda: codec.decode(json.dumps(value).encode(), kind))

    assert isinstance(result, ProtocolError | tuple) or attrs.has(type(result))


@given(
    st.sampled_from([kind for kind, body in BODIES.items() if isinstance(body, dict)]).flatmap(
        lambda kind: st.tuples(st.just(kind), fields_like(BODIES[kind]))
    )
)
def test_any_value_in_a_models_fields_is_a_value_or_a_protocol_error(case: tuple[Any, dict[str, Any]]) -> None:
    """Whatever stands in the fields, no other exception comes out, and no field keeps a lone surrogate."""
    kind, body = case
    result = outcome(lambda: codec.decode(json.dumps(body).encode(), kind))

    assert isinstance(result, kind | ProtocolError)
    assert not any("\ud800" <= char <= "\udfff" for char in repr(result))


@given(st.sampled_from(list(BODIES)), st.binary())
def test_any_bytes_as_any_model_are_a_value_or_a_protocol_error(kind: Any, body: bytes) -> None:
    """Whatever bytes come, no other exception does."""
    result = outcome(lambda: codec.decode(body, kind))

    assert not isinstance(result, ProtocolError) or str(result).isprintable()


# -- encoding ----------------------------------------------------------------------------------------------------------------


def test_json_is_written_compactly_and_in_utf8() -> None:
    """No spaces, no escapes that UTF-8 makes needless."""
    assert '{"content":"Где «ВРУ»?","n":[1,null]}'.encode() == codec.encode({"content": "Где «ВРУ»?", "n": [1, None]})


@pytest.mark.parametrize("value", ["a\ud83d", {"a\ud83d": 1}, ["a\ud83d"], {"a": ("x", ["a\ud83d"])}, {"a": {"b": "\udc00"}}])
def test_lone_surrogate_is_written_as_the_replacement_character(value: Any) -> None:
    """What UTF-8 cannot carry does not stop a message."""
    assert "\ufffd" in codec.encode(value).decode()


@given(JSON.filter(lambda value: "nan" not in repr(value).lower() and "inf" not in repr(value).lower()))
def test_what_is_written_is_read_back(value: Any) -> None:
    """Any JSON value comes back as it was, integers of any size too, but for lone surrogates."""
    assert codec._scrub(value) == codec.parse(codec.encode(value))


# -- events ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("envelope", [False, True])
def test_event_has_its_type_data_and_fields(name: str, envelope: bool) -> None:
    """Each event of the wire, in either envelope, with unknown fields beside the known ones."""
    data = EVENTS[name] | {"newer": [1, None]}
    frame = {"event": name, "data": data, "timestamp": "2025-03-04T05:06:07Z", "newer": 1}

    event = codec.decode_envelope(as_json(frame)) if envelope else codec.decode_data(name, as_json(data))

    assert (EVENT_TYPES[name], name, data) == (type(event), event.event, event.data)
    assert EVENTS[name] == {field: getattr(event, field) for field in EVENTS[name]}
    assert (datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC) if envelope else None) == event.timestamp


@pytest.mark.parametrize("data", [{"x": 1}, {}, [1], "text", 5, None])
@pytest.mark.parametrize("name", ["newer_event", "", "answer_restarted", "stream_resumed", "LLM_TOKEN"])
def test_unknown_event_is_kept(name: str, data: Any) -> None:
    """An event of tomorrow, one without a name, one that only the client makes: delivered as it came."""
    event = codec.decode_event(name, data)

    assert (UnknownEvent(name), data if isinstance(data, dict) else {"value": data}) == (event, event.data)


def test_unknown_event_may_carry_anything() -> None:
    """What is no JSON is no fault in an event that nobody knows."""
    assert {"value": "ping \ufffd"} == codec.decode_data("ping", b"ping \xff").data


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("queue_position", {}),
        ("queue_position", {"position": "next"}),
        ("phase_started", {"phase": {}}),
        ("phase_progress", [1]),
        ("image_ready", None),
        ("tool_call", {"tool": "zoom", "parameters": "x"}),
        ("llm_thinking", {"content": None}),
    ],
)
def test_event_of_a_surprising_shape_is_kept(name: str, data: Any) -> None:
    """News without what belongs to it is delivered raw, not raised: it says nothing about the text."""
    event = codec.decode_event(name, data)

    assert (UnknownEvent(name), data if isinstance(data, dict) else {"value": data}) == (event, event.data)


@pytest.mark.parametrize("name", ["llm_token", "llm_final"])
@pytest.mark.parametrize("data", [{}, None, "text", {"token": None, "content": []}])
def test_event_with_unreadable_text_is_an_error(name: str, data: Any) -> None:
    """Skipping it would lose a part of the answer."""
    with pytest.raises(ProtocolError, match="does not fit"):
        codec.decode_event(name, data)


@pytest.mark.parametrize(
    ("data", "message"), [({}, ""), (None, ""), ({"message": {"a": 1}}, ""), ({"message": 5}, "5"), ([], "")]
)
def test_end_is_the_end_whatever_its_data(data: Any, message: str) -> None:
    """An `error` without a proper message is an error still, a `completed` without one completes."""
    assert [ErrorEvent(message), Completed(message)] == [codec.decode_event(name, data) for name in ("error", "completed")]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("queue_position", {"position": "3", "queue_size": None}, QueuePosition(3)),
        ("phase_started", {"phase": "newer_phase", "description": None}, PhaseStarted("newer_phase")),
        ("llm_token", {"token": 5}, LLMToken("5")),
        ("llm_token", {"token": "a", "synthetic": True, "draft": "x", "pieces": 9, "_draft": 1, "_pieces": 1}, LLMToken("a")),
        ("llm_final", {"content": "a\ud83d", "model": None}, LLMFinal("a\ufffd")),
        ("completed", {"message": "x", "data": {}, "timestamp": 1, "_data": 1}, Completed("x")),
    ],
)
def test_event_is_read_leniently(name: str, data: Any, expected: object) -> None:
    """Harmless surprises are forgiven, and no data of a server reaches what is the client's own."""
    assert expected == codec.decode_event(name, codec.parse(json.dumps(data).encode()))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"token": "b", "accumulated": "ab"}, "ab"),
        ({"token": "b"}, "b"),
        ({"token": "b", "accumulated": None}, "b"),
        ({"token": "b", "accumulated": 5}, "b"),
        ({"token": "", "accumulated": ""}, ""),
        ({"token": "b", "accumulated": ""}, ""),
    ],
)
def test_token_accumulates_what_the_server_says(data: dict[str, Any], expected: str) -> None:
    """The text so far is the server's, or the token itself where it says none."""
    event = codec.decode_event("llm_token", data)

    assert isinstance(event, LLMToken)
    assert expected == event.accumulated


def test_half_a_character_at_the_end_of_accumulated_waits() -> None:
    """A high surrogate that the next event completes is held back; one elsewhere, or a lone low one, is replaced."""
    texts = ["a\ud83d", "\ud83da", "a\ude00", "a\ud83d\n"]
    events = [codec.decode_data("llm_token", json.dumps({"token": "", "accumulated": text}).encode()) for text in texts]

    assert ["a", "\ufffda", "a\ufffd", "a\ufffd\n"] == [event.data["accumulated"] for event in events]


@pytest.mark.parametrize(
    "frame", [b"[]", b"null", b'"llm_token"', b"5", b"{}", b'{"event": null}', b'{"event": ["a"]}', b'{"data": {}}']
)
def test_frame_without_an_event_is_an_error(frame: bytes) -> None:
    """A frame of a WebSocket that names no event is none."""
    with pytest.raises(ProtocolError, match=r"no event|without a name"):
        codec.decode_envelope(frame)


@pytest.mark.parametrize("timestamp", [None, 5, {}, "later"])
def test_odd_timestamp_is_no_time(timestamp: Any) -> None:
    """A time that is none does not spoil its event."""
    event = codec.decode_envelope(as_json({"event": "completed", "timestamp": timestamp}))

    assert (Completed(""), None) == (event, event.timestamp)


@given(
    st.sampled_from([*EVENTS, "newer"]).flatmap(lambda name: st.tuples(st.just(name), fields_like(EVENTS.get(name, {})) | JSON))
)
def test_any_data_of_any_event_is_an_event_or_a_protocol_error(case: tuple[str, Any]) -> None:
    """Whatever data comes, either envelope gives the event or one kind of error; only text may be refused."""
    name, data = case
    by_sse = outcome(lambda: codec.decode_data(name, json.dumps(data).encode()))
    by_websocket = outcome(lambda: codec.decode_envelope(json.dumps({"event": name, "data": data}).encode()))

    if isinstance(by_websocket, ProtocolError):
        assert isinstance(by_sse, ProtocolError) or name == "newer"
    else:
        assert (by_sse, name) == (by_websocket, by_websocket.event)
        assert isinstance(by_websocket.timestamp, datetime | None)


@given(st.sampled_from([*EVENTS, "newer"]), st.binary())
def test_any_bytes_as_any_event_are_an_event_or_a_protocol_error(name: str, frame: bytes) -> None:
    """Whatever bytes come, no other exception does."""
    assert name == getattr(outcome(lambda: codec.decode_data(name, frame)), "event", name)
    outcome(lambda: codec.decode_envelope(frame))


def test_error_that_is_a_mere_text_says_it() -> None:
    """A server that sends a text where an object was meant is quoted."""
    assert ErrorEvent("Out of memory") == codec.decode_event("error", "Out of memory")


# -- what errors quote -------------------------------------------------------------------------------------------------------

HEX = "0123456789abcdef" * 3
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    "body",
    [
        b"canary" * 1000,
        b'{"static_token": "canary"',
        b"{'access_token': 'canary' ",
        b"Authorization: Bearer canary",
        b"password=canary&x",
        b"x" * 10 + b" " * 150 + HEX.encode(),
        b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIi",
        b"A" * 3980 + b" canary0123456789canary",
    ],
)
def test_excerpt_masks_what_looks_like_a_token(body: bytes) -> None:
    """Runs without spaces, values of telling names, web tokens, also where the excerpt cuts them."""
    shown = codec.excerpt(body)

    assert not any(secret in shown for secret in ("canary", "01234567", "eyJ"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ""),
        (b"Internal Server Error", "Internal Server Error"),
        ("Ошибка сервера".encode(), "Ошибка сервера"),
        (b"a\nb\x00\x1b[31m", r"a\nb\x00\x1b[31m"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("\u202eabc".encode(), r"\u202eabc"),
        (b"x " * 200, ("x " * 200)[:199] + "…"),
        (b"\x00" * 200, ("\\x00" * 50)[:199] + "…"),
    ],
)
def test_excerpt_is_the_beginning_made_printable(body: bytes, expected: str) -> None:
    """Readable text stays readable, the rest is escaped, and 200 characters are the most."""
    assert expected == codec.excerpt(body)


@given(st.binary(max_size=600) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_excerpt_is_printable_and_short(body: bytes) -> None:
    """Whatever the bytes, at most 200 characters that a terminal can show."""
    shown = codec.excerpt(body)

    assert len(shown) <= 200
    assert shown.isprintable()


def test_health_of_a_chatty_server_is_read() -> None:
    """Unknown fields anywhere are no fault."""
    assert Health(status="healthy") == codec.decode(b'{"status": "healthy", "uptime": {"s": 5}, "checks": [1, null]}', Health)
