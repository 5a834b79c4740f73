"""A planted bug: one attribute of the package, replaced while a context lasts."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Generator
from typing import Any, cast

import attrs


@attrs.frozen
class Mutant:
    """A bug in one place.

    `place` is ``module:Class.attribute`` below the package; `plant` makes the faulty attribute of the true one. `caught_by` names
    invariants of the model, of which one must break, or tests, of which one must fail; `odds` is the kind of schedules that lead
    there soonest, any where it is empty.
    """

    name: str
    does: str
    place: str
    plant: Callable[[Any], Any]
    caught_by: tuple[str, ...]
    odds: str = ""

    @property
    def is_pure(self) -> bool:
        """Whether the model catches it."""
        return not any("::" in name for name in self.caught_by)

    @contextlib.contextmanager
    def planted(self) -> Generator[None]:
        """The package with the bug in it."""
        module, _, path = self.place.partition(":")
        *owners, attribute = path.split(".")
        owner: Any = importlib.import_module(f"aizoomdoc_client.{module}")
        for name in owners:
            owner = getattr(owner, name)
        members = cast("dict[str, Any]", vars(owner))
        true = members[attribute]
        setattr(owner, attribute, self.plant(true))
        try:
            yield
        finally:
            setattr(owner, attribute, true)
