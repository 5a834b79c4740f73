"""Lists and trees: drawn on a terminal, plain lines with tabs in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ..models import Role, Settings
from . import output
from .harmless import harmless_line
from .language import Text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text as Styled


def show_table(headers: Sequence[Text], rows: Sequence[Sequence[object]], *, empty: Text) -> None:
    """Draws the rows under their headers; in a pipe, a line each, its cells separated by tabs and without headers."""
    cells = [[_said(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            output.result("\t".join(" ".join(cell.split()) for cell in row))
        return
    if not cells:
        output.result(str(empty))
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for header in headers:
        table.add_column(str(header), overflow="fold")
    for row in cells:
        table.add_row(*(_cell(cell) for cell in row))
    _draw(table)


def show_pairs(pairs: Iterable[tuple[Text, object]]) -> None:
    """Draws names with their values; in a pipe, a line each with a tab between them."""
    rows = [(str(name), "—" if value is None else str(value)) for name, value in pairs]
    if not sys.stdout.isatty():
        for name, value in rows:
            output.result(f"{name}\t{' '.join(value.split())}")
        return
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, _cell(value))
    _draw(table)


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone():%d.%m.%Y %H:%M}" if sys.stdout.isatty() else value.isoformat()
    return "" if value is None else str(value)


def _cell(text: str) -> Styled:
    from rich.text import Text as Styled

    return Styled(harmless_line(text))


def _draw(what: RenderableType) -> None:
    from rich.console import Console

    Console(highlight=False).print(what)


def settings_rows(settings: Settings, roles: Sequence[Role] = ()) -> list[tuple[Text, object]]:
    """The settings by name; those that the server does not know are left out."""
    role = settings.selected_role_prompt_id
    name = next((found.name for found in roles if found.id == role), role)
    rows: list[tuple[Text, object]] = [(Text("Режим", "Mode"), settings.model_profile), (Text("Роль", "Role"), name)]
    others: list[tuple[Text, object]] = [
        (Text("Температура", "Temperature"), settings.temperature),
        (Text("Top-p", "Top-p"), settings.top_p),
        (Text("Размышления", "Thinking"), settings.thinking_enabled),
        (Text("Бюджет размышлений", "Thinking budget"), settings.thinking_budget),
        (Text("Разрешение изображений", "Media resolution"), settings.media_resolution),
    ]
    return rows + [(text, value) for text, value in others if value is not None]
