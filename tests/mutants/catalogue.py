"""All mutants by their names."""

from __future__ import annotations

from collections.abc import Sequence

from .batch_input import BATCH_INPUT
from .connections import CONNECTIONS
from .decisions import DECISIONS
from .frames import FRAMES
from .histories import HISTORIES
from .hooks import HOOKS
from .local_server import LOCAL_SERVER
from .mutant import Mutant
from .pacing import PACING
from .resumed import RESUMED
from .session import SESSION
from .values import VALUES

MUTANTS: Sequence[Mutant] = (
    *DECISIONS,
    *HISTORIES,
    *RESUMED,
    *SESSION,
    *CONNECTIONS,
    *FRAMES,
    *VALUES,
    *LOCAL_SERVER,
    *BATCH_INPUT,
    *PACING,
    *HOOKS,
)


def mutant(name: str) -> Mutant:
    """The mutant of that name; raises `LookupError` if there is none."""
    found = next((one for one in MUTANTS if one.name == name), None)
    if found is None:
        raise LookupError(f"There is no mutant {name!r}, but: {', '.join(one.name for one in MUTANTS)}")
    return found
