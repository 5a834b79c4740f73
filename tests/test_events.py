"""Typed events: their names, fields, data and time."""

from __future__ import annotations

import itertools
import json
import pickle
from datetime import UTC, datetime
from typing import Any, get_args

import attrs
import pytest
from hypothesis import example, given, strategies as st

from aizoomdoc_client import events
from aizoomdoc_client.answer_source import AnswerSource, Grounding
from aizoomdoc_client.draft import Draft
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
    ProcessingStarted,
    QueuePosition,
    StreamEvent,
    StreamResumed,
    ToolCall,
    UnknownEvent,
)
from aizoomdoc_client.protocol.event_codec import decode_event
from aizoomdoc_client.protocol.eventsource import EventSourceParser
from aizoomdoc_client.protocol.repeated_text import parse_frame
from aizoomdoc_client.protocol.transcript import parse_raw
from aizoomdoc_client.serializable import as_json

SAMPLES: list[tuple[AnswerEvent, dict[str, Any]]] = [
    (QueuePosition(3, estimated_wait_seconds=4.5), {"position": 3, "estimated_wait_seconds": 4.5}),
    (ProcessingStarted(), {}),
    (PhaseStarted("llm", "Ответ"), {"phase": "llm", "description": "Ответ"}),
    (PhaseProgress("search", 0.5, "половина"), {"phase": "search", "progress": 0.5, "message": "половина"}),
    (LLMThinking("so", model="m"), {"content": "so", "model": "m"}),
    (LLMToken("a"), {"token": "a", "accumulated": "a"}),
    (LLMToken("a", "m", synthetic=True), {"token": "a", "accumulated": "a", "model": "m", "synthetic": True}),
    (ToolCall("zoom", {"x": 1}, "look"), {"tool": "zoom", "parameters": {"x": 1}, "reason": "look"}),
    (
        ImageReady("b1", "crop", "https://x.example", 1, 2),
        {"block_id": "b1", "kind": "crop", "url": "https://x.example", "width": 1, "height": 2},
    ),
    (LLMFinal("text", "m", "thoughts"), {"content": "text", "model": "m", "thinking": "thoughts"}),
    (
        LLMFinal("text", sources=(AnswerSource(document="a.pdf", page=2),), grounding="documents"),
        {
            "content": "text",
            "sources": [{"document": "a.pdf", "page": 2, "document_id": None, "file_id": None}],
            "grounding": "documents",
        },
    ),
    (LLMFinal("text", notes=("1 page is a scan",)), {"content": "text", "notes": ["1 page is a scan"]}),
    (ErrorEvent("no"), {"message": "no"}),
    (Completed("done"), {"message": "done"}),
    (AnswerRestarted(4, "rerun"), {"keep": 4, "reason": "rerun"}),
    (StreamResumed("history", "reset"), {"source": "history", "reason": "reset"}),
    (UnknownEvent("newer"), {}),
]


def names(samples: list[tuple[AnswerEvent, dict[str, Any]]]) -> list[str]:
    return [event.event for event, _ in samples]


def test_every_event_is_among_the_samples() -> None:
    """The samples cover every event class."""
    assert set(get_args(AnswerEvent)) == {type(event) for event, _ in SAMPLES}


def test_union_holds_every_event_class() -> None:
    """`AnswerEvent` names all classes of events that there are."""
    own = {
        item for name, item in vars(events).items() if name[0] != "_" and isinstance(item, type) and issubclass(item, StreamEvent)
    }

    assert own - {StreamEvent} == set(get_args(AnswerEvent))


@pytest.mark.parametrize(("event", "data"), SAMPLES, ids=names(SAMPLES))
def test_data_of_a_clients_own_event_are_its_fields(event: AnswerEvent, data: dict[str, Any]) -> None:
    """Without the server's data an event gives its typed fields by their wire names."""
    assert data == event.data


@pytest.mark.parametrize(("event", "_data"), SAMPLES, ids=names(SAMPLES))
def test_data_is_kept_as_the_server_sent_it(event: AnswerEvent, _data: dict[str, Any]) -> None:
    """Data of the server is delivered unchanged, unknown fields included."""
    sent = {"message": "other", "newer_field": [1, {"deep": None}]}

    assert sent is attrs.evolve(event, data=sent).data


@pytest.mark.parametrize(("event", "_data"), SAMPLES, ids=names(SAMPLES))
def test_events_compare_by_name_and_typed_fields(event: AnswerEvent, _data: dict[str, Any]) -> None:
    """Raw data and the time do not make events differ."""
    assert event == attrs.evolve(event, data={"x": 1}, timestamp="2025-01-01T00:00:00Z")


@pytest.mark.parametrize(("event", "_data"), SAMPLES, ids=names(SAMPLES))
def test_events_survive_pickling(event: AnswerEvent, _data: dict[str, Any]) -> None:
    """An event can be handed to another process."""
    other = pickle.loads(pickle.dumps(attrs.evolve(event, timestamp="2025-01-01T00:00:00Z")))

    assert (event, event.data, datetime(2025, 1, 1, tzinfo=UTC)) == (other, other.data, other.timestamp)


@pytest.mark.parametrize(("event", "_data"), SAMPLES, ids=names(SAMPLES))
def test_events_are_frozen(event: AnswerEvent, _data: dict[str, Any]) -> None:
    """No field of an event can be assigned to or deleted, and none added."""
    for name in (*(field.name for field in attrs.fields(type(event))), "newer"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(event, name, None)
        with pytest.raises((AttributeError, TypeError)):
            delattr(event, name)


@pytest.mark.parametrize(("event", "_data"), SAMPLES, ids=names(SAMPLES))
def test_equal_events_have_one_hash(event: AnswerEvent, _data: dict[str, Any]) -> None:
    """Equal events have equal hashes; the server's raw data do not matter."""
    other = attrs.evolve(event, data={"x": [1]}, timestamp="2025-01-01T00:00:00Z")
    before = hash(event)

    assert ({event}, before) == ({other}, hash(event) if event.data is not None else None)


def test_events_in_series_are_those_of_the_class() -> None:
    """Events made in bulk are of the same class: equal to single ones, frozen, and picklable."""
    draft = Draft("В")
    series = LLMToken.series(draft, ["РУ", "-1"], itertools.repeat("m"), [b"2025-01-01T00:00:00Z", b""], itertools.repeat(None))
    singly = [LLMToken("РУ", "m"), LLMToken("-1", "m")]

    assert ([LLMToken] * 2, singly, set(singly)) == (list(map(type, series)), series, set(series))
    assert ["ВРУ", "ВРУ-1"] == [event.accumulated for event in pickle.loads(pickle.dumps(series))]
    assert [datetime(2025, 1, 1, tzinfo=UTC), None] == [event.timestamp for event in series]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        series[0].token = "x"  # type: ignore[misc]  # as is to be shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("2025-03-04T05:06:07Z", datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2025-03-04T05:06:07.123456Z", datetime(2025, 3, 4, 5, 6, 7, 123456, tzinfo=UTC)),
        ("2025-03-04T05:06:07", datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)),
        ("2025-03-04T05:06:07+03:00", datetime(2025, 3, 4, 2, 6, 7, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("9999-12-31T23:59:59-05:00", None),
    ],
)
def test_timestamp_is_utc_or_absent(text: str | None, expected: datetime | None) -> None:
    """A time of any zone is given in UTC, a naive one is UTC, what is no time is None."""
    moment = Completed(timestamp=text).timestamp

    assert (expected, expected and UTC) == (moment, moment and moment.tzinfo)


@given(st.text())
def test_any_text_as_timestamp_is_a_time_or_none(text: str) -> None:
    """Any text gives a time or None."""
    assert isinstance(Completed(timestamp=text).timestamp, datetime | None)


LINES = "a", "\n", "\r", "\x85", "\u2028", "\u2029", "data: x\n\n", '"', "\\", "В", "\U0001f600", "\0", ""
TEXTS = st.lists(st.sampled_from(LINES) | st.text(max_size=3)).map("".join)
NUMBERS = st.integers(0, 10**6)
OPTIONAL_NUMBERS = st.none() | NUMBERS
ANY_EVENT: st.SearchStrategy[AnswerEvent] = st.one_of(
    st.builds(QueuePosition, NUMBERS, st.none() | st.floats(0, 1e9), OPTIONAL_NUMBERS, OPTIONAL_NUMBERS),
    st.builds(ProcessingStarted, st.none() | TEXTS),
    st.builds(PhaseStarted, TEXTS, TEXTS),
    st.builds(PhaseProgress, TEXTS, st.floats(0, 1), TEXTS),
    st.builds(LLMThinking, TEXTS, st.none() | TEXTS, st.none() | TEXTS),
    st.builds(LLMToken, TEXTS, st.none() | TEXTS, st.booleans()),
    st.builds(ToolCall, TEXTS, st.dictionaries(TEXTS, OPTIONAL_NUMBERS | TEXTS | st.lists(NUMBERS)), TEXTS),
    st.builds(ImageReady, TEXTS, TEXTS, TEXTS, OPTIONAL_NUMBERS, OPTIONAL_NUMBERS, st.none() | TEXTS),
    st.builds(
        LLMFinal,
        TEXTS,
        st.none() | TEXTS,
        st.none() | TEXTS,
        st.lists(st.builds(AnswerSource, document=TEXTS, page=OPTIONAL_NUMBERS, document_id=st.none() | TEXTS)).map(tuple),
        st.sampled_from([None, *get_args(Grounding)]),
        st.lists(TEXTS.filter(bool)).map(tuple),
    ),
    st.builds(ErrorEvent, TEXTS),
    st.builds(Completed, TEXTS),
    st.builds(AnswerRestarted, NUMBERS, st.sampled_from(get_args(events.RestartReason))),
    st.builds(StreamResumed, st.sampled_from(["history", "rerun"]), TEXTS),
    st.builds(UnknownEvent, st.from_regex(r"newer_[a-z]*", fullmatch=True), data=st.dictionaries(TEXTS, OPTIONAL_NUMBERS)),
)


def read_back(block: str) -> AnswerEvent:
    """The event that the client reads of a server-sent event."""
    [frame] = EventSourceParser(10**6).feed(block.encode())
    received = parse_raw(frame, parse_frame)
    assert received is not None
    return decode_event(*received)


@given(ANY_EVENT)
def test_any_event_is_read_back_from_its_server_sent_event(event: AnswerEvent) -> None:
    """One block, which ends with an empty line and has no other line break, gives the same event to whoever reads it."""
    block = event.to_sse(accumulated=True)

    assert (3, "\n\n") == (len(block.splitlines()), block[-2:])
    assert (event, event.data) == (read_back(block), read_back(block).data)


@given(ANY_EVENT)
def test_compact_event_lacks_nothing_but_the_repeated_text(event: AnswerEvent) -> None:
    """Without `accumulated`, as is usual, the same event is read, but for the field itself."""
    same = attrs.evolve(event, accumulated=None) if isinstance(event, LLMThinking) else event
    block = event.to_sse()

    assert same == read_back(block)
    assert {name: value for name, value in event.data.items() if name != "accumulated"} == json.loads(block.splitlines()[1][6:])


@pytest.mark.parametrize(("event", "data"), SAMPLES, ids=names(SAMPLES))
def test_event_as_a_dictionary_is_a_frame(event: AnswerEvent, data: dict[str, Any]) -> None:
    """`to_dict` gives name, data and time as a WebSocket frame has them; `to_json` the same as text."""
    dated = attrs.evolve(event, timestamp="2025-01-01T03:00:00+03:00")
    frame = {"event": event.event, "data": data, "timestamp": "2025-01-01T00:00:00Z"}

    assert (frame, frame) == (dated.to_dict(accumulated=True), json.loads(dated.to_json(accumulated=True)))
    assert {name for name in data if name != "accumulated"} == set(event.to_dict()["data"])
    assert None is event.to_dict()["timestamp"]


def test_data_of_the_server_is_passed_on_with_what_this_version_does_not_know() -> None:
    """Unknown fields stay; `accumulated` of the server comes only if it is asked for."""
    sent = {"token": "b", "accumulated": "ab", "newer": [1, {"deep": None}]}
    event = LLMToken("b", data=sent)

    assert (sent, {"token": "b", "newer": [1, {"deep": None}]}) == (
        event.to_dict(accumulated=True)["data"],
        event.to_dict()["data"],
    )


ODD_TEXTS = st.text('a"\\/\x00\x1f\x7f\x85\n\r\t\u2028\u2029\ud800\udfff\ufffdя😀', max_size=8)
MODELS = st.one_of(st.none(), ODD_TEXTS)
SENT_NAMES = st.lists(st.sampled_from(["token", "accumulated", "model", "newer"]), unique=True)
SENT = SENT_NAMES.flatmap(
    lambda names: st.fixed_dictionaries({name: st.one_of(ODD_TEXTS, st.none(), st.floats()) for name in names})
)
DELTAS = st.one_of(
    st.builds(LLMThinking, ODD_TEXTS, MODELS, MODELS),
    st.builds(LLMThinking, ODD_TEXTS, data=SENT),
    st.builds(LLMToken, ODD_TEXTS, MODELS, synthetic=st.booleans()),
    st.builds(LLMToken, ODD_TEXTS, data=SENT),
    st.builds(LLMToken, ODD_TEXTS, MODELS, synthetic=st.booleans(), sent=SENT),
)


@given(DELTAS, st.booleans())
@example(LLMToken("a", sent={"model": "pro", "token": "b"}), False)
@example(LLMToken("a", "flash", sent={"token": "b", "accumulated": "b", "model": "pro"}), False)
@example(LLMToken("a", synthetic=True), False)
@example(LLMToken("a", sent={"token": "a", "model": None}), False)
def test_deltas_are_written_as_all_other_events_are(event: AnswerEvent, accumulated: bool) -> None:
    """Without the dictionary of their fields, which takes most of the time, character for character the same comes out."""
    data = as_json(event.to_dict(accumulated=accumulated)["data"])

    assert f"event: {event.event}\ndata: {data}\n\n" == event.to_sse(accumulated=accumulated)
    assert as_json(event.to_dict(accumulated=accumulated)) == event.to_json(accumulated=accumulated)


@pytest.mark.parametrize("odd", [5, None, 1.5, ["a"]])
def test_a_delta_that_is_no_text_is_written_as_what_it_is(odd: Any) -> None:
    """Whoever makes events may give anything."""
    for event in (LLMToken(odd), LLMThinking(odd), LLMToken("a", odd), LLMThinking("a", model=odd)):
        assert as_json(event.to_dict()) == event.to_json()


def test_compact_events_of_a_long_answer_are_little_longer_than_its_text() -> None:
    """The events of 10,000 deltas take linear space and time: no event puts the text so far together."""
    series = LLMToken.series(Draft(), ["piece "] * 10_000, *[itertools.repeat(None)] * 3)

    assert 10_000 * 60 > sum(len(event.to_sse()) for event in series)
    assert [(0, "")] == list({event._draft._joined for event in series})


@pytest.mark.parametrize("name", ["a\nb", "a\r\nevent: b", "a\u2028b"])
def test_line_break_in_a_name_ends_no_field(name: str) -> None:
    """A name that a WebSocket's server made up is no way into the stream of a relay."""
    assert 3 == len(UnknownEvent(name, data={}).to_sse().splitlines())


def describe(event: AnswerEvent) -> object:
    match event:
        case LLMToken(token):
            return token
        case QueuePosition(position=position):
            return position
        case PhaseStarted(phase, description):
            return phase, description
        case AnswerRestarted(keep, reason):
            return keep, reason
        case StreamResumed(source, reason):
            return source, reason
        case UnknownEvent(event=name):
            return name
        case ErrorEvent(message) | Completed(message):
            return message
        case _:
            return None


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (LLMToken("piece", "model"), "piece"),
        (QueuePosition(7), 7),
        (PhaseStarted("zoom", "x"), ("zoom", "x")),
        (AnswerRestarted(0, "final"), (0, "final")),
        (StreamResumed("rerun", "reset"), ("rerun", "reset")),
        (UnknownEvent("newer"), "newer"),
        (ErrorEvent("no"), "no"),
        (Completed("yes"), "yes"),
        (ProcessingStarted("r1"), None),
    ],
)
def test_events_work_in_match(event: AnswerEvent, expected: object) -> None:
    """Typed fields match by position and by name."""
    assert expected == describe(event)


def test_token_without_a_draft_accumulates_itself() -> None:
    """Without a draft `accumulated` is the delta itself."""
    assert "a" == LLMToken("a").accumulated


def test_accumulated_is_the_text_at_the_events_own_moment() -> None:
    """Later events do not change `accumulated` of an earlier one."""
    draft, tokens = Draft(), list[LLMToken]()
    for piece in ("В", "", "РУ", "-1"):
        draft.pieces.append(piece)
        tokens.append(LLMToken(piece, draft=draft, pieces=len(draft.pieces)))

    expected = ["В", "В", "ВРУ", "ВРУ-1"]
    assert expected == [token.accumulated for token in tokens]
    assert expected[::-1] == [token.data["accumulated"] for token in reversed(tokens)]
