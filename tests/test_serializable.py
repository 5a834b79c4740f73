"""Values as dictionaries and JSON, and their ``repr`` of one line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.serializable import (
    LONGEST_REPR,
    OneLineRepr,
    Serializable,
    as_json,
    fields_as_plain,
    plain,
    text_as_json,
    utc_text,
)

MOSCOW = timezone(timedelta(hours=3))


@attrs.frozen(kw_only=True)
class Inner(Serializable):
    name: str = ""
    secret: str = attrs.field(default="", repr=False)
    _hidden: int = 0


@attrs.frozen(kw_only=True)
class Outer(Serializable):
    when: datetime | None = None
    inner: Inner = attrs.field(factory=Inner)
    many: tuple[Inner, ...] = ()
    some: Any = None


def test_dictionary_holds_plain_values_only() -> None:
    """Values in values become dictionaries, tuples lists, dates texts in UTC; credentials and inner fields are left out."""
    value = Outer(when=datetime(2025, 1, 2, 3, 4, 5, tzinfo=MOSCOW), inner=Inner(name="a", secret="s"), many=(Inner(name="b"),))

    assert {
        "when": "2025-01-02T00:04:05Z",
        "inner": {"name": "a"},
        "many": [{"name": "b"}],
        "some": None,
    } == value.to_dict()
    assert value.to_dict() == json.loads(value.to_json())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (10**30, 10**30),
        (1.5, 1.5),
        (float("nan"), None),
        (float("-inf"), None),
        ("a\ud800b", "a\ufffdb"),
        ({1: (2,), "\udc00": {3}}, {"1": [2], "\ufffd": [3]}),
        (Path("a/b"), str(Path("a/b"))),
    ],
)
def test_what_json_lacks_is_replaced(value: Any, expected: Any) -> None:
    """Every value has a form that JSON in UTF-8 can hold."""
    assert expected == plain(value)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2025, 1, 2, 3, 4, 5, 60, tzinfo=UTC), "2025-01-02T03:04:05.000060Z"),
        (datetime(2025, 1, 2, tzinfo=MOSCOW), "2025-01-01T21:00:00Z"),
        (datetime(2025, 1, 2), "2025-01-02T00:00:00Z"),  # noqa: DTZ001 - as is to be shown
        (datetime(1, 1, 1, tzinfo=MOSCOW), "0001-01-01T00:00:00+03:00"),
    ],
)
def test_dates_are_in_utc(moment: datetime, expected: str) -> None:
    """ISO 8601 with ``Z``, whatever the zone; a date that UTC does not have keeps its own."""
    assert expected == utc_text(moment)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.text(st.characters(categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_any_value_is_one_line_of_json(value: Any) -> None:
    """Every reader of lines finds one, which gives the plain value again, and which UTF-8 can hold."""
    line = as_json(plain(value))

    assert ([line], plain(value)) == (line.splitlines() or [line], json.loads(line.encode()))


@given(JSON, st.text(), st.none() | st.datetimes())
def test_repr_is_one_short_line(some: Any, name: str, when: datetime | None) -> None:
    """Whatever the values are, ``repr`` is one printable line of at most 120 characters."""
    line = repr(Outer(some=some, inner=Inner(name=name), when=when, many=(Inner(name=name),)))

    assert (True, True) == (line.isprintable(), len(line) <= LONGEST_REPR)


def test_repr_leaves_out_what_is_usual_and_secret() -> None:
    """Fields with their defaults, and credentials, are not shown."""
    value = Outer(inner=Inner(name="a", secret="s"), many=(Inner(), Inner()), when=datetime(2025, 1, 2, tzinfo=UTC))

    assert "Outer(when=2025-01-02T00:00:00Z, inner=Inner(name='a'), many=<2>)" == repr(value)
    assert "Outer()" == repr(Outer())
    assert "Outer(some=0.333333)" == repr(Outer(some=1 / 3))
    assert f"Outer(inner=Inner(name='{'a' * 59}…'))" == repr(Outer(inner=Inner(name="a" * 500)))


def test_repr_of_a_value_of_another_type_than_its_default_is_shown() -> None:
    """True is not 1: what equals a default and is of another type is shown."""

    @attrs.frozen
    class Settings(OneLineRepr):
        count: Any = 1

    assert ["Settings(count=True)"] == [line.rpartition(".")[2] for line in [repr(Settings(True))]]


def test_a_text_is_written_alike_whichever_characters_it_has() -> None:
    """By itself as within another value: each character of the first plane, and one beyond it."""
    every = [*map(chr, range(0x10000)), "\U0001f600", "", "a\u2028\ud83d\x85b"]

    assert [as_json(plain(text)) for text in every] == [text_as_json(text) for text in every]


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 11, 28, 10), "2026-11-28T10:00:00"),  # noqa: DTZ001 (what a document says has no time zone)
        (datetime(2026, 11, 28, 10, tzinfo=MOSCOW), "2026-11-28T07:00:00Z"),
    ],
)
def test_a_time_of_somebodys_own_class_gets_no_time_zone(moment: datetime, shown: str) -> None:
    """Documents tell the time of where they were written; servers' own times without one are in UTC."""
    assert {"when": [shown]} == fields_as_plain({"when": [moment]})
