"""Answers without a model: the passages found are quoted, and said to be extracts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Iterator

from ..searching.passages import HEADING_SEPARATOR
from ..searching.table_rows import is_table_row
from .answerer import Delta, Group, Question, Quote

MODEL = "extracts"

_INTRODUCTION = "Это выдержки из документов, а не ответ модели: сервер работает без неё."
_NO_DOCUMENTS = (
    "Спрашивать пока не о чем: нет ни одного документа. Прикрепите файл к сообщению (`aizoomdoc file upload ФАЙЛ`)"
    " или запустите сервер с папкой документов (`aizoomdoc serve --projects ПАПКА`)."
)
_MOST_NAMES = 10
_PROSE_SHARE = 0.75  # of the longest line
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class ExtractsAnswerer:
    """Quotes the passages found, and says that they are extracts; `pace` is the pause between two words in seconds."""

    model = MODEL

    def __init__(self, pace: float = 0.0) -> None:
        self._pace = pace

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        """The quotes word by word; in the complex profile after how they were found, as thinking."""
        if question.settings.model_profile == "complex":
            async for delta in self._paced(thinking(question), thinking_aloud=True):
                yield delta
        async for delta in self._paced(extracts(question)):
            yield delta

    async def _paced(self, text: str, *, thinking_aloud: bool = False) -> AsyncGenerator[Delta, None]:
        for word in words(text):
            yield Delta(word, thinking_aloud)
            await asyncio.sleep(self._pace)


def words(text: str) -> list[str]:
    """The words of `text`, each with the white space after it; joined they are the text."""
    return re.findall(r"^\s+|\S+\s*", text)


def thinking(question: Question) -> str:
    """How the passages were found."""
    documents = sum(len(group.documents) for group in question.groups)
    quotes = sum(len(group.quotes) for group in question.groups)
    unreadable = sum(len(group.unreadable) for group in question.groups)
    tail = f" Не прочитано: {unreadable}." if unreadable else ""
    return f"Ищу слова и обозначения из вопроса. Документов просмотрено: {documents}. Выдержек отобрано: {quotes}.{tail}"


def extracts(question: Question) -> str:
    """The whole answer in Markdown."""
    if not any(group.documents for group in question.groups):
        return _NO_DOCUMENTS
    parts = [_INTRODUCTION]
    for number, group in enumerate(question.groups, start=1):
        if question.compares:
            parts.append(f"### Группа {number}: {_names(group.documents)}")
        parts.extend(_group(group))
    return "\n\n".join(parts)


def _group(group: Group) -> Iterator[str]:
    if group.quotes:
        yield from map(_quote, group.quotes)
    elif len(group.unreadable) < len(group.documents):
        yield f"По этому вопросу ничего не найдено. Просмотрены: {_names(_readable(group))}."
    if group.unreadable:
        yield "Не удалось прочитать:\n\n" + "\n".join(f"- «{_clean(name)}»: {reason}" for name, reason in group.unreadable)


def _readable(group: Group) -> tuple[str, ...]:
    unreadable = {name for name, _ in group.unreadable}
    return tuple(name for name in group.documents if name not in unreadable)


def _quote(quote: Quote) -> str:
    heading = HEADING_SEPARATOR.join(part for part in quote.heading.split(HEADING_SEPARATOR) if part not in quote.text)
    above = [f"**{heading}**", ""] if heading else []
    lines = [*above, *_with_breaks(quote.text.split("\n")), "", f"— «{quote.document}», стр. {quote.page}"]
    return "\n".join(f"> {_clean(line)}" if line.strip() else ">" for line in lines)


def _with_breaks(lines: list[str]) -> list[str]:
    """The lines with Markdown's hard break after rows of a table and short lines; only lines of prose may be joined."""
    full = _PROSE_SHARE * max(map(len, lines))
    bare = [line.rstrip() for line in lines]
    return [line + "  " if line and (is_table_row(line) or len(line) < full) else line for line in bare[:-1]] + bare[-1:]


def _names(names: Iterable[str]) -> str:
    names = list(names)
    shown = ", ".join(f"«{_clean(name)}»" for name in names[:_MOST_NAMES])
    return shown + (f" и ещё {len(names) - _MOST_NAMES}" if len(names) > _MOST_NAMES else "")


def _clean(line: str) -> str:
    """`line` without control characters and marks of text direction."""
    return _CONTROLS.sub("", line)
