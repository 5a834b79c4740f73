"""Mutants of what users hold: values, what an answer rests on, tracebacks. Each is killed by a test of its module."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that replaces a method has the method's parameters)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .mutant import Mutant

EVENTS = "tests/test_events.py::"
TRANSCRIPT = "tests/protocol/test_transcript_properties.py::"


def whole_text_in_each(original: Any) -> Any:
    return lambda self, **_: original(self, accumulated=True)


def unescaped(_: Any) -> Any:
    import json

    return lambda value: json.dumps(value, ensure_ascii=False)


def sources_not_adopted(original: Any) -> Any:
    import attrs

    return lambda self, message: original(self, attrs.evolve(message, sources=(), grounding=None))


def notes_not_adopted(original: Any) -> Any:
    import attrs

    return lambda self, message: original(self, attrs.evolve(message, notes=()))


VALUES: Sequence[Mutant] = (
    Mutant(
        "whole text in each event",
        "repeats the text so far in each event that is passed on",
        "events:StreamEvent._data_as_json",
        whole_text_in_each,
        (EVENTS + "test_compact_events_of_a_long_answer_are_little_longer_than_its_text",),
    ),
    Mutant(
        "line separators unescaped",
        "writes U+2028 into a line of JSON, which readers of lines take for its end",
        "events:as_json",
        unescaped,
        (EVENTS + "test_any_event_is_read_back_from_its_server_sent_event",),
    ),
    Mutant(
        "relayed restart ignored",
        "keeps the text that a relay takes back",
        "protocol.transcript:Transcript._on_relayed_restart",
        lambda _: lambda _self, _event: [],
        (TRANSCRIPT + "test_a_relay_passes_on_the_same_text",),
    ),
    Mutant(
        "unreadable unsaid",
        "calls an answer grounded although no document could be read",
        "local.answering.answer_run:grounding_of",
        lambda _: lambda _groups: "documents",
        ("tests/local/answering/test_grounding.py::test_an_answer_from_unreadable_documents_is_told_from_an_answer",),
    ),
    Mutant(
        "sources not adopted",
        "loses the sources of an answer that is found in the history",
        "protocol.transcript:Transcript.adopt",
        sources_not_adopted,
        ("tests/protocol/test_transcript.py::test_adopted_answer_keeps_what_it_rests_on",),
    ),
    Mutant(
        "notes not adopted",
        "loses the notes of an answer that is found in the history",
        "protocol.transcript:Transcript.adopt",
        notes_not_adopted,
        ("tests/protocol/test_transcript.py::test_adopted_answer_keeps_what_it_rests_on",),
    ),
    Mutant(
        "scans unsaid",
        "says nothing of pages without text",
        "local.answering.answer_run:notes_of",
        lambda _: lambda *_: (),
        ("tests/local/answering/test_notes.py::test_a_document_of_one_page_of_text_and_six_scans",),
    ),
    Mutant(
        "forgotten await unsaid",
        "says nothing of an answer that nobody awaited",
        "answer_stream:AsyncAnswerStream.__del__",
        lambda _: lambda _self: None,
        ("tests/test_answer.py::test_an_answer_that_is_dropped_unused_says_so_at_the_users_line",),
    ),
)
