"""Questions and answers in spans: where a program asks for them, and then as the conventions have them."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from aizoomdoc_client import RetryPolicy, StreamInterruptedError
from aizoomdoc_client.telemetry.content import VARIABLE
from aizoomdoc_client.testing import Deltas, Drop, ServerBehavior, Stall, simple_answer
from tests.client_and_server import both_transports, client_and_server
from tests.telemetry.exporters import Telemetry, about

TEXT, HALF, QUESTION = 'Высота этажа 3,3 м: «лист 4",\n', "Высота этажа 3", "Какая высота этажа?"
INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"


def message(role: str, content: str, **more: str) -> list[dict[str, Any]]:
    return [{"role": role, "parts": [{"type": "text", "content": content}], **more}]


def recorded(telemetry: Telemetry) -> list[tuple[Any, Any]]:
    """What each answer's span has of question and answer."""
    spans = [about(span) for span in telemetry.named("chat")]
    return [tuple(json.loads(span.get(name, "null")) for name in (INPUT, OUTPUT)) for span in spans]


@pytest.mark.parametrize("value", ["true", "True", "SPAN_ONLY", "span_and_event", " SPAN_ONLY "])
async def test_the_environment_asks_for_content(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one of the words that other instrumentations know, too."""
    monkeypatch.setenv(VARIABLE, value)
    telemetry = Telemetry.new()
    async with client_and_server(hooks=telemetry.hooks) as pair:
        pair.server.script_answer(simple_answer(TEXT))
        await pair.client.ask(await pair.chat(), QUESTION)

    assert [(message("user", QUESTION), message("assistant", TEXT, finish_reason="stop"))] == recorded(telemetry)
    assert QUESTION in about(telemetry.one("chat"))[INPUT]  # as it is, so that it can be read and searched for


@pytest.mark.parametrize(("value", "wanted"), [("NO_CONTENT", True), ("SPAN_ONLY", False)])
async def test_what_the_program_says_counts_more(value: str, wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """`capture_content` is looked at first."""
    monkeypatch.setenv(VARIABLE, value)
    telemetry = Telemetry.new(capture_content=wanted)
    async with client_and_server(hooks=telemetry.hooks) as pair:
        await pair.client.ask(await pair.chat(), QUESTION)

    assert wanted == (INPUT in about(telemetry.one("chat")))


def test_an_unknown_value_asks_for_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged; content that nobody asked for must not leave the process. Values that mean none are nothing to tell of."""
    warned: list[bool] = []
    for value in ("everything", "EVENT_ONLY", "false", ""):
        caplog.clear()
        monkeypatch.setenv(VARIABLE, value)
        assert not Telemetry.new().hooks.wants_texts
        warned.append([("aizoomdoc_client.telemetry", logging.WARNING)] == [(each.name, each.levelno) for each in caplog.records])

    assert [True, False, False, False] == warned


@both_transports
async def test_of_an_answer_that_did_not_end_well_there_is_what_came(behavior: ServerBehavior, transport: str) -> None:
    """With the reason; nothing of an answer that had no text."""
    telemetry = Telemetry.new(capture_content=True)
    async with client_and_server(behavior, hooks=telemetry.hooks, retry=RetryPolicy(max_reruns=0)) as pair:
        chat = await pair.chat()
        pair.server.script_answer([Deltas([HALF]), Drop(reset=False)])
        with pytest.raises(StreamInterruptedError):
            await pair.client.ask(chat, QUESTION)
        pair.server.script_answer([Deltas([HALF]), Stall()])
        async with pair.client.send_message(chat, QUESTION) as answer:
            await anext(answer)
        async with pair.client.send_message(chat, QUESTION):
            pass

    asked = message("user", QUESTION)
    failed, cancelled = (message("assistant", HALF, finish_reason=reason) for reason in ("error", "cancelled"))
    assert [(asked, failed), (asked, cancelled), (asked, None)] == recorded(telemetry)


async def test_content_has_no_token_and_stands_in_the_answers_span_only() -> None:
    """Though user and server write both tokens of the user into them; metrics, events and other spans have no text."""
    telemetry = Telemetry.new(capture_content=True)
    async with client_and_server(hooks=telemetry.hooks) as pair:
        chat = await pair.chat()
        tokens = [pair.server.static_token, pair.server.requests[-1].headers["Authorization"].removeprefix("Bearer ")]
        pair.server.script_answer(simple_answer(f"{HALF} {tokens}"))
        await pair.client.ask(chat, f"{QUESTION} {tokens}")

    exported = "".join(span.to_json() for span in telemetry.spans) + str(telemetry.reader.get_metrics_data())
    assert [False, False] == [token in exported for token in tokens]
    rest = [span.to_json(indent=None) for span in telemetry.spans if span.name != "chat"]
    rest += [str(telemetry.reader.get_metrics_data()), str(telemetry.one("chat").events)]
    [(asked, answered)] = recorded(telemetry)
    assert message("user", f"{QUESTION} ['…', '…']") == asked
    assert message("assistant", f"{HALF} ['…', '…']", finish_reason="stop") == answered
    escaped = [text.encode("unicode_escape").decode() for text in (QUESTION, HALF)]
    assert [] == [text for text in (QUESTION, HALF, *escaped) if any(text in each for each in rest)]
