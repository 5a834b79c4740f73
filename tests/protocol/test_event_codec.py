"""JSON to events: typed if it fits, raw if not, and an error if text would be lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.answer_source import AnswerSource
from aizoomdoc_client.events import (
    AnswerEvent,
    AnswerRestarted,
    Completed,
    ErrorEvent,
    ImageReady,
    LLMFinal,
    LLMThinking,
    LLMToken,
    PhaseProgress,
    PhaseStarted,
    QueuePosition,
    StreamResumed,
    ToolCall,
    UnknownEvent,
)
from aizoomdoc_client.exceptions import ProtocolError
from aizoomdoc_client.protocol import codec, event_codec, event_fields
from tests.protocol.samples import EVENTS, JSON, as_json, fields_like, outcome


def decode_data(name: str, data: bytes) -> AnswerEvent:
    """The event of a server-sent event, as a stream of them has it decoded."""
    return event_codec.decode_event(*event_codec.parse_sse(name, data))


def test_every_event_of_the_wire_is_decoded() -> None:
    """The table has every event class by its name, but for those that the client makes itself."""
    own = {AnswerRestarted, StreamResumed, UnknownEvent}

    assert {kind.event: kind for kind in set(get_args(AnswerEvent)) - own} == event_codec.EVENT_TYPES


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("envelope", [False, True])
def test_event_has_its_type_data_and_fields(name: str, envelope: bool) -> None:
    """Each event of the wire, in either envelope, with unknown fields beside the known ones."""
    data = EVENTS[name] | {"newer": [1, None]}
    frame = {"event": name, "data": data, "timestamp": "2025-03-04T05:06:07Z", "newer": 1}

    event = event_codec.decode_envelope(as_json(frame)) if envelope else decode_data(name, as_json(data))

    assert (event_codec.EVENT_TYPES[name], name, data) == (type(event), event.event, event.data)
    assert EVENTS[name] == {field: getattr(event, field) for field in EVENTS[name]}
    assert (datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC) if envelope else None) == event.timestamp


@pytest.mark.parametrize("data", [{"x": 1}, {}, [1], "text", 5, None])
@pytest.mark.parametrize("name", ["newer_event", "", "answer_restarted", "stream_resumed", "LLM_TOKEN"])
def test_unknown_event_is_kept(name: str, data: Any) -> None:
    """An unknown event, one without a name, one of a client-only name: delivered unchanged."""
    event = event_codec.decode_event(name, data)

    assert (UnknownEvent(name), data if isinstance(data, dict) else {"value": data}) == (event, event.data)


def test_unknown_event_may_carry_anything() -> None:
    """Invalid JSON in an unknown event is no error."""
    assert {"value": "ping \ufffd"} == decode_data("ping", b"ping \xff").data


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("queue_position", {}),
        ("queue_position", {"position": "next"}),
        ("phase_started", {"phase": {}}),
        ("phase_progress", [1]),
        ("image_ready", None),
        ("llm_thinking", {"content": None}),
    ],
)
def test_event_of_a_surprising_shape_is_kept(name: str, data: Any) -> None:
    """An informational event with missing fields is delivered raw, since it carries no text."""
    event = event_codec.decode_event(name, data)

    assert (UnknownEvent(name), data if isinstance(data, dict) else {"value": data}) == (event, event.data)


@pytest.mark.parametrize("name", ["llm_token", "llm_final"])
@pytest.mark.parametrize("data", [{}, None, "text", {"token": None, "content": []}])
def test_event_with_unreadable_text_is_an_error(name: str, data: Any) -> None:
    """It raises, since skipping it would lose a part of the answer."""
    with pytest.raises(ProtocolError, match="does not fit"):
        event_codec.decode_event(name, data)


@pytest.mark.parametrize(
    ("data", "message"), [({}, ""), (None, ""), ({"message": {"a": 1}}, ""), ({"message": 5}, "5"), ([], "")]
)
def test_end_is_the_end_whatever_its_data(data: Any, message: str) -> None:
    """An `error` without a proper message is an error still, a `completed` without one completes."""
    assert [ErrorEvent(message), Completed(message)] == [event_codec.decode_event(name, data) for name in ("error", "completed")]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("queue_position", {"position": "3", "queue_size": None}, QueuePosition(3)),
        ("phase_started", {"phase": "newer_phase", "description": None}, PhaseStarted("newer_phase")),
        ("llm_token", {"token": 5}, LLMToken("5")),
        ("llm_token", {"token": "a", "draft": "x", "pieces": 9, "_draft": 1, "_pieces": 1}, LLMToken("a")),
        ("llm_token", {"token": "a", "synthetic": True}, LLMToken("a", synthetic=True)),
        ("llm_token", {"token": "a", "synthetic": "perhaps", "model": {}}, LLMToken("a")),
        ("llm_final", {"content": "a", "model": [1], "thinking": {}, "sources": 5}, LLMFinal("a")),
        (
            "llm_final",
            {"content": "a", "sources": ["x.pdf", {"document": "y.pdf", "page": "2", "box": [1]}], "grounding": "newer"},
            LLMFinal("a", sources=(AnswerSource(document="y.pdf", page=2),)),
        ),
        ("llm_final", {"content": "a", "notes": ["one", {"text": "odd"}, "", None, "two"]}, LLMFinal("a", notes=("one", "two"))),
        ("llm_final", {"content": "a", "notes": "other servers' notes"}, LLMFinal("a")),
        ("llm_final", {"content": "a", "grounding": "unreadable"}, LLMFinal("a", grounding="unreadable")),
        ("answer_restarted", {"keep": 3, "reason": "rerun"}, AnswerRestarted(3, "rerun")),
        ("answer_restarted", {"keep": 3, "reason": "newer"}, UnknownEvent("answer_restarted")),
        ("llm_final", {"content": "a\ud83d", "model": None}, LLMFinal("a\ufffd")),
        ("completed", {"message": "x", "data": {}, "timestamp": 1, "_data": 1}, Completed("x")),
    ],
)
def test_event_is_read_leniently(name: str, data: Any, expected: object) -> None:
    """Small deviations are accepted, what an answer does not need is not demanded, and no data sets an inner field."""
    assert expected == event_codec.decode_event(name, codec.parse(json.dumps(data).encode()))


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
    event = event_codec.decode_event("llm_token", data)

    assert isinstance(event, LLMToken)
    assert expected == event.accumulated


def test_a_high_surrogate_at_the_end_of_accumulated_is_held_back() -> None:
    """A high surrogate that the next event completes is held back; one elsewhere, or a lone low one, is replaced."""
    texts = ["a\ud83d", "\ud83da", "a\ude00", "a\ud83d\n"]
    events = [decode_data("llm_token", json.dumps({"token": "", "accumulated": text}).encode()) for text in texts]

    assert ["a", "\ufffda", "a\ufffd", "a\ufffd\n"] == [event.data["accumulated"] for event in events]


@pytest.mark.parametrize(
    "frame", [b"[]", b"null", b'"llm_token"', b"5", b"{}", b'{"event": null}', b'{"event": ["a"]}', b'{"data": {}}']
)
def test_frame_without_an_event_is_an_error(frame: bytes) -> None:
    """A WebSocket frame without an event name raises."""
    with pytest.raises(ProtocolError, match=r"no event|without a name"):
        event_codec.decode_envelope(frame)


@pytest.mark.parametrize("timestamp", [None, 5, {}, "later"])
def test_odd_timestamp_is_no_time(timestamp: Any) -> None:
    """An invalid time gives None."""
    event = event_codec.decode_envelope(as_json({"event": "completed", "timestamp": timestamp}))

    assert (Completed(""), None) == (event, event.timestamp)


@given(
    st.sampled_from([*EVENTS, "newer"]).flatmap(lambda name: st.tuples(st.just(name), fields_like(EVENTS.get(name, {})) | JSON))
)
def test_any_data_of_any_event_is_an_event_or_a_protocol_error(case: tuple[str, Any]) -> None:
    """Any data in either envelope gives an event or a `ProtocolError`; only text events may raise."""
    name, data = case
    by_sse = outcome(lambda: decode_data(name, json.dumps(data).encode()))
    by_websocket = outcome(lambda: event_codec.decode_envelope(json.dumps({"event": name, "data": data}).encode()))

    if isinstance(by_websocket, ProtocolError):
        assert isinstance(by_sse, ProtocolError) or name == "newer"
    else:
        assert (by_sse, name) == (by_websocket, by_websocket.event)
        assert isinstance(by_websocket.timestamp, datetime | None)


@given(st.sampled_from([*EVENTS, "newer"]), st.binary())
def test_any_bytes_as_any_event_are_an_event_or_a_protocol_error(name: str, frame: bytes) -> None:
    """Any bytes give a result or a `ProtocolError`."""
    assert name == getattr(outcome(lambda: decode_data(name, frame)), "event", name)
    outcome(lambda: event_codec.decode_envelope(frame))


@pytest.mark.parametrize("missing", [{}, {"null": None}])
@pytest.mark.parametrize(
    ("name", "spare", "data", "expected"),
    [
        ("llm_token", "token", {"accumulated": "ab", "model": "m"}, LLMToken("", "m")),
        ("llm_thinking", "content", {"accumulated": "ab"}, LLMThinking("", "ab")),
        ("image_ready", "block_id", {"url": "https://x.example/1"}, ImageReady("", url="https://x.example/1")),
    ],
)
def test_what_another_field_says_as_well_may_be_missing(
    name: str, spare: str, data: dict[str, Any], expected: AnswerEvent, missing: dict[str, Any]
) -> None:
    """A field that is null or absent beside one that says as much makes no event unreadable."""
    sent = {**data, **dict.fromkeys([spare] * len(missing))}
    event = event_codec.decode_event(name, sent)

    assert (expected, sent) == (event, event.data)


@pytest.mark.parametrize("data", [{"token": None}, {"token": None, "accumulated": None}, {"token": None, "accumulated": 5}, {}])
def test_token_without_any_text_is_an_error(data: dict[str, Any]) -> None:
    """Without a token only a readable text so far saves the event."""
    with pytest.raises(ProtocolError, match="does not fit"):
        event_codec.decode_event("llm_token", data)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("image_ready", {"block_id": "b", "url": "u", "width": "wide", "height": 5}, ImageReady("b", url="u", height=5)),
        ("queue_position", {"position": 2, "estimated_wait_seconds": "soon"}, QueuePosition(2)),
        ("phase_progress", {"phase": "llm", "progress": [], "message": "m"}, PhaseProgress("llm", message="m")),
        ("tool_call", {"tool": "zoom", "parameters": "x", "reason": "r"}, ToolCall("zoom", reason="r")),
        ("llm_thinking", {"content": "a", "accumulated": {}, "model": []}, LLMThinking("a")),
    ],
)
def test_field_that_is_not_needed_makes_no_event_unreadable(name: str, data: dict[str, Any], expected: AnswerEvent) -> None:
    """What has a default and cannot be read takes it; the data keep what the server sent."""
    event = event_codec.decode_event(name, data)

    assert (expected, data) == (event, event.data)


@pytest.mark.parametrize("name", EVENTS)
def test_documented_data_is_read_without_the_lenient_reader(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick way gives what the lenient one gives, which it leaves out."""
    lenient = event_fields._read_leniently(event_codec.EVENT_TYPES[name], EVENTS[name])
    monkeypatch.setattr(event_fields, "_read_leniently", None)

    assert lenient == event_codec.decode_event(name, EVENTS[name])


def test_error_that_is_a_mere_text_says_it() -> None:
    """A server that sends a text where an object was meant is quoted."""
    assert ErrorEvent("Out of memory") == event_codec.decode_event("error", "Out of memory")
