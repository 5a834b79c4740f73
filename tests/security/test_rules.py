"""The table of rules holds: its tests are there and run, and every test of this package belongs to a rule."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.security.rules import RULES

REPO = Path(__file__).parents[2]
HERE = Path(__file__).parent
OFF = ("skip", "xfail")

TESTS = [(rule, test) for rule, told in RULES.items() for test in told.tests]


def functions(path: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def proves(test: ast.AST) -> bool:
    """Whether a test can fail by itself: it asserts, expects an error, or leaves it to a helper named for that."""
    calls = [ast.unparse(node.func) for node in ast.walk(test) if isinstance(node, ast.Call)]
    asserts = any(isinstance(node, ast.Assert) for node in ast.walk(test))
    return asserts or any(name == "pytest.raises" or name.startswith("assert_") for name in calls)


@pytest.mark.parametrize(("rule", "test"), TESTS, ids=[test.rpartition("/")[2] for _, test in TESTS])
def test_a_rules_test_is_there(rule: str, test: str) -> None:
    """Under the name that the table gives, asserting something, not switched off."""
    file, _, name = test.partition("::")
    found = functions(REPO / file).get(name)

    assert found is not None, f"{rule}: {test} is gone"
    assert proves(found)
    assert [] == [
        mark for mark in map(ast.unparse, found.decorator_list) if mark.startswith(tuple(f"pytest.mark.{off}" for off in OFF))
    ]


def test_every_test_of_this_room_belongs_to_a_rule() -> None:
    """A file of tests here that no rule names would be proof of nothing."""
    named = {test.partition("::")[0] for _, test in TESTS}
    files = {str(path.relative_to(REPO)) for path in HERE.glob("test_*.py")}

    assert set() == files - named


def test_nothing_writes_spreadsheets() -> None:
    """No module of the package writes CSV: a cell that begins with = + - @ is a formula to who opens it, and must be defused."""
    package = REPO / "aizoomdoc_client"
    sources = {path: ast.parse(path.read_text(encoding="utf-8")) for path in package.rglob("*.py")}
    modules = {
        (path.name, name)
        for path, tree in sources.items()
        for node in ast.walk(tree)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None)])
    }

    assert set() == {(file, name) for file, name in modules if name in {"csv", "openpyxl", "xlsxwriter", "pandas"}}
