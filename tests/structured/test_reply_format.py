"""Values of classes made of replies."""

from __future__ import annotations

import datetime as dt
import json
import pickle
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client import AnswerFormatError
from aizoomdoc_client.serializable import fields_as_plain
from aizoomdoc_client.structured.reply_format import ReplyFormat
from tests.structured.named_schemas import Cabinet, Device, Part
from tests.structured.schemas import Door, Grade, Label, Level, Node, Room, Wall

ROOMS = ReplyFormat(Room)
FULL = {
    "height": "3,3",
    "area": None,
    "floor": None,
    "wall": "Кирпич",
    "purpose": "кухня",
    "checked": "28.11.2026",
    "code": "12а",
    "tags": ["щит", "ВРУ"],
    "loads": {"кровля": 1.5},
    "doors": [{"width": 0.9, "fire_rated": "да"}],
    "rest": {"any": [1.5, None]},
    "tree": {"name": "a", "children": [{"name": "b"}]},
    "comment": "a key that the class does not have",
}


def field_of(kind: Any, written: str) -> Any:
    """What the JSON `written` is for a field of the type `kind`."""
    schema: type[Any] = attrs.make_class("Made", {"field": attrs.field(type=kind)})
    return ReplyFormat(schema).parse(f'{{"field": {written}}}').field


def test_a_reply_becomes_a_value_of_the_class() -> None:
    """Nested classes, enumerations, dates, alternatives; unknown keys are ignored, null is as if left out."""
    expected = Room(
        height=3.3,
        area=None,
        wall=Wall.BRICK,
        purpose="кухня",
        checked=dt.date(2026, 11, 28),
        code="12а",
        tags=("щит", "ВРУ"),
        loads={"кровля": 1.5},
        doors=[Door(0.9, fire_rated=True)],
        rest={"any": [1.5, None]},
        tree=Node("a", [Node("b")]),
    )

    assert expected == ROOMS.parse(json.dumps(FULL, ensure_ascii=False))


def test_what_may_be_null_may_be_left_out() -> None:
    """A field that takes None and has no default is None then."""
    assert Room(height=3.3, area=None) == ROOMS.parse('{"height": 3.3}')


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('{"name": "a", "parts": [{"name": "b", "parts": []}]}', Part("a", [Part("b", [])])),
        ('{"name": "a", "parts": [], "owner": {"name": "c", "parts": []}}', Part("a", [], Part("c", []))),
        ('{"places": {"1": {"name": "QF1"}}}', Cabinet({"1": Device("QF1")})),
    ],
)
def test_a_class_may_name_others_in_quotes(written: str, expected: object) -> None:
    """Within a type, too, as ``list["Part"]`` does where annotations are evaluated at once."""
    assert expected == ReplyFormat(type(expected)).parse(written)


@pytest.mark.parametrize(("written", "expected"), [("null", None), ('"жилая"', "жилая")])
def test_a_literal_with_none_takes_null(written: str, expected: object) -> None:
    """``Literal["жилая", None]`` is another way to write ``Literal["жилая"] | None``."""
    assert expected == field_of(Literal["жилая", None], written)  # noqa: PYI061 - as users may write it


def test_fields_may_be_named_as_parameters_of_cattrs() -> None:
    """They are passed to it by their names."""
    schema: type[Any] = attrs.make_class("Made", {"cl": attrs.field(type=int), "converter": attrs.field(type=str)})

    assert schema(1, "ПЧ-1,5") == ReplyFormat(schema).parse('{"cl": 1, "converter": "ПЧ-1,5"}')


def test_a_list_of_objects() -> None:
    """``list[Room]`` is a schema, too."""
    assert [Door(0.9), Door(1.0)] == ReplyFormat(list[Door]).parse('Двери:\n[{"width": 0.9}, {"width": 1}]')


@pytest.mark.parametrize(
    ("reply", "problems"),
    [
        ("{}", ["height: no value"]),
        ('{"height": null}', ["height: no value"]),
        ('{"height": -1}', ["not accepted: 'height' must be > 0: -1.0"]),
        ('{"height": "17,300"}', ["height: '17,300' may be thousands or a fraction: write it as a JSON number"]),
        ('{"height": 3, "tags": "щит"}', ["tags: 'щит' is not a list"]),
        ('{"height": 3, "doors": [{"width": 1}, {"width": "?"}]}', ["doors[1].width: '?' is not a number"]),
        ('{"height": 3, "tree": {"name": "a", "children": [{}]}}', ["tree.children[0].name: no value"]),
        (
            '{"height": true, "wall": "x", "floor": 1.5}',
            ["height: 'true' is not a number", "floor: '1.5' is not a whole number", "wall: 'x' is not one of кирпич, бетон"],
        ),
        ('{"height": 3} or {"height": 4}', ["it has more than one JSON value that could be the answer"]),
        ('[{"height": 3}]', ["a list is not an object"]),
        ("3,3 м", ["there is no JSON in it"]),
    ],
)
def test_what_does_not_fit_is_told_by_field(reply: str, problems: list[str]) -> None:
    """Each problem with its path; the reply is kept."""
    with pytest.raises(AnswerFormatError) as caught:
        ROOMS.parse(reply)

    assert problems == [problem.render() for problem in caught.value.problems]
    assert (reply, reply) == (caught.value.raw_text, caught.value.partial)
    assert list(caught.value.problems) == list(pickle.loads(pickle.dumps(caught.value)).problems)


def test_the_same_value_twice_is_one() -> None:
    """A model that repeats itself has said one thing."""
    assert 3.3 == ROOMS.parse('{"height": 3.3}, то есть {"height": 3.3}').height


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [
        (Grade, '"а"', Grade.A),
        (Grade, '"Б"', Grade.B),
        (Level, "1", Level.ONE),
        (Level | None, "2.0", Level.TWO),
        (Label, '"x"', Label.X),
    ],
)
def test_an_enumeration_of_texts_or_numbers_gives_its_members(kind: Any, written: str, expected: object) -> None:
    """Not the bare text or number, which its members are, too."""
    found = field_of(kind, written)

    assert (type(expected), expected) == (type(found), found)


@pytest.mark.parametrize(
    ("kind", "written", "problem"),
    [
        (Grade, '"в"', "field: 'в' is not one of а, б"),
        (Level, "3", "field: '3' is not one of 1, 2"),
        (list[Label], '["y"]', "field[0]: 'y' is not one of x"),
    ],
)
def test_an_enumeration_of_texts_or_numbers_takes_nothing_else(kind: Any, written: str, problem: str) -> None:
    """A text that is no member is refused, as with any other enumeration."""
    with pytest.raises(AnswerFormatError) as caught:
        field_of(kind, written)

    assert [problem] == [each.render() for each in caught.value.problems]


values = st.builds(
    Room,
    height=st.floats(0.001, 1e9),
    area=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    floor=st.integers(),
    wall=st.sampled_from([None, *Wall]),
    purpose=st.sampled_from([None, "жилая", "кухня"]),
    checked=st.none() | st.dates(),
    code=st.none() | st.integers() | st.text(),
    tags=st.lists(st.text(), max_size=3).map(tuple),
    loads=st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    doors=st.lists(st.builds(Door, width=st.floats(0, 9), fire_rated=st.booleans()), max_size=2),
    rest=st.none() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    tree=st.none() | st.builds(Node, st.text(), st.lists(st.builds(Node, st.text()), max_size=2)),
)
STYLES = [
    "{}",
    "```json\n{}\n```",
    "Вот ответ:\n\n```\n{}\n```\n\nИсточники:\n- [1] «План», стр. 3",
    "~~~JSON\n{}\n~~~",
    "Ответ: {} (см. лист [1]).",
    "- ```json\n  {}\n  ```",
]


@given(value=values, style=st.sampled_from(STYLES), indent=st.sampled_from([None, 2]), is_ascii=st.booleans())
def test_a_value_written_as_json_comes_back_equal(value: Room, style: str, indent: int | None, is_ascii: bool) -> None:
    """Whatever stands around it."""
    written = json.dumps(fields_as_plain(value), ensure_ascii=is_ascii, indent=indent)

    assert value == ROOMS.parse(style.replace("{}", written))


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FULL, "?"]), inner, max_size=4),
    max_leaves=12,
)


@given(value=st.dictionaries(st.sampled_from([*FULL, "?"]), json_like))
def test_hostile_json_fits_or_is_refused(value: dict[str, Any]) -> None:
    """What is taken has the types of the class; any other error would be a fault."""
    try:
        room = ROOMS.parse(json.dumps(value))
    except AnswerFormatError as error:
        said = error.localized("ru")
    else:
        said = ""
        assert (True, True) == (type(room.height) is float, type(room.floor) is int)
        assert all(type(tag) is str for tag in room.tags)
        assert attrs.evolve(room) == room
    assert not said or said.startswith("ответ не подходит под схему: ")
