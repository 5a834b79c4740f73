"""Numbers as their formats show them."""

from __future__ import annotations

import math

import pytest

from aizoomdoc_client.local.reading.office.number_formats import shown_number

ACCOUNTING = '_-* #,##0.00\\ _₽_-;\\-* #,##0.00\\ _₽_-;_-* "-"??\\ _₽_-;_-@_-'


@pytest.mark.parametrize(
    ("value", "shape", "shown"),
    [
        (12345678, "#,##0.0,", "12345.7"),
        (12345678, "#,##0,", "12346"),
        (12345678, "0.00,,", "12.35"),
        (12345678, "0,.0", "12345.7"),
        (12345678, "#,##0,\\ т", "12346 т"),
        (12345678, "#,##0", "12345678"),
    ],
)
def test_a_comma_after_the_places_divides_by_a_thousand(value: float, shape: str, shown: str) -> None:
    """One between them does not."""
    assert shown == shown_number(value, shape)


@pytest.mark.parametrize(
    ("value", "shape", "shown"),
    [
        (0.285, "0.00", "0.29"),
        (1.005, "0.00", "1.01"),
        (2.675, "0.00", "2.68"),
        (-2.675, "0.00", "-2.68"),
        (0.125, "0%", "13%"),
        (0.005, "0%", "1%"),
        (2.25, "0.0", "2.3"),
        (2.5, "0", "3"),
        (1 / 3, "0.000", "0.333"),
        (-0.001, "0.00", "0.00"),
    ],
)
def test_a_half_is_rounded_away_from_zero(value: float, shape: str, shown: str) -> None:
    """Of the digits that Excel shows, whatever is nearest to them in binary."""
    assert shown == shown_number(value, shape)


@pytest.mark.parametrize(
    ("value", "shape", "shown"),
    [
        (7, '"П-"0', "П-7"),
        (16, '"Ø"0', "Ø16"),
        (5, '0" шт"', "5 шт"),
        (5, 'General" шт"', "5 шт"),
        (-5, 'General" шт"', "-5 шт"),
        (2.5, "0.0 м³", "2.5 м³"),
        (1500, "[$₽-419] #,##0", "₽ 1500"),
        (1500, "[Red]#,##0.00", "1500.00"),
        (9161234567, "000-000-00-00", "916-123-45-67"),
        (1, '"да";;"нет"', "да"),
    ],
)
def test_texts_of_a_format_stand_where_they_are_shown(value: float, shape: str, shown: str) -> None:
    """Before, behind and between the digits."""
    assert shown == shown_number(value, shape)


@pytest.mark.parametrize(("value", "shown"), [(1234.5, "1234.50"), (-1234.5, "-1234.50"), (0, "-")])
def test_each_sign_has_its_section(value: float, shown: str) -> None:
    """That for texts is none of a number."""
    assert shown == shown_number(value, ACCOUNTING)


@pytest.mark.parametrize(
    ("value", "shape", "shown"),
    [
        (2.25, "+0.0;-0.0", "+2.3"),
        (-3.5, "+0.0;-0.0", "-3.5"),
        (-3.5, "0.0;(0.0)", "(3.5)"),
        (5, "0.##", "5"),
        (5.25, "0.##", "5.25"),
        (5.2, "0.0##", "5.2"),
        (0.5, ".00", "0.50"),
        (12.5, ".00", "12.50"),
        (7, "000", "007"),
    ],
)
def test_signs_and_places_that_may_be_empty(value: float, shape: str, shown: str) -> None:
    """A point without decimals is none."""
    assert shown == shown_number(value, shape)


@pytest.mark.parametrize(
    ("value", "shape", "shown"),
    [
        (0.00012, "0.00E+00", "0.00012"),
        (1.5, "# ?/?", "1.5"),
        (1500.5, "[>1000]0.0,;0", "1500.5"),
        (2.5, "General%", "2.5"),
        (2.5, "0.0.0", "2.5"),
        (2.5, '0"нет конца', "2.5"),
        (2.5, "0" * 300, "2.5"),
        (2.5, "0" + "%" * 200, "2.5"),
        (1e300, "0.00", "1e+300"),
        (10**400, "0.00", str(10**400)),
        (math.inf, "0.00", "inf"),
        (5, ";;;", "5"),
        (0, "#", "0"),
    ],
)
def test_a_format_beyond_what_is_understood_gives_the_number_itself(value: float, shape: str, shown: str) -> None:
    """Rather than another one."""
    assert shown == shown_number(value, shape)
