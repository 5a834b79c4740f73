"""Figures of answers on the page: no digit, sign or operator of the text is missing, and none is another one."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from tests.answer_figures import BULLETS, EMPHASIS, LINES, LIST_MARKERS, OPERATORS, ROWS, STACKS
from tests.browser.backends import Backend, needs_chromium
from tests.browser.conftest import NewUser

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="session")]

SHOW = """async ([texts, look]) => {
  const { showMarkdown } = await import("/page/markdown.js");
  const place = document.body.appendChild(document.createElement("div"));
  place.className = "markdown";
  const seen = texts.map((text) => {
    showMarkdown(place, text);
    return LOOKS[look](place);
  });
  place.remove();
  return seen;
}"""
LOOKS = """{
  lines: (place) => place.innerText.split("\\n").map((line) => line.trim()).filter(Boolean),
  emphasised: (place) => [...place.querySelectorAll("em, strong, s")].map((one) => one.textContent),
  lastRow: (place) => [...place.querySelectorAll("tr:last-child td")].map((one) => one.textContent.trim()),
  tags: (place) => [...place.querySelectorAll("*")].map((one) => one.tagName),
  values: (place) => [...place.querySelectorAll("li")].map((one) => one.value),
  markers: (place) => [...place.querySelectorAll("li")].map((one) => {
    const written = getComputedStyle(one, "::marker").content;
    return written === "normal" ? getComputedStyle(one).listStyleType : written;
  }),
  clipped: (place) => [...place.querySelectorAll("li")].map((one) => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.font = getComputedStyle(one).font;
    const marker = canvas.measureText(`${one.dataset.marker} `).width;
    return one.getBoundingClientRect().left - marker < place.getBoundingClientRect().left;
  }),
}"""


async def seen(backend: Backend, new_user: NewUser, look: str, texts: list[str]) -> list[Any]:
    """What the page shows of each text, looked at in one of the ways of `LOOKS`."""
    page: Page = await (await new_user()).new_page()
    await page.goto(backend.url)
    found: list[Any] = await page.evaluate(SHOW.replace("LOOKS", LOOKS), [texts, look])
    return found


async def test_signs_between_operands_are_shown(backend: Backend, new_user: NewUser) -> None:
    """They are neither emphasis nor gone."""
    assert [[expected] for expected in OPERATORS.values()] == await seen(backend, new_user, "lines", list(OPERATORS))


async def test_emphasis_of_words_stays(backend: Backend, new_user: NewUser) -> None:
    """Signs with an operand on one side only do what they do in CommonMark."""
    assert list(EMPHASIS.values()) == await seen(backend, new_user, "emphasised", list(EMPHASIS))


async def test_items_have_the_markers_that_are_written(backend: Backend, new_user: NewUser) -> None:
    """A minus becomes a dash, and numbers keep their digits and what stands behind them."""
    expected = [[item.partition(" ")[0] for item in items if item != "5"] for items in LIST_MARKERS.values()]
    found = await seen(backend, new_user, "markers", list(LIST_MARKERS))

    assert expected == [[marker.strip('" ') for marker in markers] for markers in found]


async def test_items_have_their_numbers_as_values(backend: Backend, new_user: NewUser) -> None:
    """So that a copy of the list, and browsers without styles of markers, have them, too."""
    assert [[3, 5], [7], [3]] == await seen(backend, new_user, "values", ["3. три\n5. пять", "7) семь", "003. Помещение"])


async def test_long_numbers_have_room(backend: Backend, new_user: NewUser) -> None:
    """What is left of the edge of the text cannot be seen."""
    texts = [f"{'9' * digits}. Пункт" for digits in range(1, 10)]
    assert [[False]] * 9 == await seen(backend, new_user, "clipped", texts)


async def test_stars_and_pluses_are_bullets(backend: Backend, new_user: NewUser) -> None:
    """No figure needs them as the marker of a list."""
    assert [["disc"], ["disc"]] == await seen(backend, new_user, "markers", BULLETS)


async def test_bullets_within_dashes_are_bullets(backend: Backend, new_user: NewUser) -> None:
    """The marker of a list is not that of the lists within."""
    assert [["– ", "circle"]] == [
        [marker.strip('"') for marker in found] for found in await seen(backend, new_user, "markers", ["- 5\n  * пункт"])
    ]


async def test_what_is_no_markup_is_shown(backend: Backend, new_user: NewUser) -> None:
    """Comparisons, operators alone in a line, and brackets behind brackets are text."""
    assert [[expected] for expected in LINES.values()] == await seen(backend, new_user, "lines", list(LINES))


async def test_quotations_and_underlined_headings_stay(backend: Backend, new_user: NewUser) -> None:
    """Text behind a space can be quoted, and two signs below a line make it a heading."""
    assert [["DIV", "BLOCKQUOTE", "P"], ["DIV", "H4"]] == await seen(backend, new_user, "tags", ["> 7 мм", "Итого 5\n--"])


async def test_rows_are_shown_with_all_of_their_cells(backend: Backend, new_user: NewUser) -> None:
    """Those for which there is no column stand in the last one."""
    assert list(ROWS.values()) == await seen(backend, new_user, "lastRow", list(ROWS))


async def test_figures_below_one_another_do_not_become_one(backend: Backend, new_user: NewUser) -> None:
    """The break between them is not drawn as a space."""
    assert list(STACKS.values()) == await seen(backend, new_user, "lines", list(STACKS))


async def test_figures_stay_while_the_text_comes(backend: Backend, new_user: NewUser) -> None:
    """Whatever was shown of its beginning, a text is shown as if it had come at once."""
    text = "50*50*5\n\n- 27\n\n3. три\n\n>7 мм\n\n| а |\n|---|\n| 6*2*3 | 4 |"
    found = await seen(backend, new_user, "lines", [text[:end] for end in range(len(text) + 1)])

    assert ["50*50*5", "27", "три", ">7 мм", "а", "6*2*3 | 4"] == found[-1]
