"""Hooks that keep what they are told."""

from __future__ import annotations

from typing import Any, TypeVar

from aizoomdoc_client import Hooks

T = TypeVar("T")
ASKED = {"context_headers", "request_headers"}
METHODS = [name for name, value in vars(Hooks).items() if callable(value) and name[0] != "_" and name not in ASKED]


class Recorder(Hooks):
    """Keeps all details, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def __getattribute__(self, name: str) -> Any:
        if name in METHODS:
            return lambda detail: self.told.append((name, detail))
        return super().__getattribute__(name)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.told]

    def all_of(self, kind: type[T]) -> list[T]:
        return [detail for _, detail in self.told if isinstance(detail, kind)]

    def one(self, kind: type[T]) -> T:
        found = self.all_of(kind)
        assert 1 == len(found), found
        return found[0]


def failing(kind: type[BaseException] = RuntimeError) -> Hooks:
    """Hooks of a class of their own that raise in every method: what raises is logged once a class."""

    class Failing(Hooks):
        def __getattribute__(self, name: str) -> Any:
            if name in {*vars(Hooks)} and not name.startswith("_"):
                raise kind(f"{name} is broken")
            return super().__getattribute__(name)

    return Failing()
