"""Generic classes that tests ask for, with arguments."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Generic, TypeVar

import attrs

from tests.structured.schemas import Door

T = TypeVar("T")
U = TypeVar("U")


@attrs.frozen
class Table(Generic[T]):
    """A table of a sheet."""

    title: str
    rows: list[T]
    total: Annotated[T | None, "the last row"] = None


@dataclasses.dataclass
class Pair(Generic[T, U]):
    first: T
    others: dict[str, U] = dataclasses.field(default_factory=dict)


@attrs.frozen
class DoorTable(Table[Door]):
    sheet: int = 1


@attrs.frozen
class Numbered(Table[U], Generic[T, U]):
    """Whose T is not that of the class that it is derived from."""

    number: T | None = None


@attrs.frozen
class Tree(Generic[T]):
    value: T
    children: list[Tree[T]] = attrs.field(factory=list)


@attrs.frozen
class Growing(Generic[T]):
    """Another class at each level."""

    value: T
    child: Growing[list[T]] | None = None


@attrs.frozen
class Named(Generic[T]):
    """With fields named as parameters of cattrs."""

    cl: T
    converter: list[T]


@attrs.frozen
class Sheet:
    doors: Table[Door]
    names: Table[str]
    trees: Pair[Tree[int], Tree[str]] | None = None
