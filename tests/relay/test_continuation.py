"""Going on with an answer that viewers have a part of."""

from __future__ import annotations

from hypothesis import given, strategies as st

from aizoomdoc_client.events import AnswerEvent, AnswerRestarted, LLMFinal, LLMToken, StreamResumed
from aizoomdoc_client.protocol.answer_state import AnswerState
from aizoomdoc_client.relay.continuation import Continuation

WORDS = st.text("аб", max_size=3)


def continued(delivered: str, events: list[AnswerEvent]) -> tuple[str, list[AnswerEvent]]:
    """The viewers' text at the end, and what they got."""
    continuation, state = Continuation(delivered), AnswerState()
    state.fold([LLMToken(delivered)])
    given_on = [each for event in events for each in continuation.feed(event)]
    state.fold(given_on)
    return state.text, given_on


@given(WORDS, st.lists(st.one_of(WORDS.map(LLMToken), st.integers(0, 3).map(lambda keep: AnswerRestarted(keep, "rerun")))))
def test_the_text_is_the_answers_at_the_end(delivered: str, events: list[AnswerEvent]) -> None:
    """Whatever viewers had, and whatever the answer takes back."""
    answer = AnswerState()
    answer.fold(events)

    assert answer.text == continued(delivered, [*events, LLMFinal(answer.text)])[0]


def test_what_viewers_have_does_not_come_again() -> None:
    """Only the rest does, cut where they are."""
    text, events = continued("Высота ", [StreamResumed("history"), LLMToken("Высота этажа"), LLMFinal("Высота этажа")])

    assert "Высота этажа" == text
    assert [StreamResumed("history"), LLMToken("этажа"), LLMFinal("Высота этажа")] == events


def test_what_differs_is_taken_back() -> None:
    """As far as it differs."""
    _, events = continued("Высота 3", [LLMToken("Высота эт"), LLMToken("ажа")])

    assert [AnswerRestarted(7, "rerun"), LLMToken("эт"), LLMToken("ажа")] == events


def test_a_shorter_answer_takes_the_rest_back() -> None:
    """At its final text, which shows that no more comes."""
    text, events = continued("Высота этажа", [LLMToken("Высота"), LLMFinal("Высота")])

    assert "Высота" == text
    assert [AnswerRestarted(6, "final"), LLMFinal("Высота")] == events
