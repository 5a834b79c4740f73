"""Markdown tables on a terminal: nothing of a cell is lost, however narrow it is."""

from __future__ import annotations

import io
import re
from collections import Counter

import pytest
from hypothesis import given, strategies as st
from rich.console import Console
from rich.segment import SegmentLines

from aizoomdoc_client.cli.display.markdown import lay_out

TABLE = (
    "| Обозначение | Наименование | Расход, м³/ч | Давление, Па |\n|---|---|---|---|\n"
    "| П1 | Установка приточная ВЕРОСА-500-039-03-00-У3 | 6400 | 620 |\n| В2 | Вентилятор | 1850 |  |\n"
)
CELLS = st.text(st.sampled_from("аб1 -–ё,"), min_size=1, max_size=40).map(lambda text: " ".join(text.split()) or "0")


def drawn(text: str, width: int) -> str:
    screen = Console(file=io.StringIO(), width=width)
    screen.print(SegmentLines(lay_out(screen, text), new_lines=True), end="")
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def letters(text: str) -> str:
    return re.sub(r"[^\w,–-]", "", text)


def quoted(table: str) -> str:
    return "".join(f"> {line}\n" for line in table.splitlines())


def test_a_quoted_table_has_its_heads_and_columns() -> None:
    """Where there is room."""
    lines = drawn(quoted(TABLE), 80).splitlines()

    assert any(["▌", "Обозначение", "Наименование", "м³/ч", "Па"] == line.split() for line in lines)
    assert any(["▌", "П1", "Установка", "приточная", "6400", "620"] == line.split() for line in lines)
    assert any(["▌", "ВЕРОСА-500-039-03-00-У3"] == line.split() for line in lines)


def test_the_heads_and_rules_of_a_table_have_its_colour() -> None:
    """With each version of rich: the oldest one has no names for these styles, and would make the heads bold."""
    screen = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard", legacy_windows=False)
    screen.print(SegmentLines(lay_out(screen, TABLE), new_lines=True), end="")
    assert isinstance(screen.file, io.StringIO)

    shown = screen.file.getvalue()
    assert "Обозначение" in re.findall(r"\x1b\[36m *(\w+)", shown)
    assert not "".join(re.findall(r"\x1b\[1m([^\x1b]*)", shown)).strip()


def test_where_columns_find_no_room_each_row_is_a_list() -> None:
    """Its cells stand behind the heads of their columns, and empty ones are left out."""
    lines = [line.removeprefix("▌").rstrip() for line in drawn(quoted(TABLE), 44).splitlines()]

    assert [" Обозначение: В2", "   Наименование: Вентилятор", "   Расход, м³/ч: 1850"] == [line for line in lines if line][-3:]


@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_no_letter_of_a_cell_is_cut_off(width: int) -> None:
    """A word that is wider than its column goes on in the next line."""
    text = drawn(quoted(TABLE), width)

    assert "…" not in text
    assert all(figure in text for figure in ("П1", "6400", "620", "1850"))
    assert not Counter(letters(TABLE.replace("---", ""))) - Counter(letters(text))


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=4), st.integers(24, 100))
def test_the_cells_of_any_table_are_all_there(rows: list[list[str]], width: int) -> None:
    """Letter by letter, in the order of the row where it is a list."""
    table = "| x | y | z |\n|---|---|---|\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    shown = letters(drawn(table, width))

    assert sorted(letters("".join(map("".join, rows)))) == sorted(re.sub("[xyz─]", "", shown))
