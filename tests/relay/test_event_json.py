"""Events on their way between workers."""

from __future__ import annotations

import pytest

from aizoomdoc_client.events import (
    AnswerRestarted,
    Completed,
    ErrorEvent,
    ImageReady,
    LLMFinal,
    LLMThinking,
    LLMToken,
    PhaseStarted,
    StreamResumed,
    ToolCall,
    UnknownEvent,
)
from aizoomdoc_client.relay import AnswerStopped
from aizoomdoc_client.relay.control_events import ViewedEvent
from aizoomdoc_client.relay.event_json import decoded, encoded


@pytest.mark.parametrize(
    "event",
    [
        LLMToken("да\u2028", "модель", synthetic=True),
        LLMThinking("а", accumulated="ба"),
        PhaseStarted("search"),
        ToolCall("zoom", {"page": 1}, "мелко"),
        ImageReady("block", width=3),
        LLMFinal("да"),
        ErrorEvent("нет", data={"code": "internal", "message": "нет"}),
        Completed(),
        AnswerRestarted(0, "snapshot"),
        StreamResumed("rerun", "timeout"),
        AnswerStopped("unwatched"),
        UnknownEvent("newer", data={"a": 1}),
    ],
)
def test_an_event_comes_as_it_went(event: ViewedEvent) -> None:
    """With its data."""
    (read,) = decoded(encoded([event]))

    assert event == read
    assert event.to_dict() == read.to_dict()
