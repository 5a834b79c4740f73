"""Roles and models as people name them."""

from __future__ import annotations

import pytest

from aizoomdoc_client.batch.roles import model_profile, role_number
from aizoomdoc_client.models import Role

ROLES = [Role(id=1, name="ГИП"), Role(id=7, name="Сметчик "), Role(id=8, name="сметчик"), Role(id=9, name="1")]


@pytest.mark.parametrize(("wanted", "expected"), [("гип", 1), (" ГИП ", 1), (7, 7), ("8", 8), ("1", 1)])
def test_a_role_has_a_number_and_a_name(wanted: str | int, expected: int) -> None:
    """A number counts first, and case does not."""
    assert expected == role_number(wanted, ROLES)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("Повар", "there is no role 'Повар'; there are: 1 ГИП, 7 Сметчик , 8 сметчик, 9 1"),
        ("сметчик", "there are several roles 'сметчик', give a number: 1 ГИП, 7 Сметчик , 8 сметчик, 9 1"),
        (5, "there is no role '5'"),
    ],
)
def test_a_role_that_cannot_be_told_is_named(wanted: str | int, expected: str) -> None:
    """With those that there are."""
    assert str(role_number(wanted, ROLES)).startswith(expected)


def test_a_server_without_roles() -> None:
    """Shows that there are none."""
    assert "there is no role 'ГИП'; there are: —" == str(role_number("ГИП", []))


def test_models_are_known_in_whatever_case() -> None:
    """Others are named with those that there are."""
    assert ("complex", "simple") == (model_profile(" Complex"), model_profile("simple"))
    assert "there is no model 'best'; there are: simple, complex" == str(model_profile("best"))
