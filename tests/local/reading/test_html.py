"""HTML as text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.local.reading import UnreadableDocumentError
from aizoomdoc_client.local.reading.html import read_html


def html_text(source: str) -> str:
    """That of the page; "" where it has none."""
    try:
        return read_html(source.encode(), "a.html").pages[0].text
    except UnreadableDocumentError:
        return ""


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("<h2>Щиты</h2><p>Щит\n ВРУ-1</p>", ["## Щиты", "", "Щит ВРУ-1"]),
        ("<p>один<p>два", ["один", "", "два"]),
        ("<ul><li>один<li>два</ul>", ["- один", "- два"]),
        ("a<br>b", ["a", "b"]),
        ("<b>В</b>РУ", ["ВРУ"]),
        ("<script>x</script><style>y</style>z", ["z"]),
        ("<pre># apt install\n  nginx</pre>", ["```", "# apt install", "  nginx", "```"]),
        ("<table><tr><th>A<th>B<tr><td>1<td>2</table>", ["| A | B |", "|---|---|", "| 1 | 2 |"]),
        ("<table><tr><td colspan=2>A<td>B<tr><td>1<td>2<td>3</table>", ["| A |  | B |", "|---|---|---|", "| 1 | 2 | 3 |"]),
        ("<table><tr><td rowspan=2>A<td>B<tr><td>2</table>", ["| A | B |", "|---|---|", "| A | 2 |"]),
        ("<table><tr><td>a|b<td>c<tr><td>d</table>", [r"| a\|b | c |", "|---|---|", "| d |  |"]),
        ("<table><tr><td>a<td><table><tr><td>b<td>c</table><tr><td>d<td>e</table>", ["| a | b c |", "|---|---|", "| d | e |"]),
        ("<table><tr><td>one<tr><td>two</table>", ["one", "two"]),
        (
            "<table><caption>Щиты</caption><tr><td>a<td>b<tr><td>c<td>d</table>",
            ["Щиты", "", "| a | b |", "|---|---|", "| c | d |"],
        ),
        ("<table><tr><td>a<td>b<tr><td>c<td>d", ["| a | b |", "|---|---|", "| c | d |"]),
        ("<table><tr><td>x<h1>A</h1><ul><li>b</ul><td>c</table>", ["x", "", "# A", "", "- b", "", "c"]),
        ("<table><tr><td><table><tr><th>A<th>B<tr><td>1<td>2</table></table>", ["| A | B |", "|---|---|", "| 1 | 2 |"]),
        ("&lt;b&gt; &nbsp;&#1042;", ["<b> В"]),
        ("2400<sup>1)</sup> м<sup>3</sup>/ч", ["2400¹) м³/ч"]),
        ("30·10<sup><a>-3</a></sup> 5<sup>1</sup>/<sub>2</sub> 1<sup>ый</sup>", ["30·10⁻³ 5¹/2 1ый"]),
        ("<table><tr><td>a<sup>2</sup><td>b<tr><td>c<td>d", ["| a² | b |", "|---|---|", "| c | d |"]),
        ("<sup>1<svg><sup>x</svg>2</sup>3", ["¹²3"]),
        ("", []),
    ],
)
def test_blocks_become_lines_and_tables_those_of_markdown(source: str, lines: list[str]) -> None:
    """Closed or not."""
    assert lines == ([] if not (text := html_text(source)) else text.split("\n"))


def table_of(source: str) -> list[str]:
    """The rows of the table, and the lines above it."""
    return [line for line in html_text(f"<table>{source}</table>").split("\n") if not line.startswith("|-")]


def test_heads_of_two_levels_are_joined_column_by_column() -> None:
    """Those that span rows are said once."""
    heads = "<tr><th rowspan=2>Система<th colspan=2>Расход<th colspan=2>Давление<tr><th>приток<th>вытяжка<th>полное<th>стат."

    assert [
        "| Система | Расход приток | Расход вытяжка | Давление полное | Давление стат. |",
        "| П1 | 1100 | 990 | 401 | 301 |",
    ] == table_of(f"{heads}<tr><td>П1<td>1100<td>990<td>401<td>301")


def test_a_second_row_of_heads_belongs_to_the_heads() -> None:
    """The page says that its cells are heads."""
    assert ["| Щит обозн. | Ток А |", "| ЩО-1 | 16 |"] == table_of("<tr><th>Щит<th>Ток<tr><th>обозн.<th>А<tr><td>ЩО-1<td>16")


def test_a_title_over_the_whole_width_is_a_line_above_the_table() -> None:
    """And not its heads."""
    rows = "<tr><td colspan=3>Ведомость<tr><td>Марка<td>Тип<td>Кол.<tr><td>СВ-1<td>ДВО<td>6"

    assert ["Ведомость", "| Марка | Тип | Кол. |", "| СВ-1 | ДВО | 6 |"] == table_of(rows)


def test_cells_beyond_the_columns_that_are_read_are_joined_to_the_last() -> None:
    """In the order in which they stand."""
    row = "<tr>" + "".join(f"<td>г{number}" for number in range(300))
    last = table_of(row + row)[-1]

    assert (201, True) == (
        last.count("|"),
        last.endswith("г198 | г199 " + " ".join(f"г{number}" for number in range(200, 300)) + " |"),
    )


DEEP = 100_000


@pytest.mark.parametrize(
    "source",
    [
        "<p>слово <b>x</b>" * 20_000,
        "<table>" + "<tr><td>слово<td>b" * 80_000,
        "<div>" * DEEP + "слово",
        "<b>" * DEEP + "слово",
        "<table><tr><td>" * 20_000 + "слово",
        "<p><a><b><i><u>слово" * 20_000,
        "<ul><li>" * 20_000 + "слово",
        "<pre>" * 20_000 + "слово",
        "<table>" + "<tr>" + "<td rowspan=9999 colspan=9999>слово" * 5_000,
        "<table><tr><td>" + "слово<td>" * 200_000,
        "<font>" * DEEP + "</div>слово" * DEEP,
        "<font>" + "<div>" * DEEP + "</font>слово" * DEEP,
        "<font>" * DEEP + "<body>слово" * DEEP,
        "<font>" * DEEP + "</p>слово" * DEEP,
    ],
    ids=[
        "paragraphs",
        "rows",
        "divs",
        "bold",
        "tables",
        "inline",
        "lists",
        "listings",
        "spans",
        "cells",
        "foreign",
        "covered",
        "bodies",
        "p",
    ],
)
def test_hostile_html_takes_seconds_at_most(source: str) -> None:
    """Whatever is not closed, nested or spanned; each of these once took a minute or ended in an error."""
    assert source.count("слово") <= html_text(source).count("слово")


@pytest.mark.parametrize("depth", [1, 10_000])
def test_deep_elements_end_where_they_do_and_what_is_no_tag_stays(depth: int) -> None:
    """Also where there are so many that end tags of elements far outside are left out."""
    deep = "<i>" * depth
    source = f"{deep}<p>a</div>b<!-- </div> x --><script>'</div>'</script><h2 title='</div>'>c</h2>d</p>e&lt;/div>"

    assert ["ab", "", "## c", "", "de</div>"] == html_text(source).split("\n")


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<p>Щит ВРУ-1", ["# План вентиляции", "", "Щит ВРУ-1"]),
        ("<h1>План  Вентиляции.</h1><p>a", ["# План Вентиляции.", "", "a"]),
        ("<p>Это план вентиляции дома", ["Это план вентиляции дома"]),
        ("<p>План вентиляции1", ["# План вентиляции", "", "План вентиляции1"]),
        ("<svg><title>Значок</title></svg>a", ["# План вентиляции", "", "a"]),
        ("a<title>Другое</title>", ["# План вентиляции", "", "a"]),
    ],
)
def test_the_title_is_read_where_the_page_does_not_repeat_it(body: str, lines: list[str]) -> None:
    """The first one, and not that of a picture; a page without any other text has none."""
    page = read_html(f"<head><title>План\n вентиляции</title></head><body>{body}".encode(), "a.html").pages[0]

    assert lines == page.text.split("\n")


def test_a_title_is_no_text_of_its_own() -> None:
    """A page that only a script fills is told as one without text."""
    with pytest.raises(UnreadableDocumentError):
        read_html(b"<title>A</title><script>x</script>", "a.html")


TAGS = st.sampled_from(["p", "b", "table", "tr", "td", "th", "div", "ul", "li", "pre", "h1", "br", "a", "span"])
PIECE = st.one_of(TAGS.map("<{}>".format), TAGS.map("</{}>".format), st.from_regex(r"[а-я]{3,8} ", fullmatch=True))


def test_a_long_title_is_read_in_linear_time() -> None:
    """Four times as long, it takes about four times as long; each entity in it used to copy what was before."""
    short, long = (_seconds_to_read("<title>" + "a&amp;" * 100_000 * times + "</title><p>слово") for times in (1, 4))

    assert long < 8 * short


def _seconds_to_read(source: str) -> float:
    began = time.process_time()
    assert "слово" in html_text(source)
    return time.process_time() - began


@given(st.lists(PIECE, max_size=60))
def test_no_word_is_lost(pieces: list[str]) -> None:
    """However the tags are nested."""
    words = [piece.strip() for piece in pieces if not piece.startswith("<")]
    text = html_text("".join(pieces))

    assert [] == [word for word in words if word not in text]
