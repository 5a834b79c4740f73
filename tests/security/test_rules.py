"""The table of rules is complete: its tests exist and are enabled, and every test module here belongs to a rule."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.security.rules import RULES

REPO = Path(__file__).parents[2]
HERE = Path(__file__).parent
DISABLING_MARKS = ("skip", "xfail")

TESTS = [(rule, test) for rule, entry in RULES.items() for test in entry.tests]


def functions(path: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def can_fail(test: ast.AST) -> bool:
    """Whether a test can fail: it asserts, expects an error, or calls a helper named ``assert_…``."""
    calls = [ast.unparse(node.func) for node in ast.walk(test) if isinstance(node, ast.Call)]
    asserts = any(isinstance(node, ast.Assert) for node in ast.walk(test))
    return asserts or any(name == "pytest.raises" or name.startswith("assert_") for name in calls)


@pytest.mark.parametrize(("rule", "test"), TESTS, ids=[test.rpartition("/")[2] for _, test in TESTS])
def test_a_rules_test_is_there(rule: str, test: str) -> None:
    """The test exists under the table's name, asserts something, and is not disabled."""
    file, _, name = test.partition("::")
    found = functions(REPO / file).get(name)

    assert found is not None, f"{rule}: {test} is missing"
    assert can_fail(found)
    assert [] == [
        mark
        for mark in map(ast.unparse, found.decorator_list)
        if mark.startswith(tuple(f"pytest.mark.{off}" for off in DISABLING_MARKS))
    ]


def test_every_test_module_here_belongs_to_a_rule() -> None:
    """Every test module here is named by a rule."""
    named = {test.partition("::")[0] for _, test in TESTS}
    files = {str(path.relative_to(REPO)) for path in HERE.glob("test_*.py")}

    assert set() == files - named


def test_nothing_writes_spreadsheets() -> None:
    """No module of the package writes CSV: a cell that begins with = + - @ would be interpreted as a formula."""
    package = REPO / "aizoomdoc_client"
    sources = {path: ast.parse(path.read_text(encoding="utf-8")) for path in package.rglob("*.py")}
    modules = {
        (path.name, name)
        for path, tree in sources.items()
        for node in ast.walk(tree)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None)])
    }

    assert set() == {(file, name) for file, name in modules if name in {"csv", "openpyxl", "xlsxwriter", "pandas"}}
