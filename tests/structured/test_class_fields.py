"""Generic classes with arguments as schemas."""

from __future__ import annotations

import dataclasses
import json
import pickle
from typing import Any, Generic, TypeVar

import attrs
import pytest

from aizoomdoc_client import ConfigurationError
from aizoomdoc_client.serializable import fields_as_plain
from aizoomdoc_client.structured.class_fields import fields_of, type_name
from aizoomdoc_client.structured.reply_format import ReplyFormat
from aizoomdoc_client.structured.shape import shape_of
from tests.structured.generic_schemas import DoorTable, Growing, Named, Numbered, Pair, Sheet, Table, Tree
from tests.structured.schemas import Door

T = TypeVar("T")


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (Table[int], Table("a", [1, 2], 3)),
        (Table[Door], Table("двери", [Door(0.9, fire_rated=True)], Door(1.0))),
        (Table[list[Door] | None], Table("a", [[Door(0.9)], None])),
        (Table[Table[str]], Table("a", [Table("b", ["c"])])),
        (list[Table[float]], [Table("a", [1.5]), Table("b", [])]),
        (Pair[str, Door], Pair("a", {"b": Door(0.9)})),
        (DoorTable, DoorTable("двери", [Door(0.9)], None, 2)),
        (Numbered[int, str], Numbered("a", ["b"], "c", 4)),
        (Tree[int], Tree(1, [Tree(2, [Tree(3)])])),
        (Named[int], Named(1, [2])),
        (Sheet, Sheet(Table("a", [Door(0.9)]), Table("b", ["c"]), Pair(Tree(1), {"d": Tree("e", [Tree("f")])}))),
    ],
)
def test_a_value_of_a_generic_class_comes_back_as_one_of_the_class(schema: Any, value: Any) -> None:
    """With what its arguments are, at any depth, and nothing beside its fields; pickled, too, as for processes of a batch job."""
    written = json.dumps(fields_as_plain(value), ensure_ascii=False)
    found = ReplyFormat(pickle.loads(pickle.dumps(schema))).parse(written)

    assert (value, repr(value)) == (found, repr(found))
    assert getattr(value, "__dict__", {}) == getattr(found, "__dict__", {})


@pytest.mark.parametrize(
    ("schema", "lines"),
    [
        (
            Table[int],
            ['- "title": text', '- "rows": list; each item: whole number', '- "total": whole number, or null (may be left out)'],
        ),
        (
            Tree[str],
            [
                '- "value": text',
                '- "children": list; each item: object Tree[str], as above (may be left out)',
            ],
        ),
        (
            Pair[bool, Tree[Door]],
            [
                '- "first": true or false',
                '- "others": object with names as needed; each value: object Tree[Door] (may be left out)',
                '  - "value": object',
                '    - "width": number',
                '    - "fire_rated": true or false (may be left out)',
                '  - "children": list; each item: object Tree[Door], as above (may be left out)',
            ],
        ),
    ],
)
def test_the_question_tells_what_the_arguments_are(schema: Any, lines: list[str]) -> None:
    """And the class of each set of arguments by a name of its own."""
    told = ReplyFormat(schema).question("What is on it?").partition("Fields")[2].split("\n")[1:]

    assert lines == [line.partition(" — ")[0] for line in told]


def test_two_sets_of_arguments_are_two_questions() -> None:
    """Of a batch job, too, which keeps an answer for each question."""
    assert ReplyFormat(Table[int]).question("?") != ReplyFormat(Table[str]).question("?")


@dataclasses.dataclass
class Hidden(Generic[T]):
    value: T


@pytest.mark.parametrize(
    ("schema", "code", "named"),
    [
        (Table, "schema_type", "Table.rows cannot be asked for: ~T"),
        (Table[bytes], "schema_type", "Table[bytes].rows cannot be asked for: bytes"),
        (Table["Door"], "schema_type", "ForwardRef('Door')"),
        (Growing[int], "schema_too_deep", "Growing[int].child"),
        (attrs.make_class("Odd", {"field": attrs.field(type=Hidden)}), "schema_type", "Odd.field.value"),
    ],
)
def test_a_class_whose_arguments_cannot_be_asked_for_is_named(schema: Any, code: str, named: str) -> None:
    """So is one without arguments, whose fields could be anything."""
    with pytest.raises(ConfigurationError) as caught:
        shape_of(schema)

    assert (code, True) == (caught.value.code, named in str(caught.value))


def test_the_types_of_inherited_fields_are_those_of_their_class() -> None:
    """A type variable of one name may be another one in a class derived from it."""
    found = {name: annotation for name, annotation, _, _ in fields_of(Numbered[int, str])}

    assert (list[str], int | None) == (found["rows"], found["number"])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(Table[Door], "Table[Door]"), (Pair[Tree[int], list[str]], "Pair[Tree[int], list[str]]"), (Door, "Door"), (int, "int")],
)
def test_a_type_is_named_without_modules(kind: Any, expected: str) -> None:
    """As its author writes it."""
    assert expected == type_name(kind)
