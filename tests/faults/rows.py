"""Compares the fault tables of the documentation with the tests: each row has a test, and each test a row."""

from __future__ import annotations

import importlib
import inspect
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

HEADER = "| Fault | What you see | What never happens | Id |"


def ids_of(page: str) -> Sequence[str]:
    """The ids of all fault tables of a page, in order; raises `ValueError` for a row of such a table that has none."""
    found, inside = list[str](), False
    for line in page.splitlines():
        inside = line == HEADER or (inside and line.startswith("|"))
        if not inside or line == HEADER or set(line) <= set("|-"):
            continue
        named = re.search(r"\| `([a-z0-9]+(?:-[a-z0-9]+)*)` \|$", line)
        if named is None:
            raise ValueError(f"This row has no id in its last cell: {line}")
        found.append(named[1])
    return found


def names_of(module: ModuleType) -> Sequence[str]:
    """The names of a module's test functions."""
    return [name for name, found in vars(module).items() if name.startswith("test_") and inspect.isfunction(found)]


def names_in(package: str, folder: Path, *, but: Path) -> Sequence[str]:
    """The names of all test functions of a folder's modules, `but` one."""
    modules = (path.stem for path in sorted(folder.glob("test_*.py")) if path != but)
    return [name for module in modules for name in names_of(importlib.import_module(f"{package}.{module}"))]


def mismatches(ids: Iterable[str], tests: Iterable[str]) -> Sequence[str]:
    """Descriptions of the differences: ``test_<id>``, or ``test_<id>__<detail>``, is the test of the row with that id."""
    times, tested = Counter(ids), {id_of(test): test for test in tests}
    return [
        *(f"the id {name} is used {count} times" for name, count in times.items() if count > 1),
        *(f"the row {name} has no test" for name in times if name not in tested),
        *(f"the test {test} has no row" for name, test in tested.items() if name not in times),
    ]


def id_of(test: str) -> str:
    """The row id in a test's name."""
    return test.removeprefix("test_").partition("__")[0].replace("_", "-")
