"""How values look in a notebook: text for Markdown, and lists as tables.

Contract: imports `serializable` and nothing else of this package.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from .serializable import LONGEST_REPR, shortened

__all__ = ["Listing", "as_markdown"]

T = TypeVar("T")

_MARKUP = re.compile(r"[\\`*_\[\]<>|~$&#]")
"""A character that Markdown, its tables, HTML or LaTeX could take for markup."""
_MOST_ROWS = 100
"""The most rows of a table; the number of further ones stands below it."""


def as_markdown(text: str) -> str:
    """`text` in one line of Markdown that shows it as it is."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


class Listing(list[T]):
    """A list of models that a notebook shows as a table, and whose ``repr`` is one short line; in all else it is a list."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self:
            return "[]"
        end = f", … {len(self) - 1} more]" if len(self) > 1 else "]"
        return f"[{shortened(repr(self[0]), LONGEST_REPR - len(end) - 1)}{end}"

    def _repr_markdown_(self) -> str:
        """A row for each model, a column for each field that any of them has."""
        if not self:
            return "*(empty)*"
        shown = self[:_MOST_ROWS]
        columns = _columns(shown)
        rows = [[_cell(getattr(model, name)) for name in columns] for model in shown]
        lines = [[as_markdown(name) for name in columns], ["---"] * len(columns), *rows]
        more = [f"\n*… {len(self) - len(shown)} more*"] if len(self) > len(shown) else []
        return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), *more])


def _columns(models: Sequence[Any]) -> list[str]:
    """The names of the fields that are shown in a table: those with a text, number or date in any of the models."""
    import attrs

    names = [field.name for field in attrs.fields(cast("type[Any]", type(models[0]))) if field.repr and field.name[0] != "_"]
    return [name for name in names if any(_cell(getattr(model, name)) for model in models)]


def _cell(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, (tuple, list)):
        return str(len(cast("Sequence[Any]", value))) if value else ""
    return as_markdown(shortened(str(value))) if isinstance(value, (str, int, float)) else ""
