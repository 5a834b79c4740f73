"""Lines of a table of contents."""

from __future__ import annotations

import time

import pytest

from aizoomdoc_client.local.searching.contents_lines import are_contents, is_dotted


@pytest.mark.parametrize(
    ("line", "dotted"),
    [
        ("1 Общие данные ........ 3", True),
        ("1 Общие данные . . . . 3", True),
        ("1 Общие данные……… iv   ", True),
        ("Подпись ____", True),
        ("Введение " + "." * 500 + " 12", True),
        ("Щит ВРУ-1... стоит в электрощитовой", False),
        ("и т. д. 3", False),
        ("Номер договора ........ 12345", False),
        ("Введение ..... xxxviii", False),
    ],
)
def test_a_dotted_line_ends_in_dots(line: str, dotted: bool) -> None:
    """With the number of a page after them, of at most four digits or six Roman ones, or without."""
    assert dotted == is_dotted(line)


def test_a_long_run_of_dots_takes_no_longer_than_a_short_one() -> None:
    """A hostile line has thousands of dots and ends in something else."""
    began = time.process_time()

    assert not is_dotted("." * 100_000 + "я")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("lines", "contents"),
    [
        (["1 Общие данные ..... 3", "2 Щиты   5", "3 Кабели   8"], True),
        (["1 Общие данные   3", "2 Щиты   5", "3 Кабели   8"], False),
        (["1 Кабель ВВГ... медный   3", "2 Щиты   5", "3 Кабели   8"], False),
        (["1 Общие данные ..... 3", "2 Щиты   5"], False),
        ([" ", ""], False),
    ],
    ids=["one with dots", "a register", "dots in a row's middle", "too few", "empty"],
)
def test_contents_have_dots_at_an_end_and_three_lines(lines: list[str], contents: bool) -> None:
    """A register or a price list has numbers at the ends of its rows, too."""
    assert are_contents(lines) == contents
