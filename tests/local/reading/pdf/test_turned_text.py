"""Labels of a drawing, some of them turned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from aizoomdoc_client.local import read_document
from tests.local.reading.made_pdf import MadePage, at, made, width
from tests.local.reading.pdf.test_superscripts import raised

Label = tuple[str, int, int, float, float]
LABELS = st.tuples(
    st.sampled_from(["П1", "6400 м³/ч", "Ø160", "400x200", "L=1200", "В2", "24 кВт"]),
    st.sampled_from([0, 90, 270]),
    st.sampled_from([6, 8, 10, 14]),
    st.floats(100, 400),
    st.floats(100, 400),
)


def read_text(path: Path, content: bytes, rotate: int = 0) -> str:
    return read_document(made(path, MadePage(content, rotate=rotate))).pages[0].text


def show(label: Label) -> bytes:
    text, turned, size, x, y = label
    return at(round(x, 1), round(y, 1), text, size=size, turned=turned)


def place(label: Label) -> tuple[float, float, float, float]:
    text, turned, size, x, y = label
    long, low, high = width(text, size), 0.3 * size, 0.9 * size
    return {0: (x, y - low, x + long, y + high), 90: (x - high, y, x + low, y + long), 270: (x - low, y - long, x + high, y)}[
        turned
    ]


def are_apart(first: Label, second: Label) -> bool:
    one, other = place(first), place(second)
    return one[0] > other[2] + 3 or other[0] > one[2] + 3 or one[1] > other[3] + 3 or other[1] > one[3] + 3


def apart(labels: Sequence[Label]) -> list[Label]:
    """Those that lie apart from all before them, each with a number of its own in its text."""
    kept: list[Label] = []
    for text, turned, size, x, y in labels:
        label: Label = (f"{text}.{len(kept):02d}", turned, size, x, y)
        if all(are_apart(label, other) for other in kept):
            kept.append(label)
    return kept


@pytest.mark.parametrize("turned", [90, 270])
def test_labels_that_run_in_two_directions_are_not_joined(tmp_path: Path, turned: int) -> None:
    """П1 and 6400 м³/ч were read as one figure of 16400."""
    air = (163.6, 160.0) if turned == 90 else (163.6, 220.0)
    content = at(150, 148, "П1", size=14) + at(*air, "6400 м³/ч", size=8, turned=turned)

    assert {"П1", "6400 м³/ч"} <= set(read_text(tmp_path / "a.pdf", content).split("\n"))


TURNED = at(300, 300, "6400 м³/ч", turned=90)


def test_words_of_a_line_stay_on_it_beside_a_turned_label(tmp_path: Path) -> None:
    """However wide the gap between them is: the page's own parting of the usual direction holds."""
    content = at(50, 700, "9.2") + at(110, 700, "Кровля") + TURNED

    assert ["9.2 Кровля", "6400 м³/ч"] == read_text(tmp_path / "a.pdf", content).split("\n")


def test_words_of_a_slanting_line_are_not_joined(tmp_path: Path) -> None:
    """As those of a stamp across the page: its boxes overlap, so that they tell no gaps."""
    along = width("Рабочий", 20) + 6
    stamp = at(100, 100, "Рабочий", size=20, turned=60) + at(100 + along * 0.5, 100 + along * 0.866, "проект", size=20, turned=60)

    assert ["Кровля", "Рабочий проект"] == read_text(tmp_path / "a.pdf", at(50, 700, "Кровля") + stamp).split("\n")


@pytest.mark.parametrize(("x", "y"), [(900, 700), (-300, 700), (50, 2000), (50, -300)])
def test_what_is_beyond_the_edges_of_the_page_is_not_read(tmp_path: Path, x: float, y: float) -> None:
    """As nobody sees it."""
    content = at(50, 500, "Кровля") + at(x, y, "Черновик") + TURNED

    assert ["Кровля", "6400 м³/ч"] == read_text(tmp_path / "a.pdf", content).split("\n")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(LABELS, max_size=12).map(apart).filter(bool))
def test_no_two_labels_are_joined(tmp_path: Path, labels: list[Label]) -> None:
    """Whatever their sizes and directions: their words are those of the page, and no others."""
    text = read_text(tmp_path / "a.pdf", b"".join(map(show, labels)))

    assert sorted(" ".join(label[0] for label in labels).split()) == sorted(re.split(r"\s+", text.strip()))


@pytest.mark.parametrize("turned", [0, 90, 270])
def test_a_raised_figure_stays_with_its_unit(tmp_path: Path, turned: int) -> None:
    """As м³ is written where the font has no such character."""
    body, small = at(0, 0, "км", turned=turned), at(0, 0, "3", size=6, turned=turned)
    moves = {0: (12, 4), 90: (-4, 12), 270: (4, -12)}[turned]
    content = b"q 1 0 0 1 200 200 cm %s Q q 1 0 0 1 %d %d cm %s Q\n" % (body, 200 + moves[0], 200 + moves[1], small)

    expected = "км³" if turned == 0 else "км3"
    assert expected in read_text(tmp_path / "a.pdf", content + at(50, 700, "Обычная строка")).split("\n")


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_footnote_of_a_figure_is_no_digit_of_it_beside_a_turned_label(tmp_path: Path, rotate: int) -> None:
    """As the frame of every drawing has: the figure stays what it is, however the page is shown, and its line goes on."""
    ahead, up = {0: ((1, 0), (0, 1)), 90: ((0, 1), (-1, 0)), 180: ((-1, 0), (0, -1)), 270: ((0, -1), (1, 0))}[rotate]

    def piece(text: str, along: float, above: float, size: float = 10) -> bytes:
        x, y = (300 + along * ahead[axis] + above * up[axis] for axis in (0, 1))
        return at(x, y, text, size=size, turned=rotate)

    end = width("Расход 2400")
    line = piece("Расход 2400", 0, 0) + piece("1", end, 6, 6) + piece("куб", end + width("1", 6) + 2, 0)
    content = line + piece("на 10", 0, -40) + piece("-3", width("на 10"), -36, 6) + at(100, 100, "Инв", turned=rotate + 90)

    assert ["Расход 2400¹ куб", "на 10⁻³", "Инв"] == read_text(tmp_path / "a.pdf", content, rotate=rotate).split("\n")


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (raised(300, 300, "Расход 24", "1") + at(306, 400, "Инв", turned=90), ["Расход 24¹", "Инв"]),
        (raised(50, 300, "Расход 24", "1") + at(200, 280, "Ниже") + TURNED, ["Расход 24¹", "Ниже", "6400 м³/ч"]),
        (at(50, 500, "Щит 24") + at(52 + width("Щит 24"), 504, "1", size=6, turned=90) + TURNED, ["Щит 24", "1", "6400 м³/ч"]),
        (at(300, 300, "П1", turned=90) + at(301, 306, "24"), ["П1", "24"]),
    ],
    ids=["a turned label", "the next line", "a small turned label above its end", "a figure beside a turned label"],
)
def test_what_is_not_above_the_end_of_a_figure_or_beside_it_is_another_line(
    tmp_path: Path, content: bytes, lines: list[str]
) -> None:
    """Nor is it raised where labels run in another direction."""
    assert lines == read_text(tmp_path / "a.pdf", content).split("\n")


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_page_that_is_shown_turned_is_read_as_it_is_shown(tmp_path: Path, rotate: int) -> None:
    """Lines stay lines and words words."""
    lines = ["Расход воздуха 6400 м³/ч", "Щит ВРУ-1 стоит в подвале"]
    step = {0: (0, -14), 90: (14, 0), 180: (0, 14), 270: (-14, 0)}[rotate]
    content = b"".join(
        at(300 + number * step[0], 400 + number * step[1], line, turned=rotate) for number, line in enumerate(lines)
    )

    assert lines == read_text(tmp_path / "a.pdf", content, rotate=rotate).split("\n")


@pytest.mark.parametrize(("rotate", "turned"), [(180, 0), (0, 180)], ids=["page", "text"])
def test_the_words_of_a_page_that_is_shown_upside_down_are_in_their_order(tmp_path: Path, rotate: int, turned: int) -> None:
    """Whether the page was turned or its text; PDFium goes from left to right where words are drawn apart, as Chromium does."""
    step = 1 if rotate else -1
    words = [(0, "Расход"), (60, "воздуха"), (130, "6400")]
    content = b"".join(at(300 + step * along, 400, word, turned=turned) for along, word in words)
    content += at(300, 400 - 14 * step, "Щит ВРУ-1", turned=turned)

    assert ["Расход воздуха 6400", "Щит ВРУ-1"] == read_text(tmp_path / "a.pdf", content, rotate=rotate).split("\n")


def test_a_label_that_is_upside_down_does_not_turn_the_page(tmp_path: Path) -> None:
    """As the frame of a drawing has one in its corner."""
    content = at(50, 700, "Расход") + at(110, 700, "воздуха") + at(400, 800, "Щит 1", turned=180)

    assert "Расход воздуха" in read_text(tmp_path / "a.pdf", content).split("\n")


def test_a_mirrored_letter_stays_in_its_word(tmp_path: Path) -> None:
    """As the second letter of the name XeTeX is shown."""
    mirrored = b"BT /F 10 Tf -1 0 0 1 62 500 Tm <45> Tj ET\n"
    content = at(50, 500, "X") + mirrored + at(62, 500, "TeX") + at(50, 480, "строка") + at(20, 300, "П1", size=14, turned=90)

    assert "ETeX" in read_text(tmp_path / "a.pdf", content).split("\n")[0]
