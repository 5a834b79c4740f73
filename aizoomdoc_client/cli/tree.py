"""The tree of projects: drawn on a terminal, a path a line in a pipe."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..models import ProjectNode
from . import output
from .harmless import harmless_line
from .language import Text

if TYPE_CHECKING:
    from rich.text import Text as Styled

Children = Mapping[str | None, Sequence[ProjectNode]]


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
    _draw(children)


def _children(nodes: Sequence[ProjectNode]) -> Children:
    """The nodes by the id of what is above them, None for what stands on its own here; each in the server's order."""
    known = {node.id for node in nodes}
    found: defaultdict[str | None, list[ProjectNode]] = defaultdict(list)
    for node in sorted(nodes, key=lambda node: node.sort_order):
        found[node.parent_id if node.parent_id in known else None].append(node)
    return found


def _walk(children: Children) -> Iterator[tuple[str, ProjectNode]]:
    """Every node with its path; not by recursion, whatever the depth, and each once, whatever the server says."""
    waiting = [(node.name, node) for node in reversed(children.get(None, ()))]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        waiting += [(f"{path}/{child.name}", child) for child in reversed(children.get(node.id, ()))]


def _draw(children: Children) -> None:
    from rich.console import Console
    from rich.tree import Tree

    top = Tree("", hide_root=True, guide_style="dim")
    drawn: dict[str | None, Tree] = {}
    for _, node in _walk(children):
        branch = drawn.get(node.parent_id, top).add(_label(node))
        drawn[node.id] = branch
        for file in node.files:
            branch.add(_styled(f"{file.file_name or file.r2_key}  ", file.file_type))
    Console(highlight=False).print(top)


def _label(node: ProjectNode) -> Styled:
    version = f" v{node.version}" if node.version is not None else ""
    code = f"{node.code} " if node.code and node.code not in node.name else ""
    return _styled(f"{code}{node.name}{version}  ", f"{node.node_type} {node.id}", bold=node.node_type != "document")


def _styled(text: str, dim: str, *, bold: bool = False) -> Styled:
    from rich.text import Text as Styled

    return Styled(harmless_line(text), style="bold" if bold else "").append(harmless_line(dim), style="not bold dim")
