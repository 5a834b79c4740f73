"""Ids as keys: all spellings of a UUID are one, and nothing else is."""

from __future__ import annotations

from uuid import UUID

import pytest

from aizoomdoc_client.models.ids import id_key

ID = "6f1c1a52-0000-4000-8000-0000000000ab"
SPELLINGS = [ID, ID.upper(), UUID(ID).hex, UUID(ID).hex.upper(), f"{{{ID}}}", UUID(ID).urn, UUID(ID).urn.upper()]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_all_spellings_of_a_uuid_are_one_id(spelling: str) -> None:
    """With and without dashes, in capitals, in braces, as a URN."""
    assert ID == id_key(spelling)


@pytest.mark.parametrize(
    "other",
    ["", "7", "chat-1", "CHAT-1", "0x" + "a" * 30, "1_" * 15 + "11", "+" + "1" * 31, "\u0661" * 32, "a" * 33, "-" * 36, f" {ID}"],
)
def test_what_is_no_uuid_stays_as_it_is(other: str) -> None:
    """Also what Python reads as a number of 32 digits: another id would become the same."""
    assert other == id_key(other)
