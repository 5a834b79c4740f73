"""Raised figures in characters of their own."""

from __future__ import annotations

import pytest

from aizoomdoc_client.local.reading.superscripts import as_superscript


@pytest.mark.parametrize(
    ("text", "raised"),
    [("1234567890", "¹²³⁴⁵⁶⁷⁸⁹⁰"), ("+2", "⁺²"), ("-1", "⁻¹"), ("−1", "⁻¹"), ("n", "n"), ("1)", "1)"), ("2n", "2n"), ("", "")],
)
def test_figures_and_signs_have_superscripts(text: str, raised: str) -> None:
    """A text with anything else stays as it is."""
    assert raised == as_superscript(text)
