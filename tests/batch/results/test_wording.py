"""The words of the results in each language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from aizoomdoc_client.batch.results.row import ResultState
from aizoomdoc_client.batch.results.wording import STATES, Word, local_time, place, state_word, word


def test_each_word_has_both_languages() -> None:
    """And none of them stands for two things."""
    for names, said in ((get_args(Word), word), (get_args(ResultState), state_word)):
        for language in ("en", "ru"):
            assert len(names) == len({said(name, language) for name in names})


def test_each_state_has_its_place() -> None:
    """What failed stands first."""
    assert ("failed", set(get_args(ResultState))) == (STATES[0], set(STATES))


def test_a_place_has_its_page_where_there_is_one() -> None:
    """In the words of the language."""
    assert ["АР.pdf", "АР.pdf, с. 3", "АР.pdf, p. 3"] == [
        place("АР.pdf", None, "ru"),
        place("АР.pdf", 3, "ru"),
        place("АР.pdf", 3, "en"),
    ]


def test_moments_at_the_calendars_ends_are_shown() -> None:
    """A time zone may lead out of the calendar."""
    assert [1, 9999] == [local_time(moment.replace(tzinfo=UTC)).year for moment in (datetime.min, datetime.max)]  # noqa: DTZ901 - the ends are the case
