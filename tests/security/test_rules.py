"""The table of rules is complete: its tests exist and are enabled, and every test module here belongs to a rule."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.security.rules import RULES

HERE = Path(__file__)
OFF = {"skip", "skipif", "xfail"}

TESTS = [(rule, test) for rule, entry in RULES.items() for test in entry.tests]


@pytest.mark.parametrize(("rule", "test"), TESTS, ids=[test.rpartition("/")[2] for _, test in TESTS])
def test_a_rules_test_is_there(rule: str, test: str) -> None:
    """The test exists under the table's name and is not disabled."""
    file, _, name = test.partition("::")
    found = getattr(importlib.import_module(file.removesuffix(".py").replace("/", ".")), name, None)

    assert found is not None, f"{rule}: {test} is gone"
    assert set() == OFF & {mark.name for mark in getattr(found, "pytestmark", ())}


def test_every_module_of_tests_here_belongs_to_a_rule() -> None:
    """Every test module here is named by a rule."""
    named = {test.partition("::")[0].rpartition("/")[2] for _, test in TESTS}
    modules = {path.name for path in HERE.parent.glob("test_*.py")}

    assert {HERE.name} == modules - named
