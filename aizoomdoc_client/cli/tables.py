"""Data for people: drawn on a terminal, plain lines with tabs in a pipe."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ..models import ChatHistory, ProjectNode, Role, Settings
from . import output
from .language import Text
from .sanitize import sanitized_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text as Styled

_Children = Mapping[str | None, Sequence[ProjectNode]]


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

    return Styled(sanitized_line(text))


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


def of_client(nodes: Sequence[ProjectNode], client_id: str | None) -> list[ProjectNode]:
    """The nodes that belong to the client or to nobody else, with all that is above them; some servers send everybody's."""
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


def show_tree(nodes: Sequence[ProjectNode], *, empty: Text) -> None:
    """Draws the nodes; in a pipe a line each with id, type and path, separated by tabs."""
    children = _children(nodes)
    if not sys.stdout.isatty():
        for path, node in _walk(children):
            output.result(f"{node.id}\t{node.node_type}\t{' '.join(path.split())}")
        return
    if not nodes:
        output.result(str(empty))
        return
    _draw_tree(children)


def _children(nodes: Sequence[ProjectNode]) -> _Children:
    """The nodes by the id of what is above them, None for what stands on its own here; each in the server's order."""
    known = {node.id for node in nodes}
    found: defaultdict[str | None, list[ProjectNode]] = defaultdict(list)
    for node in sorted(nodes, key=lambda node: node.sort_order):
        found[node.parent_id if node.parent_id in known else None].append(node)
    return found


def _walk(children: _Children) -> Iterator[tuple[str, ProjectNode]]:
    """Every node with its path; not by recursion, whatever the depth, and each once, whatever the server says."""
    waiting = [(node.name, node) for node in reversed(children.get(None, ()))]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        waiting += [(f"{path}/{child.name}", child) for child in reversed(children.get(node.id, ()))]


def _draw_tree(children: _Children) -> None:
    from rich.tree import Tree

    top = Tree("", hide_root=True, guide_style="dim")
    drawn: dict[str | None, Tree] = {}
    for _, node in _walk(children):
        branch = drawn.get(node.parent_id, top).add(_label(node))
        drawn[node.id] = branch
        for file in node.files:
            branch.add(_styled(f"{file.file_name or file.r2_key}  ", file.file_type))
    _draw(top)


def _label(node: ProjectNode) -> Styled:
    version = f" v{node.version}" if node.version is not None else ""
    code = f"{node.code} " if node.code and node.code not in node.name else ""
    return _styled(f"{code}{node.name}{version}  ", f"{node.node_type} {node.id}", bold=node.node_type != "document")


def _styled(text: str, dim: str, *, bold: bool = False) -> Styled:
    from rich.text import Text as Styled

    return Styled(sanitized_line(text), style="bold" if bold else "").append(sanitized_line(dim), style="not bold dim")


_ROLES = {"user": Text("Вы", "You"), "assistant": Text("Ответ", "Answer")}


def show_messages(history: ChatHistory) -> None:
    """Draws the messages; in a pipe, each as ``role: content``."""
    if not sys.stdout.isatty():
        for message in history:
            output.result(f"{message.role}: {message.content}")
        return
    if not history.messages:
        output.result(str(Text("Сообщений ещё нет", "No messages yet")))
        return
    from rich.console import Console
    from rich.text import Text as Styled

    from .display.markdown import laid_out

    console = Console(highlight=False)
    console.print(Styled(sanitized_line(history.chat.title), style="bold"))
    for message in history:
        when = f"  {message.created_at.astimezone():%d.%m.%Y %H:%M}" if message.created_at else ""
        role = _ROLES.get(message.role)
        console.print(
            Styled(f"\n{role or sanitized_line(message.role)}{when}", style="cyan" if message.role == "user" else "green")
        )
        console.print(laid_out(console, message.content), end="")
