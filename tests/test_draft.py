"""`Draft`: a growing text and its past states."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.draft import Draft

ORDERS: dict[str, Callable[[int], int]] = {"forwards": lambda index: index, "backwards": lambda index: -index}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@given(pieces=st.lists(st.text()), first=st.text())
def test_draft_gives_each_past_state(order: Callable[[int], int], pieces: list[str], first: str) -> None:
    """A number of deltas identifies a past state of the text, in any order of access, while the text grows."""
    draft, states = Draft(first), [(len([first] if first else []), first)]
    for piece in pieces:
        draft.pieces.append(piece)
        states.append((len(draft.pieces), states[-1][1] + piece))
        assert states[-1][1] == draft.text()

    for count, text in sorted(states, key=lambda state: order(state[0])):
        assert text == draft.text(count)
