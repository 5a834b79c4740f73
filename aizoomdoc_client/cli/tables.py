"""Data for users: drawn on a terminal, plain lines in a pipe, the cells of a row separated by tabs."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from ..models import ChatHistory, Message, ProjectNode, Role, SettingName, Settings
from . import output
from .language import N_, _, term
from .reading_status import unread_words
from .sanitize import sanitized_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_ID_LENGTH = 32  # characters of a UUID, at least
_NARROW_COLUMN = 7
"""The width, with its margin, below which a column of a table cannot be read."""
_LABEL_WIDTH = 40
"""The width that the deepest names of a tree have at least."""
_INDENT = 4
"""Columns of each level of a tree."""
_Children = Mapping[str | None, Sequence[ProjectNode]]


def show_table(rows: Iterable[Sequence[object]], headers: Sequence[str] = (), *, empty: str = "") -> None:
    """Draws the rows, under headers or, without any, as names with values; a pipe gets neither headers nor the line `empty`."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            output.result("\t".join(" ".join(cell.split()) for cell in row))
        return
    if not cells:
        output.result(empty)
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    ids = {number for row in cells for number, cell in enumerate(row) if _is_id(cell)} if headers else set[int]()
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False) if headers else Table.grid(padding=(0, 2))
    for number, header in enumerate(headers or cells[0]):
        table.add_column(header, overflow="fold", no_wrap=number in ids, style="" if headers or number else "dim")
    for row in cells:
        table.add_row(*(_styled(cell) for cell in row))
    if ids and _is_too_wide(cells, ids):
        for row in cells:
            output.result("  ".join(cell for cell in row if cell))
    else:
        _draw(table)


def _is_id(cell: str) -> bool:
    return len(cell) >= _ID_LENGTH and cell.isascii() and " " not in cell and cell.count("-") >= 4


def _is_too_wide(cells: Sequence[Sequence[str]], ids: Collection[int]) -> bool:
    """Whether the terminal is too narrow for whole ids beside `_NARROW_COLUMN` of each other column."""
    from rich.console import Console

    columns = range(len(cells[0]))
    id_width = sum(max(len(row[number]) for row in cells) for number in ids)
    return id_width + sum(_NARROW_COLUMN for number in columns if number not in ids) > Console().width


def show_settings(settings: Settings, roles: Sequence[Role] = (), *, first_rows: Iterable[Sequence[object]] = ()) -> None:
    """Draws the settings that the server returns, by name, below `first_rows`.

    A default that the server may always return, whatever was set, is marked: by a star on a terminal, by a third cell in a pipe.
    """
    rows, doubt_note = _settings_rows(settings, roles), _("the server's default; it may keep no other value")
    if not sys.stdout.isatty():
        show_table(
            [*first_rows, *((title, value, *((doubt_note,) if is_doubtful else ())) for title, value, is_doubtful in rows)]
        )
        return
    starred = [(title, f"{_cell(value)} *" if is_doubtful else value) for title, value, is_doubtful in rows]
    show_table([*first_rows, *starred])
    if any(is_doubtful for *_row, is_doubtful in rows):
        output.result(f"* {doubt_note}")


def _settings_rows(settings: Settings, roles: Sequence[Role]) -> list[tuple[str, object, bool]]:
    """Names and values, and whether it is doubtful that the server keeps another value of the setting."""
    role = settings.selected_role_prompt_id
    name = next((found.name for found in roles if found.id == role), role)
    others: list[tuple[SettingName, str, object]] = [
        ("temperature", _("Temperature"), settings.temperature),
        ("top_p", "Top-p", settings.top_p),
        ("thinking_enabled", _("Thinking"), settings.thinking_enabled),
        ("thinking_budget", _("Thinking budget"), settings.thinking_budget),
        ("media_resolution", _("Media resolution"), settings.media_resolution and term(settings.media_resolution)),
    ]
    returned = [(title, value, key not in settings.known_kept) for key, title, value in others if value is not None]
    return [(_("Mode"), settings.model_profile, False), (_("Role"), "—" if name is None else name, False), *returned]


def show_messages(history: ChatHistory) -> None:
    """Draws the messages; in a pipe each follows the name of its speaker."""
    if not sys.stdout.isatty():
        for message in history:
            output.result(f"{_speaker(message)}: {message.content}")
        return
    if not history.messages:
        output.result(_("No messages yet"))
        return
    from rich.console import Console
    from rich.segment import SegmentLines

    from .display.markdown import lay_out

    console = Console(highlight=False)
    console.print(_styled(history.chat.title, "bold"))
    for message in history:
        when = f"  {_cell(message.created_at)}" if message.created_at else ""
        console.print()
        console.print(_styled(f"{_speaker(message)}{when}", "cyan" if message.role == "user" else "green"))
        console.print(SegmentLines(lay_out(console, message.content), new_lines=True), end="")
        for note in message.notes:
            console.print(_styled(note, "dim"))


def of_client(nodes: Sequence[ProjectNode], client_id: str | None) -> list[ProjectNode]:
    """The nodes of the client and those without a client, but for nodes below another client's: some servers send all."""
    if client_id is None:
        return list(nodes)
    foreign = {node.id for node in nodes if node.client_id not in {None, client_id}}
    children = _children(nodes)
    waiting = list(foreign)
    while waiting:
        below = [child.id for child in children.get(waiting.pop(), ()) if child.id not in foreign]
        foreign.update(below)
        waiting += below
    return [node for node in nodes if node.id not in foreign]


def show_tree(nodes: Sequence[ProjectNode], *, empty: str) -> None:
    """Draws the nodes; in a pipe a line each with id, type, path and, where a part was not read, a text about it."""
    children = _children(nodes)
    if not sys.stdout.isatty():
        for path, node in _walk(children):
            cells = (node.id, term(node.node_type), path, *filter(None, [unread_words(node)]))
            output.result("\t".join(" ".join(cell.split()) for cell in cells))
    elif not nodes:
        output.result(empty)
    else:
        _draw_tree(children)


def _children(nodes: Sequence[ProjectNode]) -> _Children:
    """The nodes by the id of their parent, None for a parent that is not among them; siblings in the server's order."""
    known = {node.id for node in nodes}
    found: defaultdict[str | None, list[ProjectNode]] = defaultdict(list)
    for node in sorted(nodes, key=lambda node: node.sort_order):
        found[node.parent_id if node.parent_id in known else None].append(node)
    return found


def _walk(children: _Children) -> Iterator[tuple[str, ProjectNode]]:
    """Every node once, with its path, parents first; a loop of parents, in a damaged tree, begins at its first node.

    Without recursion, because a tree may be deeper than Python's calls.
    """
    roots = children.get(None, ())
    visited: set[str] = set()
    for start in chain(roots, chain.from_iterable(children.values())):
        stack = [(start.name, start)]
        while stack:
            path, node = stack.pop()
            if node.id not in visited:
                visited.add(node.id)
                yield path, node
                stack += [(f"{path}/{child.name}", child) for child in reversed(children.get(node.id, ()))]


def _draw_tree(children: _Children) -> None:
    """Draws the nodes; nodes too deep for the width are drawn on one level, with the names of their parents before theirs."""
    from rich.console import Console
    from rich.tree import Tree

    deepest = max(1, (Console().width - _LABEL_WIDTH) // _INDENT)
    top = Tree("", hide_root=True, guide_style="dim")
    drawn: dict[str | None, tuple[Tree, int, str]] = {}
    for _path, node in _walk(children):
        above, depth, prefix = drawn.get(node.parent_id, (top, 0, ""))
        branch = above.add(_node_label(node, prefix))
        is_deepest = depth >= deepest
        drawn[node.id] = (above, depth, f"{prefix}{node.name}/") if is_deepest else (branch, depth + 1, "")
        for file in node.files:
            branch.add(_label(file.file_name or file.r2_key, term(file.file_type)))
    _draw(top)


def _node_label(node: ProjectNode, prefix: str) -> Text:
    version = f" v{node.version}" if node.version is not None else ""
    code = f"{node.code} " if node.code and node.code not in node.name else ""
    style = "" if node.node_type == "document" else "bold"
    label = _label(f"{code}{prefix}{node.name}{version}", f"{term(node.node_type)} {node.id}", style)
    unread = unread_words(node)
    return label.append(f"  {sanitized_line(unread)}", style="not bold yellow") if unread else label


def _label(text: str, dim: str, style: str = "") -> Text:
    return _styled(f"{text}  ", style).append(sanitized_line(dim), style="not bold dim")


def _speaker(message: Message) -> str:
    return _(_SPEAKERS[message.role]) if message.role in _SPEAKERS else message.role


_SPEAKERS = {"user": N_("You"), "assistant": N_("Answer")}


def _cell(value: object) -> str:
    """A value as text; a date in the local time zone on a terminal, in ISO 8601 in a pipe."""
    if isinstance(value, datetime):
        return f"{value.astimezone():%d.%m.%Y %H:%M}" if sys.stdout.isatty() else value.isoformat()
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return "" if value is None else str(value)


def _styled(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(sanitized_line(text), style=style)


def _draw(what: RenderableType) -> None:
    from rich.console import Console

    Console(highlight=False).print(what)
