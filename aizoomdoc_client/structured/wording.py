"""What is added to a question so that its answer has the wanted shape, in the question's language."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from ..catalog import Language, LocalizedText
from ..protocol.question_language import language_of
from .shape import AnyOf, Choice, Field, ListOf, MapOf, Nullable, Record, Scalar, Shape

__all__ = ["follow_up_question", "structured_question"]

_TEXTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "object": "Answer with one JSON object in a ```json block and write nothing after it.",
        "objects": "Answer with one JSON list of objects in a ```json block and write nothing after it.",
        "rules": (
            "What the documents do not tell is null: do not guess. "
            "References to sources stand before the block and not in the JSON."
        ),
        "fields": "Fields:",
        "fields_of": "Fields of {name}:",
        "unfit": "The answer before this one did not fit:",
        "again": "Answer once more, in full.",
        "text": "text",
        "number": "number",
        "whole": "whole number",
        "yes_no": "true or false",
        "date": "date, YYYY-MM-DD",
        "moment": "date and time, YYYY-MM-DDTHH:MM:SS",
        "time": "time, HH:MM:SS",
        "anything": "any value",
        "choice": "one of {values}",
        "list": "list; each item: {item}",
        "map": "object with names as needed; each value: {item}",
        "null": "{item}, or null",
        "null_first": "null, or {item}",
        "any": "{first} or {last}",
        "record": "object",
        "named": "object {name}",
        "described": "object {name}, as above",
        "optional": "may be left out",
    },
    "ru": {
        "object": "Ответь одним объектом JSON в блоке ```json и после него ничего не пиши.",
        "objects": "Ответь одним списком объектов JSON в блоке ```json и после него ничего не пиши.",
        "rules": (
            "Чего в документах нет, для того ставь null и ничего не придумывай. "
            "Ссылки на источники ставь перед блоком, а не внутри JSON."
        ),
        "fields": "Поля:",
        "fields_of": "Поля {name}:",
        "unfit": "Предыдущий ответ не подошёл:",
        "again": "Ответь ещё раз, полностью.",
        "text": "текст",
        "number": "число",
        "whole": "целое число",
        "yes_no": "true или false",
        "date": "дата, ГГГГ-ММ-ДД",
        "moment": "дата и время, ГГГГ-ММ-ДДTЧЧ:ММ:СС",
        "time": "время, ЧЧ:ММ:СС",
        "anything": "любое значение",
        "choice": "одно из: {values}",
        "list": "список, каждый элемент: {item}",
        "map": "объект с любыми именами, каждое значение: {item}",
        "null": "{item} или null",
        "null_first": "null или {item}",
        "any": "{first} или {last}",
        "record": "объект",
        "named": "объект {name}",
        "described": "объект {name}, как выше",
        "optional": "можно не указывать",
    },
}


def structured_question(question: str, shape: Shape) -> str:
    """The question with what its answer is to look like."""
    return f"{question}\n\n{_instruction(shape, language_of(question))}"


def follow_up_question(question: str, shape: Shape, problems: Sequence[LocalizedText]) -> str:
    """The question again, with what was wrong with the answer to it.

    It stands for itself: a server need not show its model the earlier messages, and may search documents for its words.
    """
    language = language_of(question)
    texts = _TEXTS[language]
    told = "\n".join(f"- {problem.render(language)}" for problem in problems)
    return f"{question}\n\n{texts['unfit']}\n{told}\n\n{texts['again']} {_instruction(shape, language)}"


def _instruction(shape: Shape, language: Language) -> str:
    texts = _TEXTS[language]
    kind = "objects" if isinstance(shape, ListOf) else "object"
    record = shape.item if isinstance(shape, ListOf) else shape
    assert isinstance(record, Record)
    about = [record.description] if record.description else []
    fields = texts["fields_of"].format(name=record.name) if _refers_to(record, record.kind) else texts["fields"]
    return "\n".join([f"{texts[kind]} {texts['rules']}", *about, fields, *_lines(record, texts, 0)])


def _lines(record: Record, texts: Mapping[str, str], depth: int) -> Iterator[str]:
    for field in record.fields:
        yield f"{'  ' * depth}- {_line(field, texts)}"
        inner = _record_in(field.shape)
        if inner is not None:
            yield from _lines(inner, texts, depth + 1)


def _line(field: Field, texts: Mapping[str, str]) -> str:
    inner = _record_in(field.shape)
    about = field.description or (inner.description if inner is not None else "")
    optional = "" if field.is_required else f" ({texts['optional']})"
    return f'"{field.name}": {_phrase(field.shape, texts)}{optional}' + (f" — {about}" if about else "")


def _phrase(shape: Shape, texts: Mapping[str, str]) -> str:
    match shape:
        case Scalar(kind):
            return texts[kind]
        case Choice(values):
            return texts["choice"].format(values=", ".join(json.dumps(value, ensure_ascii=False) for value in values))
        case ListOf(item):
            return texts["list"].format(item=_phrase(item, texts))
        case MapOf(item):
            return texts["map"].format(item=_phrase(item, texts))
        case Nullable(ListOf() | MapOf() as item):  # behind the words about its items, null would be one of these
            return texts["null_first"].format(item=_phrase(item, texts))
        case Nullable(item):
            return texts["null"].format(item=_phrase(item, texts))
        case AnyOf(items):
            *first, last = (_phrase(item, texts) for item in items)
            return texts["any"].format(first=", ".join(first), last=last)
        case Record(fields=()):
            return texts["described"].format(name=shape.name)
        case Record():
            return texts["named"].format(name=shape.name) if _refers_to(shape, shape.kind) else texts["record"]


def _refers_to(shape: Shape, kind: object) -> bool:
    """Whether the shape has a record of that class whose fields stand elsewhere, so that its name must stand there, too."""
    inner = _record_in(shape)
    if inner is None:
        return False
    return any(_refers_to(field.shape, kind) for field in inner.fields) if inner.fields else inner.kind == kind


def _record_in(shape: Shape) -> Record | None:
    while isinstance(shape, (ListOf, MapOf, Nullable)):
        shape = shape.item
    return shape if isinstance(shape, Record) else None
