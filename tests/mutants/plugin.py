"""A pytest plugin that runs tests with a mutant applied: ``pytest -p tests.mutants.plugin --mutant "left open" …``."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from .catalogue import mutant


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutant", required=True, help="name of the mutant")


@pytest.fixture(autouse=True)
def applied(request: pytest.FixtureRequest) -> Generator[None]:
    with mutant(str(request.config.getoption("--mutant"))).applied():
        yield
