"""Single values of a reply: what is taken, and what is refused because it could mean two things."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.structured import scalars
from aizoomdoc_client.structured.scalars import UnfitValueError

READERS = (
    scalars.string,
    scalars.number,
    scalars.decimal,
    scalars.whole,
    scalars.boolean,
    scalars.date,
    scalars.moment,
    scalars.time,
)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (scalars.number, Decimal("3.3"), 3.3),
        (scalars.number, 3, 3.0),
        (scalars.number, "3,3", 3.3),
        (scalars.number, " 3.3 ", 3.3),
        (scalars.number, "17 300", 17300.0),
        (scalars.number, "17\u00a0300,5", 17300.5),
        (scalars.number, "1\u202f234\u202f567", 1234567.0),
        (scalars.number, "\u22123,3", -3.3),
        (scalars.number, "0,300", 0.3),
        (scalars.number, "1234,567", 1234.567),
        (scalars.decimal, Decimal("1.10"), Decimal("1.10")),
        (scalars.whole, "17 300", 17300),
        (scalars.whole, Decimal("3.0"), 3),
        (scalars.string, Decimal("1.10"), "1.10"),
        (scalars.string, 12, "12"),
        (scalars.string, Decimal("1E-7"), "0.0000001"),
        (scalars.string, Decimal("1.5E+3"), "1500"),
        (scalars.string, Decimal("1E+999999"), "1E+999999"),
        (scalars.boolean, "Да", True),
        (scalars.boolean, "нет", False),
        (scalars.boolean, False, False),
        (scalars.date, "2026-11-28", dt.date(2026, 11, 28)),
        (scalars.date, "28.11.2026", dt.date(2026, 11, 28)),
        (scalars.moment, "2026-11-28T10:30:00", dt.datetime(2026, 11, 28, 10, 30)),  # noqa: DTZ001 - as it is written
        (scalars.time, "10:30", dt.time(10, 30)),
    ],
)
def test_what_can_mean_one_thing_only_is_taken(read: Callable[[Any], Any], value: Any, expected: Any) -> None:
    """JSON's own values, and numbers, dates and words as people write them."""
    found = read(value)

    assert (type(expected), expected) == (type(found), found)


@pytest.mark.parametrize(
    ("read", "value", "code"),
    [
        (scalars.number, "17,300", "ambiguous_number"),
        (scalars.number, "17.300", "ambiguous_number"),
        (scalars.whole, "17,300", "ambiguous_number"),
        (scalars.number, "17 30", "unfit_value"),
        (scalars.number, "3,3 м", "unfit_value"),
        (scalars.number, "1,234,567", "unfit_value"),
        (scalars.number, "\u0663", "unfit_value"),
        (scalars.number, "nan", "unfit_value"),
        (scalars.number, True, "unfit_value"),
        (scalars.number, Decimal("1e999"), "unfit_value"),
        (scalars.number, None, "value_missing"),
        (scalars.whole, Decimal("3.7"), "unfit_value"),
        (scalars.whole, Decimal("1e999999"), "unfit_value"),
        (scalars.whole, True, "unfit_value"),
        (scalars.boolean, 1, "unfit_value"),
        (scalars.boolean, "может быть", "unfit_value"),
        (scalars.string, True, "unfit_value"),
        (scalars.string, [], "unfit_value"),
        (scalars.date, "11/28/2026", "unfit_value"),
        (scalars.date, "31.02.2026", "unfit_value"),
        (scalars.date, "28.11.26", "unfit_value"),
        (scalars.moment, "2026-11-28", "unfit_value"),
        (scalars.time, "10", "unfit_value"),
    ],
)
def test_what_is_something_else_or_could_be_is_refused(read: Callable[[Any], Any], value: Any, code: str) -> None:
    """Nothing is rounded, cut or guessed."""
    with pytest.raises(UnfitValueError) as caught:
        read(value)

    assert code == caught.value.problem.code


@given(whole=st.integers(0, 10**9), tenths=st.integers(0, 9))
def test_a_number_written_the_russian_way_is_that_number(whole: int, tenths: int) -> None:
    """Groups of three digits, and one digit after a comma."""
    assert whole + tenths / 10 == pytest.approx(scalars.number(f"{whole:,},{tenths}".replace(",", " ", f"{whole:,}".count(","))))


@given(
    value=st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.text(),
        st.lists(st.none()),
        st.just({}),
    )
)
def test_no_value_makes_a_reader_fail_otherwise(value: Any) -> None:
    """Whatever a reply holds is either taken or refused with a problem."""
    for read in READERS:
        with contextlib.suppress(UnfitValueError):
            read(value)


@pytest.mark.parametrize(("given_value", "expected"), [("Кирпич", 1), ("бетон", 2), (3, 3), (Decimal("1.5"), 4)])
def test_a_choice_is_found_by_its_value(given_value: Any, expected: int) -> None:
    """A text also when its case differs."""
    assert expected == scalars.choice(given_value, {"кирпич": 1, "бетон": 2, 3: 3, 1.5: 4})


@pytest.mark.parametrize(("given_value", "choices"), [("a", {"A": 1, "a ": 2}), (True, {1: 1}), ("3", {3: 3})])
def test_a_choice_that_could_be_two_or_is_of_another_type_is_refused(given_value: Any, choices: dict[Any, Any]) -> None:
    """True is not 1, and of two texts that differ in case only neither is meant."""
    with pytest.raises(UnfitValueError):
        scalars.choice(given_value, choices)
