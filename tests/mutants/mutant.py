"""A mutant: one attribute of the package, replaced inside a context."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Generator
from typing import Any, cast

import attrs


@attrs.frozen
class Mutant:
    """A bug in one attribute.

    `target` is ``module:Class.attribute`` below the package; `mutate` makes the faulty attribute from the original. `killers`
    names invariants of the model, of which one must break, or tests, of which one must fail; `weights` names the kind of
    schedules that finds the bug soonest, any kind if empty.
    """

    name: str
    description: str
    target: str
    mutate: Callable[[Any], Any]
    killers: tuple[str, ...]
    weights: str = ""

    @property
    def is_decision(self) -> bool:
        """Whether the model kills it."""
        return not any("::" in name for name in self.killers)

    @contextlib.contextmanager
    def applied(self) -> Generator[None]:
        """Applies the mutant until the block ends."""
        module, _, path = self.target.partition(":")
        *owners, attribute = path.split(".")
        owner: Any = importlib.import_module(f"aizoomdoc_client.{module}")
        for name in owners:
            owner = getattr(owner, name)
        members = cast("dict[str, Any]", vars(owner))
        original = members[attribute]
        setattr(owner, attribute, self.mutate(original))
        try:
            yield
        finally:
            setattr(owner, attribute, original)
