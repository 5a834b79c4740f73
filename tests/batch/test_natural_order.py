"""The order of names as people expect it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.batch.natural_order import natural_key

names = st.text("аАбеёЁ019 .-/й\udcff²", max_size=8)


@pytest.mark.parametrize(
    "expected",
    [
        ["План 1", "План 2", "План 10", "План 100"],
        ["a1b2", "a1b10", "a2b1"],
        ["Лист 007", "Лист 7", "Лист 8"],
        ["а", "Б", "в"],
        ["Ёж", "ель", "Жук"],
        ["Том 1/План 10", "Том 1.5/План 1", "Том 2/План 1"],
        ["1" * 5000, "2" * 5000, "1" * 5001],
    ],
)
def test_names_are_sorted_as_people_do(expected: list[str]) -> None:
    """Numbers by value, of any length; a folder's files side by side."""
    backwards = expected[::-1]
    assert expected == sorted(backwards, key=natural_key)


@given(names, names, names)
def test_the_order_is_always_the_same(one: str, two: str, three: str) -> None:
    """Names that differ are never equal, so that it does not depend on the order in which they were found."""
    assert (one == two) == (natural_key(one) == natural_key(two))
    assert sorted([one, two, three], key=natural_key) == sorted([three, one, two], key=natural_key)
