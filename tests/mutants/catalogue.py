"""All planted bugs by their names."""

from __future__ import annotations

from collections.abc import Sequence

from .lines import LINES
from .mutant import Mutant
from .pure import PURE
from .session import SESSION

MUTANTS: Sequence[Mutant] = (*PURE, *SESSION, *LINES)


def mutant(name: str) -> Mutant:
    """The bug of that name; raises `LookupError` when there is none."""
    found = next((one for one in MUTANTS if one.name == name), None)
    if found is None:
        raise LookupError(f"There is no mutant {name!r}, but: {', '.join(one.name for one in MUTANTS)}")
    return found
