"""A table whose cells may span rows and columns, as Markdown: lines above it, one row of heads, and the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .markdown_table import markdown_table

MOST_COLUMNS = 200
"""Columns of a table of HTML or DOCX; the texts of further ones are joined to the last."""

FIRST_ROWS = 20
"""Rows of a table that decide where its titles end and its heads."""

_LONGEST_REPEATED = 200  # characters of a cell that are repeated in each row that it spans
_MOST_TITLES = 10  # rows
_MOST_HEAD_ROWS = 5
_LONGEST_UNIT = 12  # characters, as of кВт·ч/м²
# 16, 1 250,5, -40 and 12 %
_FIGURE = re.compile(r"[-+−–]?\d[\d\s]*(?:[.,]\d+)?\s*%?")
_DIGIT = re.compile(r"\d")


class Cell(NamedTuple):
    """What a table shows in a row and a column; a cell that spans several is repeated in each.

    `above` and `left` tell that the cell began in a row above or a column before, `is_head` that the document marks it as a head.
    """

    text: str
    above: bool = False
    left: bool = False
    is_head: bool = False


class Layout(NamedTuple):
    """How many rows at the start of a table are titles, and how many rows after them are heads of columns."""

    titles: int
    heads: int


def spanned_table(rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """The lines of the table.

    A cell that spans rows is shown in each of them; one that spans columns in the first, or in all where it is a head above other
    heads.
    """
    filled = [row for row in rows if any(cell.text for cell in row)]
    titles, heads = layout(filled[:FIRST_ROWS], len(filled))
    yield from (title_line(row) for row in filled[:titles])
    body = ([shown(cell) for cell in row] for row in filled[titles + heads :])
    yield from markdown_table([joined_heads(filled[titles : titles + heads]), *body])


def shown(cell: Cell) -> str:
    """The text of a cell in a row of the body, or in the only row of heads: one that spans columns is shown in the first."""
    return "" if cell.left else cell.text


def repeated(text: str) -> str:
    """What further rows show of a cell that spans them: its text, or nothing of a long one, since a cut text may mislead."""
    return text if len(text.strip()) <= _LONGEST_REPEATED else ""


def join_to_last(row: list[Cell], excess: Sequence[str]) -> None:
    """Joins the texts of the cells beyond `MOST_COLUMNS` to the last cell of the row, so that none is lost."""
    if excess:
        row[-1] = Cell(" ".join([row[-1].text, *excess]), is_head=row[-1].is_head)


def title_line(row: Sequence[Cell]) -> str:
    """The row as a line of text."""
    return " ".join(" ".join(cell.text for cell in _begun_cells(row)).split())


def is_figure(text: str) -> bool:
    """Whether the text is a number alone."""
    return _FIGURE.fullmatch(text.strip()) is not None


def joined_heads(rows: Sequence[Sequence[Cell]]) -> list[str]:
    """The head of each column: the texts above it, from the top down."""
    if len(rows) < 2:
        return [shown(cell) for row in rows for cell in row]
    heads: list[dict[str, None]] = [{} for _ in range(max(map(len, rows)))]
    last = len(rows) - 1
    for number, row in enumerate(rows):
        before = ""
        for column, cell in enumerate(row):
            is_unmerged_group = number < last and not cell.text and _text(rows[number + 1], column)
            text = before if is_unmerged_group else cell.text  # an empty cell beside the head of a group belongs to the group
            heads[column] |= {text: None} if text else {}
            before = text
    return [" ".join(texts) for texts in heads]


def layout(rows: Sequence[Sequence[Cell]], count: int) -> Layout:
    """The layout of a table of `count` rows; `rows` are the first of them, none of which is empty."""
    titles = 0
    while titles < min(_MOST_TITLES, count) and _is_title(rows[titles:]):
        titles += 1
    return Layout(titles, _head_count(rows[titles:], count - titles))


def _is_title(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether the first row is a title or something like "Object: House 2", and not the heads of the columns."""
    if not rows:
        return False
    first, *others = rows
    own = _begun_cells(first)
    if len(own) <= 2 and len(first) > 1 and own[0].text.rstrip().endswith(":"):
        return True
    widest = max(len(_begun_cells(row)) for row in rows)
    if not others or widest < 2 or any(cell.above for cell in others[0]):
        return False
    if all(cell.left for cell in first[1:]) and len(first) >= len(others[0]):
        return True  # one cell over the whole width
    if _is_group_head(first, others[0]):
        return False
    if len(own) == 1:
        return widest > 2 or bool(first[0].text)
    if 2 * len(own) < widest:
        return True
    has_heads_below = _has_no_digit(others[0]) and not all(map(_has_no_digit, others[1:3]))
    return has_heads_below and 3 * len(own) <= 2 * len(_begun_cells(others[0]))


def _head_count(rows: Sequence[Sequence[Cell]], count: int) -> int:
    """The number of rows of heads; 1 where spanning cells would make heads of all rows, or of more than `_MOST_HEAD_ROWS`."""
    most = min(_MOST_HEAD_ROWS, count - 1)
    heads = 1
    while heads < len(rows) and (any(cell.above for cell in rows[heads]) or _is_head_row(rows, heads)):
        heads += 1
    return heads if heads <= most else 1


def _is_head_row(rows: Sequence[Sequence[Cell]], number: int) -> bool:
    """Whether the row of that number belongs to the heads, as the one above it does."""
    above, row = rows[number - 1], rows[number]
    if _has_figure(row):
        return False
    if all(cell.is_head for each in (above, row) for cell in _begun_cells(each)):
        return len(_begun_cells(row)) > 1
    return _is_group_head(above, row) or _has_units(above, row, rows[number + 1 : number + 2])


def _is_group_head(above: Sequence[Cell], row: Sequence[Cell]) -> bool:
    """Whether a cell above spans columns to which the row gives heads of their own, with nothing below cells of one column."""
    wide = [column for column, cell in enumerate(above) if cell.text and _text(row, column) and _is_left(above, column + 1)]
    narrow = [column for column, cell in enumerate(above) if cell.text and not cell.left and not _is_left(above, column + 1)]
    is_divided = any(not _is_left(row, column + 1) and _text(row, column + 1) for column in wide)
    if not is_divided or _has_figure(row):
        return False
    return not any(_text(row, column) for column in narrow) and (bool(narrow) or _has_no_digit(row))


def _has_units(above: Sequence[Cell], row: Sequence[Cell], following: Sequence[Sequence[Cell]]) -> bool:
    """Whether the row has only units, that is short words, below heads, and the next row has a first cell and figures."""
    own = _begun_cells(row)
    if len(own) < 2 or row[0].text or not above[0].text or not _has_no_digit(row):
        return False
    return max(len(cell.text) for cell in own) <= _LONGEST_UNIT and any(
        _text(each, 0) and _has_figure(each) for each in following
    )


def _begun_cells(row: Sequence[Cell]) -> list[Cell]:
    """The cells with a text, each once however many columns it spans."""
    return [cell for cell in row if cell.text and not cell.left]


def _text(row: Sequence[Cell], column: int) -> str:
    return row[column].text if column < len(row) else ""


def _is_left(row: Sequence[Cell], column: int) -> bool:
    return column < len(row) and row[column].left


def _has_figure(row: Sequence[Cell]) -> bool:
    return any(is_figure(cell.text) for cell in _begun_cells(row))


def _has_no_digit(row: Sequence[Cell]) -> bool:
    return not any(map(_DIGIT.search, (cell.text for cell in row)))
