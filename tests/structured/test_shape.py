"""What can be asked for, and what cannot."""

from __future__ import annotations

import abc
import dataclasses
import enum
from typing import Any, Literal, NamedTuple

import attrs
import pytest

from aizoomdoc_client import ConfigurationError
from aizoomdoc_client.structured.shape import MOST_FIELDS, Choice, ListOf, Nullable, Record, shape_of
from tests.structured.schemas import Door, Room


def made(kind: Any) -> type[Any]:
    return attrs.make_class("Made", {"field": attrs.field(type=kind)})


class Row(NamedTuple):
    width: float


class Odd(enum.Enum):
    ODD = (1, 2)


class NoFields:
    pass


@dataclasses.dataclass
class WithMore:
    height: float
    unit: dataclasses.InitVar[str]


@attrs.define(init=False)
class MadeOtherwise:
    height: float

    def __init__(self, text: str) -> None:
        self.height = float(text)


@attrs.define
class Abstract(abc.ABC):
    height: float

    @abc.abstractmethod
    def shown(self) -> str: ...


def test_a_class_is_read_with_what_describes_its_fields() -> None:
    """Metadata, `Annotated`, and the class's own docstring, which is not the signature that a dataclass makes one of."""
    shape = shape_of(Room)
    assert isinstance(shape, Record)
    fields = {field.name: field for field in shape.fields}
    [door] = [field.shape.item for field in shape.fields if field.name == "doors" and isinstance(field.shape, ListOf)]

    assert ("Помещение на плане.", "Высота этажа, м", "Площадь, м²") == (
        shape.description,
        fields["height"].description,
        fields["area"].description,
    )
    assert [("height", True), ("area", True), ("floor", False)] == [(each.name, each.is_required) for each in shape.fields[:3]]
    assert isinstance(door, Record)
    assert "" == door.description


def test_a_literal_with_none_may_be_null() -> None:
    """As type checkers read it."""
    shape = shape_of(made(Literal[None, "жилая", 1]))  # noqa: PYI061 - as users may write it
    assert isinstance(shape, Record)

    assert Nullable(Choice(("жилая", 1))) == shape.fields[0].shape


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        (int, "schema_no_class"),
        (dict[str, int], "schema_no_class"),
        (list[int], "schema_no_class"),
        (Row, "schema_no_class"),
        (NoFields, "schema_no_class"),
        ("Room", "schema_no_class"),
        (None, "schema_no_class"),
        ([Room], "schema_no_class"),
        (made(bytes), "schema_type"),
        (made(set[str]), "schema_type"),
        (made(tuple[int, str]), "schema_type"),
        (made(dict[int, str]), "schema_type"),
        (made(Door | Room), "schema_type"),
        (made(list), "schema_type"),
        (made(Odd), "schema_type"),
        (made(enum.Enum("Lists", {"A": [1]})), "schema_type"),
        (made(enum.Enum("Nothing", {})), "schema_type"),
        (made([]), "schema_type"),
        (made("Nowhere"), "schema_unresolved"),
        (attrs.make_class("Empty", {}), "schema_without_fields"),
        (WithMore, "schema_not_made"),
        (MadeOtherwise, "schema_not_made"),
        (list[Abstract], "schema_not_made"),
        (
            dataclasses.make_dataclass("Many", [(f"f{number}", int) for number in range(MOST_FIELDS + 1)]),
            "schema_too_many_fields",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_named(schema: Any, code: str) -> None:
    """A `ConfigurationError`, before anything is sent."""
    with pytest.raises(ConfigurationError) as caught:
        shape_of(schema)

    assert code == caught.value.code


def test_what_a_class_is_made_with_may_have_other_names() -> None:
    """Of attrs those without underscores, or aliases."""
    shape = shape_of(attrs.make_class("Made", {"_private": attrs.field(type=int), "b": attrs.field(type=int, alias="other")}))

    assert isinstance(shape, Record)
    assert ["_private", "b"] == [field.name for field in shape.fields]


def test_nesting_is_bounded() -> None:
    """A class in a class, and so on, beyond any use."""
    kind: Any = int
    for _ in range(20):
        kind = made(kind)
    with pytest.raises(ConfigurationError) as caught:
        shape_of(kind)

    assert "schema_too_deep" == caught.value.code
