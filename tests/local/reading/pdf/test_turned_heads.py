"""Heads that are written upwards, told from labels in the rows below."""

from __future__ import annotations

from aizoomdoc_client.local.reading.pdf.characters import Character
from aizoomdoc_client.local.reading.pdf.rules import Grid, Rule
from aizoomdoc_client.local.reading.pdf.turned_heads import heads_laid_upright


def test_a_label_beside_a_cell_that_goes_down_from_the_heads_is_no_head() -> None:
    """Only where a head goes over several columns there are others below it."""
    edges = tuple((Rule(x, 0, 100),) for x in (0, 100, 200))
    across = ((Rule(100, 0, 200),), (Rule(50, 100, 200),), (Rule(0, 0, 200),))
    grid = Grid((0, 100, 200), edges, (100, 50, 0), across)

    assert {} == heads_laid_upright({7: Character("А", 140, 10, 150, 40)}, {}, [grid])
    assert heads_laid_upright({7: Character("А", 140, 60, 150, 90)}, {}, [grid]).keys() == {7}
