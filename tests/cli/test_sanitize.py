"""Text from elsewhere, made safe for a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.cli.sanitize import sanitized, without_controls

BIDI = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
DANGEROUS = [*(code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"), *BIDI]


@pytest.mark.parametrize("code", DANGEROUS, ids="{:04x}".format)
def test_a_dangerous_character_is_made_harmless(code: int) -> None:
    """No control and no bidi character reaches a terminal, and what replaces it is none."""
    assert not {sanitized(chr(code)), without_controls(chr(code))} & {chr(code) for code in DANGEROUS}


@given(st.text(), st.integers(0, 50))
def test_it_makes_no_difference_where_text_is_cut(text: str, place: int) -> None:
    """Pieces made harmless one by one join to the whole made harmless, wherever the cut is."""
    assert sanitized(text) == sanitized(text[:place]) + sanitized(text[place:])


def test_ordinary_text_stays() -> None:
    """Letters, line feeds, tabs, emoji and accents are what they were."""
    text = "Высота 3,3 м²\n\t— «план»; é 👷🏽 ق"

    assert text == sanitized(text)
