"""The fault tables of docs/reliability.md match the tests of this folder, and the comparison finds mistakes in either."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.faults.rows import HEADER, ids_of, mismatches, names_in, names_of
from tests.security.rules import RULES

HERE = Path(__file__)
PAGE = HERE.parents[2] / "docs" / "reliability.md"

TABLE = f"""
| Fault | Id |
|---|---|
| of another table | `no-row` |

{HEADER}
|---|---|---|---|
| one | seen | never | `early-close` |
| two | `seen` | never | `status-403-404` |

{HEADER}
|---|---|---|---|
| three | seen | never | `fork` |
"""


def test_every_row_has_its_test() -> None:
    """No row without a test, no test without a row, no id twice."""
    assert [] == mismatches(ids_of(PAGE.read_text(encoding="utf-8")), names_in("tests.faults", HERE.parent, but=HERE))


def test_the_page_has_every_rule_of_security() -> None:
    """The page has the same security rules as the table of the security tests."""
    section = PAGE.read_text(encoding="utf-8").partition("## Security")[2]

    assert list(RULES) == re.findall(r"\| `([a-z-]+)` \|$", section, re.MULTILINE)


def test_rows_are_read() -> None:
    """All fault tables of a page count, and no other table."""
    assert ["early-close", "status-403-404", "fork"] == ids_of(TABLE)


def test_a_row_without_an_id_is_found() -> None:
    """The error quotes the row."""
    with pytest.raises(ValueError, match=r"no id in its last cell: \| four"):
        ids_of(f"{TABLE}| four | seen | never | Fork |\n")


def test_tests_are_read() -> None:
    """Only a module's own test functions count."""

    def some() -> None: ...

    class TestFork:
        def test_fork(self) -> None: ...

    module = ModuleType("some")
    vars(module).update(test_early_close=some, test_early_close__stored=some, helper_test_fork=some, TestFork=TestFork)

    assert ["test_early_close", "test_early_close__stored"] == names_of(module)


@pytest.mark.parametrize(
    ("ids", "tests", "said"),
    [
        (["early-close", "fork"], ["test_early_close__stored", "test_fork"], []),
        (["early-close", "fork"], ["test_early_close"], ["the row fork has no test"]),
        (["fork"], ["test_fork", "test_forks"], ["the test test_forks has no row"]),
        (["fork", "fork"], ["test_fork"], ["the id fork is used 2 times"]),
    ],
    ids=["right", "no test", "no row", "twice"],
)
def test_a_mismatch_is_found(ids: list[str], tests: list[str], said: list[str]) -> None:
    """Each kind of mistake is named."""
    assert said == mismatches(ids, tests)
