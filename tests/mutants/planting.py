"""A pytest plugin that runs tests with a bug planted: ``pytest -p tests.mutants.planting --mutant "left open" …``."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from .catalogue import mutant


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutant", required=True, help="the bug's name")


@pytest.fixture(autouse=True)
def planted(request: pytest.FixtureRequest) -> Generator[None]:
    with mutant(str(request.config.getoption("--mutant"))).planted():
        yield
