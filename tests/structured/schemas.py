"""Classes that tests ask for."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from typing import Annotated, Any, Literal

import attrs


class Wall(enum.Enum):
    """What a wall is made of."""

    BRICK = "кирпич"
    CONCRETE = "бетон"


class Grade(enum.StrEnum):
    A = "а"
    B = "б"


class Label(str, enum.Enum):  # noqa: UP042 (what programs for Python 3.10 have)
    X = "x"


class Level(enum.IntEnum):
    ONE = 1
    TWO = 2


@attrs.frozen
class Node:
    """A part with its parts."""

    name: str
    children: list[Node] = attrs.field(factory=list)


@dataclasses.dataclass
class Door:
    width: float
    fire_rated: bool = False


@attrs.frozen
class Room:
    """Помещение на плане."""

    height: float = attrs.field(metadata={"description": "Высота этажа, м"}, validator=attrs.validators.gt(0))
    area: Annotated[float | None, "Площадь, м²"]
    floor: int = 1
    wall: Wall | None = None
    purpose: Literal["жилая", "кухня"] | None = None
    checked: dt.date | None = None
    code: int | str | None = None
    tags: tuple[str, ...] = ()
    loads: dict[str, float] = attrs.field(factory=dict)
    doors: list[Door] = attrs.field(factory=list)
    rest: Any = None
    tree: Node | None = None
