"""Lines that look like rows of tables."""

from __future__ import annotations

import pytest

from aizoomdoc_client.local.searching.table_rows import looks_like_row


@pytest.mark.parametrize(
    ("line", "is_row"),
    [
        ("П1 6400 350 2,2", True),
        ("П1 6400 350 2,2.", False),
        ("П1 6400 350 2,2;  ", False),
        ("Насос | 2", True),
        ("Насос   К-1   2 шт.", True),
        ("В 2020 и 2021 годах", False),
        ("Щиты в осях 1, 2 и 3 стоят рядом с лестницей до кровли", False),
    ],
)
def test_a_line_of_numbers_or_cells_looks_like_a_row(line: str, is_row: bool) -> None:
    """More than two numbers and at most twice as many words, but for the end of a sentence."""
    assert is_row == looks_like_row(line)
