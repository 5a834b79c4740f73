"""What is added to a question."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from aizoomdoc_client.catalog import text
from aizoomdoc_client.structured.shape import shape_of
from aizoomdoc_client.structured.wording import follow_up_question, structured_question
from tests.structured.schemas import Door, Node, Room

RUSSIAN = """\
Какая высота этажа?

Ответь одним объектом JSON в блоке ```json и после него ничего не пиши. Чего в документах нет, для того ставь null и ничего не \
придумывай. Ссылки на источники ставь перед блоком, а не внутри JSON.
Помещение на плане.
Поля:
- "height": число — Высота этажа, м
- "area": число или null — Площадь, м²
- "floor": целое число (можно не указывать)
- "wall": одно из: "кирпич", "бетон" или null (можно не указывать)
- "purpose": одно из: "жилая", "кухня" или null (можно не указывать)
- "checked": дата, ГГГГ-ММ-ДД или null (можно не указывать)
- "code": целое число или текст или null (можно не указывать)
- "tags": список, каждый элемент: текст (можно не указывать)
- "loads": объект с любыми именами, каждое значение: число (можно не указывать)
- "doors": список, каждый элемент: объект (можно не указывать)
  - "width": число
  - "fire_rated": true или false (можно не указывать)
- "rest": любое значение (можно не указывать)
- "tree": объект Node или null (можно не указывать) — A part with its parts.
  - "name": текст
  - "children": список, каждый элемент: объект Node, как выше (можно не указывать)"""


def test_the_shape_is_told_in_the_language_of_the_question() -> None:
    """Names, types, what may be left out, and the descriptions."""
    assert RUSSIAN == structured_question("Какая высота этажа?", shape_of(Room))


def test_an_english_question_is_told_in_english() -> None:
    """A list of objects, too."""
    assert structured_question("Which doors are there?", shape_of(list[Door])).splitlines()[2:] == [
        (
            "Answer with one JSON list of objects in a ```json block and write nothing after it. What the documents do not "
            "tell is null: do not guess. References to sources stand before the block and not in the JSON."
        ),
        "Fields:",
        '- "width": number',
        '- "fire_rated": true or false (may be left out)',
    ]


@pytest.mark.parametrize(
    ("kind", "phrase"),
    [
        (list[str | None], "list; each item: text, or null"),
        (list[str] | None, "null, or list; each item: text"),
        (dict[str, float | None], "object with names as needed; each value: number, or null"),
        (dict[str, float] | None, "null, or object with names as needed; each value: number"),
    ],
)
def test_what_may_be_null_is_told_apart_a_list_or_its_items(kind: Any, phrase: str) -> None:
    """A model that puts null in the wrong place is asked a second time."""
    shape = shape_of(attrs.make_class("Plan", {"notes": attrs.field(type=kind)}))

    assert f'- "notes": {phrase}' == structured_question("Which notes are there?", shape).splitlines()[-1]


def test_a_class_within_itself_is_named_where_its_fields_stand() -> None:
    """Else "as above" would be about nothing: at the top, and in a field."""
    assert structured_question("Which parts are there?", shape_of(Node)).splitlines()[-3:] == [
        "Fields of Node:",
        '- "name": text',
        '- "children": list; each item: object Node, as above (may be left out)',
    ]


def test_the_second_question_stands_for_itself() -> None:
    """It has the question, what was wrong, and the shape again."""
    problem = text("field_problem", field="height", problem=text("value_missing"))
    asked = follow_up_question("Какая высота этажа?", shape_of(Room), [problem])

    assert asked.startswith(
        "Какая высота этажа?\n\nПредыдущий ответ не подошёл:\n- height: нет значения\n\nОтветь ещё раз, полностью. "
    )
    assert asked.endswith(RUSSIAN.partition("\n\n")[2])
