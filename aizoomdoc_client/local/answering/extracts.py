"""Answers without a model: the passages found are quoted, and said to be extracts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Iterator

from ...catalog import Language
from ...protocol.question_language import language_of
from ..searching.passages import HEADING_SEPARATOR
from ..searching.table_rows import is_markdown_row, looks_like_row, markdown_head_at
from .answerer import Delta, Group, Question, Quote
from .notes import name, reason_of_nothing, unattached_note
from .wording import listed, said

MODEL = "extracts"

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
    language = language_of(question.text)
    documents = sum(len(group.documents) - group.pending for group in question.groups)
    quotes = sum(len(group.quotes) for group in question.groups)
    unreadable = sum(len(group.unreadable) for group in question.groups)
    tail = said("found_unreadable", language, unreadable=unreadable) if unreadable else ""
    return said("found", language, documents=documents, quotes=quotes) + tail


def extracts(question: Question) -> str:
    """The whole answer in Markdown, in the language of the question."""
    language = language_of(question.text)
    if not any(group.documents for group in question.groups):
        unattached = [_clean(unattached_note(question.unattached, language))] if question.unattached else []
        return "\n\n".join([said("no_documents", language), *unattached])
    parts = [said("introduction", language)]
    for number, group in enumerate(question.groups, start=1):
        if question.compares:
            parts.append(said("group", language, number=number, names=_names(group.documents, language)))
        parts.extend(_group(group, language))
    return "\n\n".join(parts)


def _group(group: Group, language: Language) -> Iterator[str]:
    if group.quotes:
        yield from (_quote(quote, language) for quote in group.quotes)
    else:
        yield " ".join(_clean(part) for part in (_nothing(group, language), reason_of_nothing(group, language)) if part)


def _nothing(group: Group, language: Language) -> str | None:
    """That nothing was found, and where; None where there is nothing that was read."""
    unreadable = {name for name, _ in group.unreadable}
    searched = [name for name in group.documents if name not in unreadable]
    if not searched or group.pending == len(group.documents):
        return None
    if group.pending:
        return said("nothing_found_yet", language)
    return said("nothing_found", language, names=_names(searched, language))


def _quote(quote: Quote, language: Language) -> str:
    heading = HEADING_SEPARATOR.join(part for part in quote.heading.split(HEADING_SEPARATOR) if part not in quote.text)
    above = [f"**{heading}**", ""] if heading else []
    place = said("place", language, document=name(quote.document, language), page=quote.page)
    lines = [*above, *_laid_out(quote.text.split("\n")), "", place]
    return "\n".join(f"> {_clean(line)}" if line.strip() else ">" for line in _without_double_blanks(lines))


def _laid_out(lines: list[str]) -> Iterator[str]:
    """The lines, Markdown's tables among them as they are, between blank lines: a line right below would become a row."""
    number = 0
    text: list[str] = []
    while number < len(lines):
        if markdown_head_at(lines, number) is None:
            text.append(lines[number])
            number += 1
            continue
        yield from (*_with_breaks(text), "")
        text = []
        while number < len(lines) and is_markdown_row(lines[number]):
            yield lines[number].strip()
            number += 1
        yield ""
    yield from _with_breaks(text)


def _with_breaks(lines: list[str]) -> list[str]:
    """The lines with Markdown's hard break after rows of a table and short lines; only lines of prose may be joined."""
    full = _PROSE_SHARE * max(map(len, lines), default=0)
    bare = [line.rstrip() for line in lines]
    return [line + "  " if line and (looks_like_row(line) or len(line) < full) else line for line in bare[:-1]] + bare[-1:]


def _without_double_blanks(lines: Iterable[str]) -> Iterator[str]:
    above = ""
    for line in lines:
        if line.strip() or above.strip():
            yield line
        above = line


def _names(names: Iterable[str], language: Language) -> str:
    return _clean(listed((name(each, language) for each in names), _MOST_NAMES, language))


def _clean(line: str) -> str:
    """`line` without control characters and marks of text direction."""
    return _CONTROLS.sub("", line)
