"""Terms that stand side by side."""

from __future__ import annotations

import pytest

from aizoomdoc_client.local.searching.proximity import pairs_found, pairs_of


def test_pairs_are_the_neighbours_of_full_weight() -> None:
    """In the question's order."""
    assert [("граф", "19"), ("19", "надпис")] == pairs_of({"граф": 1.0, "19": 1.0, "надпис": 1.0, "лист": 0.25})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("граф 19", True),
        ("19 граф", True),
        ("графический 19", True),
        ("граф a b 19", True),
        ("граф a b c 19", False),
        ("граф 20", False),
        ("", False),
    ],
)
def test_a_pair_is_found_where_its_terms_are_near(text: str, found: bool) -> None:
    """In either order, in longer forms, with two terms between them at most."""
    forms = {"граф": frozenset({"графический"}), "19": frozenset[str]()}

    assert ([("граф", "19")] if found else []) == pairs_found(text.split(), [("граф", "19")], forms)
