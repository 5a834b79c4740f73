"""Rows of tables: those of Markdown, which have heads, and lines that merely look like rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

_GAP = re.compile(r"\S {2,}(?=\S)")
_NUMBER = re.compile(r"[0-9][0-9]*(?:[.,][0-9]+)?")  # begins with a set, which is searched for quickly
_WORD = re.compile(r"[^\W\d_]{2,}")
_DELIMITER_ROW = re.compile(r"\s*\|?(?:\s*:?-{3,}:?\s*\|)+(?:\s*:?-{3,}:?)?\s*")


def looks_like_row(line: str) -> bool:
    """Whether the line looks like a row of a table: cells between bars, tabs or wide gaps, or mostly numbers."""
    if "|" in line or "\t" in line or ("  " in line and len(_GAP.findall(line)) > 1):
        return True
    if line.rstrip().endswith((".", ";")):
        return False
    numbers = len(_NUMBER.findall(line))
    return numbers > 2 and len(_WORD.findall(line)) <= 2 * numbers


def is_markdown_row(line: str) -> bool:
    """Whether the line is a row of a Markdown table, provided that it stands in one."""
    return "|" in line and line.lstrip().startswith("|")


def _is_delimiter_row(line: str) -> bool:
    """Whether the line is the row of dashes between a Markdown table's heads and its rows."""
    return "|" in line and _DELIMITER_ROW.fullmatch(line) is not None


def markdown_head_at(lines: Sequence[str], number: int) -> str | None:
    """The row of heads and the row of dashes of the Markdown table that begins at that line; None where none does."""
    if number + 1 < len(lines) and is_markdown_row(lines[number]) and _is_delimiter_row(lines[number + 1]):
        return f"{lines[number]}\n{lines[number + 1]}"
    return None


def is_group_heading(row: str) -> bool:
    """Whether a row of a Markdown table names the group of rows below it: only one of its cells has text."""
    cells = [cell for cell in row.strip().strip("|").split("|") if cell.strip()]
    return len(cells) == 1 and any(map(str.isalpha, cells[0]))
