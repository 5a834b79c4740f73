"""Every error of the package is made of a code of the catalogue, and every code is used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import aizoomdoc_client
from aizoomdoc_client import exceptions
from aizoomdoc_client.catalog import placeholders, templates

PACKAGE = Path(aizoomdoc_client.__file__).parent
SOURCES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.parent.parent != PACKAGE / "catalog"
}
ENGLISH = templates("en")


def calls(tree: ast.Module, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).removeprefix("exc.") in names:
            yield node


def names_of_text(tree: ast.Module) -> set[str]:
    """What a module calls the catalogue's `text`."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "catalog"]
    return {each.asname or each.name for node in imports for each in node.names if each.name == "text"}


def test_each_text_has_a_known_code_and_its_values() -> None:
    """`text("…")` with a wrong code or other values than its template shows would fail only where the error is raised."""
    wrong = [
        f"{name}:{call.lineno}"
        for name, tree in SOURCES.items()
        for call in calls(tree, names_of_text(tree))
        if isinstance(call.args[0], ast.Constant)
        and all(keyword.arg for keyword in call.keywords)
        and placeholders(ENGLISH.get(str(call.args[0].value), "{unknown}")) != {keyword.arg for keyword in call.keywords}
    ]

    assert [] == wrong


def test_each_code_is_used() -> None:
    """A text that nothing says any more is taken out of the catalogue."""
    said = {node.value for tree in SOURCES.values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    said |= {f"relay_{code}" for code in said}  # as the relay says the codes of its `error` events

    assert [] == [code for code in ENGLISH if code not in said]


def test_no_error_is_made_of_a_bare_sentence() -> None:
    """A sentence in place of a text has no code and no other language: that is for users who build errors in their own tests."""
    kinds = {
        name
        for name, item in vars(exceptions).items()
        if isinstance(item, type) and issubclass(item, (exceptions.AIZoomDocError, exceptions.AIZoomDocWarning))
    }
    bare = [
        f"{name}:{call.lineno}"
        for name, tree in SOURCES.items()
        for call in calls(tree, kinds)
        if not call.args or isinstance(call.args[0], (ast.Constant, ast.JoinedStr))
    ]

    assert [] == bare


def test_nobody_writes_to_an_error() -> None:
    """What an error says is given when it is made; a layer that knows more raises a copy."""
    facts = {
        "attempts",
        "code",
        "details",
        "message",
        "method",
        "params",
        "partial",
        "path",
        "retry_after",
        "status_code",
        "text",
    }
    written = [
        f"{name}:{node.lineno}"
        for name, tree in SOURCES.items()
        if name != "exceptions.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in facts
        if not (isinstance(node.value, ast.Name) and node.value.id == "self")
    ]

    assert [] == written
