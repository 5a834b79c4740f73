"""Answers without a model: they quote the passages found, and say so."""

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
from .wording import enumeration, sentence

MODEL = "extracts"

_MOST_NAMES = 10
_PROSE_SHARE = 0.75  # of the longest line's length; a shorter line ends on purpose
# Control characters but tab and line feed, and marks of text direction.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class ExtractsAnswerer:
    """Quotes the passages found; `pace` is the pause after each word in seconds."""

    model = MODEL

    def __init__(self, pace: float = 0.0) -> None:
        self._pace = pace

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        """The quotes word by word; in the complex profile, thinking that says how they were found comes first."""
        if question.settings.model_profile == "complex":
            async for delta in self._paced(thinking(question), is_thinking=True):
                yield delta
        async for delta in self._paced(extracts(question)):
            yield delta

    async def _paced(self, text: str, *, is_thinking: bool = False) -> AsyncGenerator[Delta, None]:
        for word in words(text):
            yield Delta(word, is_thinking)
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
    tail = sentence("found_unreadable", language, unreadable=unreadable) if unreadable else ""
    return sentence("found", language, documents=documents, quotes=quotes) + tail


def extracts(question: Question) -> str:
    """The whole answer in Markdown, in the language of the question."""
    language = language_of(question.text)
    if not any(group.documents for group in question.groups):
        unattached = [_clean(unattached_note(question.unattached, language))] if question.unattached else []
        return "\n\n".join([sentence("no_documents", language), *unattached])
    parts = [sentence("introduction", language)]
    for number, group in enumerate(question.groups, start=1):
        if question.compares:
            parts.append(sentence("group", language, number=number, names=_names(group.documents, language)))
        parts.extend(_group(group, language))
    return "\n\n".join(parts)


def _group(group: Group, language: Language) -> Iterator[str]:
    if group.quotes:
        yield from (_quote(quote, language) for quote in group.quotes)
    else:
        yield " ".join(_clean(part) for part in (_nothing(group, language), reason_of_nothing(group, language)) if part)


def _nothing(group: Group, language: Language) -> str | None:
    """A sentence that nothing was found, and where; None where no document was searched."""
    unreadable = {name for name, _ in group.unreadable}
    searched = [name for name in group.documents if name not in unreadable]
    if not searched or group.pending == len(group.documents):
        return None
    if group.pending:
        return sentence("nothing_found_yet", language)
    return sentence("nothing_found", language, names=_names(searched, language))


def _quote(quote: Quote, language: Language) -> str:
    heading = HEADING_SEPARATOR.join(part for part in quote.heading.split(HEADING_SEPARATOR) if part not in quote.text)
    above = [f"**{heading}**", ""] if heading else []
    place = sentence("place", language, document=name(quote.document, language), page=quote.page)
    lines = [*above, *_laid_out(quote.text.split("\n")), "", place]
    return "\n".join(f"> {_clean(line)}" if line.strip() else ">" for line in _without_double_blanks(lines))


def _laid_out(lines: list[str]) -> Iterator[str]:
    """The lines with hard breaks; tables stay as they are, between blank lines, because the next line would become a row."""
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
    """The lines with Markdown's hard break after each row of a table and each short line; lines of prose may be joined."""
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
    return _clean(enumeration((name(each, language) for each in names), _MOST_NAMES, language))


def _clean(line: str) -> str:
    """`line` without control characters and marks of text direction."""
    return _CONTROLS.sub("", line)
