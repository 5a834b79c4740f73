"""Classes that name others in quotes, in a module whose annotations are evaluated at once."""

import dataclasses
from typing import Optional

import attrs


@attrs.frozen
class Part:
    """A part with its parts, and what it belongs to."""

    name: str
    parts: list["Part"]
    owner: Optional["Part"] = None


@dataclasses.dataclass
class Cabinet:
    """A cabinet with what is in it, by place."""

    places: dict[str, "Device"]


@dataclasses.dataclass
class Device:
    name: str
