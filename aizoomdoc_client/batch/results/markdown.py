"""Results as a page of Markdown: failures first, then each document with its questions and answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ...catalog import Language
from ...notebook import as_markdown
from .answer_markup import answer_markdown, is_web_link
from .row import ResultRow
from .sections import Sections, document_link, without_controls
from .summary import ResultSummary
from .wording import STATES, effort_shown, local_time, place, state_word, word

__all__ = ["write_markdown"]

_QUESTION_LEVEL = 3  # of headings: below the page and the document


def write_markdown(
    rows: Iterable[ResultRow], file: BinaryIO, *, summary: ResultSummary, language: Language, folder: Path, home: Path
) -> int:
    """Writes the page and returns how many rows there were.

    Answers are quotations, so that nothing in them changes the rest of the page. `folder` is for a temporary file, `home` the
    folder that links start from.
    """
    count = 0
    with Sections.in_folder(folder) as sections:
        for row in rows:
            count += 1
            if row.is_failure:
                sections.add_failure(_failure(row, language))
            sections.add(row.task.document, _answer(row, language))
        file.writelines(piece.encode("utf-8", errors="replace") for piece in _page(sections, summary, language, home))
    return count


def _page(sections: Sections, summary: ResultSummary, language: Language, home: Path) -> Iterator[str]:
    yield f"# {_line(summary.title) or word('results', language)}\n\n"
    yield from (f"- {fact}\n" for fact in _facts(summary, language))
    if sections.has_failures:
        yield f"\n## {word('failures', language)}\n\n"
        yield from sections.failures
    for document, answers in sections.documents:
        link = document_link(document, home)
        name = _line(document.name) or word("document", language)
        yield f"\n## {name if link is None else f'[{name}](<{link}>)'}\n"
        yield from answers


def _facts(summary: ResultSummary, language: Language) -> Iterator[str]:
    if summary.server_url:
        yield f"{word('server', language)}: {_line(summary.server_url)}"
    if summary.started_at is not None:
        yield f"{word('started', language)}: {local_time(summary.started_at)}"
    yield f"{word('tasks', language)}: {summary.total}"
    yield from (f"{state_word(state, language)}: {summary.counts[state]}" for state in STATES if state in summary.counts)


def _failure(row: ResultRow, language: Language) -> str:
    return f"- **{_line(row.task.document.name)}** — {_line(row.task.question.heading)} — {_error(row, language)}\n"


def _answer(row: ResultRow, language: Language) -> str:
    return "\n" + "\n\n".join([f"### {_line(row.task.question.heading)}", *_parts(row, language)]) + "\n"


def _parts(row: ResultRow, language: Language) -> Iterator[str]:
    answer = row.answer
    if row.error is not None:
        yield f"**{state_word(row.state, language)}**: {_error(row, language)}"
    elif answer is None:
        yield f"*{state_word(row.state, language)}*"
    if answer is not None and answer.text:
        yield answer_markdown(answer.text, below=_QUESTION_LEVEL)
    if row.raw_text and answer is None:
        yield f"{word('raw_text', language)}:\n\n{answer_markdown(row.raw_text, below=_QUESTION_LEVEL)}"
    values = [f"- {_line(name)}: {'' if value is None else _line(str(value))}" for name, value in row.named_values]
    if values:
        yield "\n".join(values)
    if answer is not None:
        places = dict.fromkeys(_line(place(source.document, source.page, language)) for source in answer.sources)
        if places:
            yield "\n".join([f"{word('sources', language)}:", "", *(f"- {each}" for each in places)])
        images = [image.url for image in answer.images if is_web_link(image.url)]
        if images:
            yield "\n".join([f"{word('images', language)}:", "", *(f"- {_line(url)}" for url in dict.fromkeys(images))])
        yield from (f"*{word('note', language)}: {_line(note)}*" for note in answer.notes)
    if effort := effort_shown(row, language):
        yield f"*{effort}*"


def _error(row: ResultRow, language: Language) -> str:
    return "" if row.error is None else _line(row.error.render(language))


def _line(text: str) -> str:
    return as_markdown(without_controls(text))
