"""Raised figures in characters of their own."""

from __future__ import annotations

import pytest

from aizoomdoc_client.local.reading.raised_text import raised_text


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("1234567890", "¹²³⁴⁵⁶⁷⁸⁹⁰"),
        ("+2", "⁺²"),
        ("-1", "⁻¹"),
        ("−1", "⁻¹"),
        ("–1", "⁻¹"),
        ("n", "n"),
        ("1)", "¹)"),
        ("1,2", "¹,²"),
        ("2n", "2n"),
        ("", ""),
    ],
)
def test_figures_and_signs_have_superscripts(text: str, raised: str) -> None:
    """A text with letters stays as it is."""
    assert raised == raised_text(text)
