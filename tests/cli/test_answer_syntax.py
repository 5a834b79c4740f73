"""Figures of answers on a terminal: no digit, sign or operator of the text is missing, and none is another one."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, strategies as st
from rich.console import Console
from rich.segment import SegmentLines

from aizoomdoc_client.cli.display.markdown import Line, lay_out
from tests.answer_figures import BULLETS, EMPHASIS, LINES, LIST_MARKERS, OPERATORS, ROWS, STACKS

OPERANDS = st.text("0123456789аяё²", min_size=1, max_size=4)
FORMULAS = st.lists(OPERANDS, min_size=2, max_size=6).map("*".join)


def lines_of(text: str) -> list[Line]:
    return lay_out(Console(file=io.StringIO(), width=80), text)


def shown(text: str) -> list[str]:
    """The lines that are seen, without what stands around them: margins, and the bars of quotations."""
    screen = Console(file=io.StringIO(), width=80)
    screen.print(SegmentLines(lines_of(text), new_lines=True), end="")
    assert isinstance(screen.file, io.StringIO)
    return [bare for line in screen.file.getvalue().split("\n") if (bare := line.strip(" ▌"))]


def emphasised(text: str) -> list[str]:
    segments = [segment for line in lines_of(text) for segment in line if segment.style]
    return [each.text for each in segments if each.style and (each.style.bold or each.style.italic or each.style.strike)]


@pytest.mark.parametrize(("text", "expected"), OPERATORS.items())
def test_a_sign_between_operands_is_shown(text: str, expected: str) -> None:
    """It is neither emphasis nor gone."""
    assert [expected.replace("2*3*4", "2*3*4 (https://x.example)")] == shown(text)


@given(FORMULAS, st.sampled_from(["{}", "**{}**", "({})", "- {}", "> {}", "| {} |\n|---|", "Итого: {} мм", "# {}"]))
def test_any_product_is_shown_as_it_is_written(formula: str, around: str) -> None:
    """Wherever it stands."""
    assert formula in "\n".join(shown(around.format(formula)))


@pytest.mark.parametrize(("text", "expected"), EMPHASIS.items())
def test_emphasis_of_words_stays(text: str, expected: list[str]) -> None:
    """Signs with an operand on one side only do what they do in CommonMark."""
    assert expected == emphasised(text)


@pytest.mark.parametrize("text", ["50*50*5", "П_1_2 и 5~~6~~7", "(2+3)*(4+5)*(6+7)"])
def test_operators_emphasise_nothing(text: str) -> None:
    """What stands between two of them is drawn as the rest is."""
    assert [] == emphasised(text)


@pytest.mark.parametrize(("text", "expected"), LIST_MARKERS.items())
def test_an_item_has_the_marker_that_is_written(text: str, expected: list[str]) -> None:
    """A minus becomes a dash, and numbers keep their digits and what stands behind them."""
    assert expected == shown(text)


@pytest.mark.parametrize("text", BULLETS)
def test_stars_and_pluses_are_bullets(text: str) -> None:
    """No figure needs them as the marker of a list."""
    assert ["• пункт"] == shown(text)


def test_the_lines_of_an_item_stand_below_each_other() -> None:
    """Markers of a list end in one column, and what follows a marker begins in one."""
    lines = ["".join(segment.text for segment in line).rstrip() for line in lines_of(f"9. а\n10. {'слово ' * 20}")]

    assert [["  9. а", " 10. слово"], "     слово"] == [[lines[0], lines[1][:10]], lines[2][:10]]


@pytest.mark.parametrize(("text", "expected"), LINES.items())
def test_what_is_no_markup_is_shown(text: str, expected: str) -> None:
    """Comparisons, operators alone in a line, and brackets behind brackets are text."""
    assert [expected] == shown(text)


def test_a_definition_of_a_link_is_shown() -> None:
    """Blocks are printed one by one, so that no link finds it."""
    assert ["см. [1]", "[1]: https://x.example/5"] == shown("см. [1]\n\n[1]: https://x.example/5")


def test_text_behind_a_space_can_be_quoted() -> None:
    """Passages of documents begin with figures, too."""
    assert "▌ 7 мм" == "".join(segment.text for segment in lines_of("> 7 мм")[0]).rstrip()


def test_an_underlined_heading_stays() -> None:
    """Two signs below a line make it one, and are not shown."""
    assert ["Итого 5"] == shown("Итого 5\n--")


@pytest.mark.parametrize(("text", "expected"), ROWS.items())
def test_a_row_is_shown_with_all_of_its_cells(text: str, expected: list[str]) -> None:
    """Those for which there is no column stand in the last one."""
    assert expected == re.split(" {2,}", shown(text)[-1])


@pytest.mark.parametrize(("text", "expected"), STACKS.items())
def test_figures_below_one_another_do_not_become_one(text: str, expected: list[str]) -> None:
    """The break between them is not drawn as a space."""
    assert expected == shown(text)


def test_lines_of_words_are_joined() -> None:
    """As in all Markdown."""
    assert ["один два 5 три"] == shown("один\nдва 5\nтри")
