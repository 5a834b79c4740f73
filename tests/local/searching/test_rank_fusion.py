"""Several rankings made into one."""

from __future__ import annotations

from aizoomdoc_client.local.searching.rank_fusion import concatenated, fused


def test_what_several_rankings_agree_on_comes_first() -> None:
    """Before what is first in one only; of equals the earlier ranking's."""
    assert ["b", "a", "d"] == fused([["a", "b", "c"], ["d", "b"]], str, 3)
    assert ["a", "b"] == fused([["a"], ["b"]], str, 9)
    assert [] == fused([[], []], str, 9)


def test_items_with_one_identity_are_one() -> None:
    """The first of them is taken."""
    assert ["A", "b"] == fused([["A"], ["b", "a"]], str.lower, 9)


def test_the_first_ranking_leads() -> None:
    """Whatever the others agree on; they fill the places that it leaves, and nothing is there twice."""
    assert ["a", "B", "c"] == concatenated([["a", "B"], ["c", "b", "d"], ["c"]], str.lower, 3)
    assert ["c", "b"] == concatenated([[], ["c", "b"]], str, 9)
