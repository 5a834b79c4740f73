"""Whether the suite kills a mutant: by the model for decisions, by a test in a process of its own otherwise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.model.schedule import WEIGHTS
from tests.model.search import Finding, Search

from .mutant import Mutant

REPO = Path(__file__).parent.parent.parent
MAX_SCHEDULES = 12_000
SEED = 1
HANGING_SECONDS = 150.0
"""Seconds after which a test counts as hanging because of the mutant: more than twice pytest's own time-out."""


def killed_by(mutant: Mutant) -> str | None:
    """What killed the mutant, in one line; None if it survived."""
    if not mutant.is_decision:
        return next((f"test {node.partition('::')[2]}" for node in mutant.killers if fails(mutant, node)), None)
    finding = first_finding(mutant)
    return f"schedule {finding.number}: {finding.complaints[0]}" if finding else None


def first_finding(mutant: Mutant) -> Finding | None:
    """The first schedule that breaks one of the invariants that the mutant is expected to break."""
    kinds = [number for number, weights in enumerate(WEIGHTS) if weights.name in (mutant.weights or weights.name)]
    numbers = (start + kind for start in range(0, MAX_SCHEDULES, len(WEIGHTS)) for kind in kinds)
    with mutant.applied():
        return Search(SEED).first(numbers, frozenset(mutant.killers))


def fails(mutant: Mutant, node: str) -> bool:
    """Whether a test fails or hangs with the mutant; raises `RuntimeError` if it could not be run."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "tests.mutants.plugin", "--mutant", mutant.name]
    command = [sys.executable, "-m", "pytest", *options, node]
    try:
        done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False, timeout=HANGING_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    if done.returncode not in {0, 1}:
        raise RuntimeError(f"{node} cannot be run: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.returncode == 1
