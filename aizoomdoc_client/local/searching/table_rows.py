"""Rows of tables: those of Markdown, which have heads, and lines that merely look like rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

_GAP = re.compile(r"\S {2,}(?=\S)")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_DASHES = re.compile(r"\s*\|?(?:\s*:?-{3,}:?\s*\|)+(?:\s*:?-{3,}:?)?\s*")


def is_table_row(line: str) -> bool:
    """Whether the line looks like a row of a table: cells between bars, tabs or wide gaps, or mostly numbers."""
    if "|" in line or "\t" in line or ("  " in line and len(_GAP.findall(line)) > 1):
        return True
    figures = len(_FIGURE.findall(line))
    return figures > 2 and not line.rstrip().endswith((".", ";")) and len(_LETTERS.findall(line)) <= 2 * figures


def is_row(line: str) -> bool:
    """Whether the line is a row of a Markdown table, provided that it stands in one."""
    return "|" in line and line.lstrip().startswith("|")


def is_rule(line: str) -> bool:
    """Whether the line is the row of dashes between a Markdown table's heads and its rows."""
    return "|" in line and _DASHES.fullmatch(line) is not None


def head_at(lines: Sequence[str], number: int) -> str | None:
    """The row of heads and the row of dashes of the Markdown table that begins at that line; None where none does."""
    if number + 1 < len(lines) and is_row(lines[number]) and is_rule(lines[number + 1]):
        return f"{lines[number]}\n{lines[number + 1]}"
    return None


def is_group_heading(row: str) -> bool:
    """Whether a row of a Markdown table names the group of rows below it: only one of its cells has text."""
    cells = [cell for cell in row.strip().strip("|").split("|") if cell.strip()]
    return len(cells) == 1 and any(map(str.isalpha, cells[0]))
