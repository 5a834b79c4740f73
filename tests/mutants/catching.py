"""Whether the suite notices a planted bug: the model for decisions, a test in a process of its own for all else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.model.schedule import WEIGHTS
from tests.model.search import Finding, Search

from .mutant import Mutant

REPO = Path(__file__).parent.parent.parent
MOST_SCHEDULES = 12_000
SEED = 1
HANGING = 150.0
"""Seconds after which a test counts as one that the bug keeps from ending: more than twice what pytest allows each."""


def catcher(mutant: Mutant) -> str | None:
    """What noticed the bug, in a line; None when it went through."""
    if not mutant.is_pure:
        return next((f"test {node.partition('::')[2]}" for node in mutant.caught_by if fails(mutant, node)), None)
    finding = first_finding(mutant)
    return f"schedule {finding.number}: {finding.complaints[0]}" if finding else None


def first_finding(mutant: Mutant) -> Finding | None:
    """The first schedule that breaks one of the invariants that the bug is to break."""
    kinds = [number for number, odds in enumerate(WEIGHTS) if odds.name in (mutant.odds or odds.name)]
    numbers = (start + kind for start in range(0, MOST_SCHEDULES, len(WEIGHTS)) for kind in kinds)
    with mutant.planted():
        return Search(SEED).first(numbers, frozenset(mutant.caught_by))


def fails(mutant: Mutant, node: str) -> bool:
    """Whether a test fails, or never ends, with the bug planted; raises `RuntimeError` when it could not be run."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "tests.mutants.planting", "--mutant", mutant.name]
    command = [sys.executable, "-m", "pytest", *options, node]
    try:
        done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False, timeout=HANGING)
    except subprocess.TimeoutExpired:
        return True
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"{node} cannot be run: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.returncode == 1
