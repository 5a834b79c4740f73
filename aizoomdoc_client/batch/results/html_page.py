"""Results as one HTML page that needs nothing else: failures first, then each document with its questions and answers."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from ...answer import Answer
from ...catalog import Language
from .answer_markup import answer_html, is_web_link
from .html_assets import POLICY, SCRIPT, STYLE
from .row import ResultRow
from .sections import Sections, document_link, without_controls
from .summary import ResultSummary
from .wording import STATES, Word, effort_shown, local_time, place, state_word, word

__all__ = ["write_html"]

_QUESTION_LEVEL = 3  # of headings: below the page and the document


def write_html(
    rows: Iterable[ResultRow], file: BinaryIO, *, summary: ResultSummary, language: Language, folder: Path, home: Path
) -> int:
    """Writes the page and returns how many rows there were.

    It loads nothing and runs nothing but its own filter, which it can do without. `folder` is for a temporary file, `home` the
    folder that links to documents start from.
    """
    count = 0
    with Sections.in_folder(folder) as sections:
        for row in rows:
            count += 1
            if row.is_failure:
                sections.add_failure(_failure(row, sections.number(row.task.document), language))
            sections.add(row.task.document, "".join(_answer(row, language)))
        file.writelines(piece.encode("utf-8", errors="replace") for piece in _page(sections, summary, language, home))
    return count


def _page(sections: Sections, summary: ResultSummary, language: Language, home: Path) -> Iterator[str]:
    title = _text(summary.title or word("results", language))
    yield f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
    yield f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    yield f'<a class="skip" href="#answers">{_word("answers", language)}</a>\n<header>\n<h1 dir="auto">{title}</h1>\n<dl>\n'
    yield from (f'<dt>{name}</dt><dd dir="auto">{fact}</dd>\n' for name, fact in _facts(summary, language))
    yield "</dl>\n</header>\n"
    yield f'<div class="filter" hidden><label for="filter">{_word("filter", language)}</label>'
    yield '<input id="filter" type="search" autocomplete="off"></div>\n<main id="answers" tabindex="-1">\n'
    yield f'<p id="no-match" role="status" hidden>{_word("no_match", language)}</p>\n'
    if sections.has_failures:
        yield f'<section class="failures" aria-labelledby="failures"><h2 id="failures">{_word("failures", language)}</h2>\n<ul>\n'
        yield from sections.failures
        yield "</ul>\n</section>\n"
    for number, (document, answers) in enumerate(sections.documents, start=1):
        name, link = _text(document.name or word("document", language)), document_link(document, home)
        shown = name if link is None else f'<a href="{html.escape(link)}">{name}</a>'
        yield f'<article class="document" id="d{number}" aria-labelledby="h{number}"><h2 id="h{number}" dir="auto">{shown}</h2>\n'
        yield from answers
        yield "</article>\n"
    yield f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"


def _facts(summary: ResultSummary, language: Language) -> Iterator[tuple[str, str]]:
    if summary.server_url:
        yield _word("server", language), _text(summary.server_url)
    if summary.started_at is not None:
        yield _word("started", language), _text(str(local_time(summary.started_at)))
    yield _word("tasks", language), str(summary.total)
    for state in STATES:
        if state in summary.counts:
            yield _text(state_word(state, language)), str(summary.counts[state])
    if summary.questions:
        yield _word("questions", language), '</dd><dd dir="auto">'.join(map(_text, summary.questions))


def _failure(row: ResultRow, number: int, language: Language) -> str:
    document = _text(row.task.document.name or word("document", language))
    question = _text(row.task.question.heading)
    return f'<li dir="auto"><a href="#d{number}">{document}</a> — {question} — {_error(row, language)}</li>\n'


def _answer(row: ResultRow, language: Language) -> Iterator[str]:
    answer = row.answer
    yield f'<section class="answer state-{row.state}"><h3 dir="auto">{_text(row.task.question.heading)}</h3>\n'
    if row.error is not None:
        yield f'<p class="error" dir="auto">{_text(state_word(row.state, language))}: {_error(row, language)}</p>\n'
    elif answer is None:
        yield f'<p class="meta">{_text(state_word(row.state, language))}</p>\n'
    if answer is not None:
        yield f'<div class="text" dir="auto">{answer_html(answer.text, below=_QUESTION_LEVEL)}</div>\n'
    elif row.raw_text:
        yield f'<p class="meta">{_word("raw_text", language)}</p><pre dir="auto">{_text(row.raw_text)}</pre>\n'
    values = ((_text(name), "" if value is None else _text(str(value))) for name, value in row.named_values)
    if shown := "".join(f'<dt>{name}</dt><dd dir="auto">{value}</dd>' for name, value in values):
        yield f"<dl>{shown}</dl>\n"
    if answer is not None:
        yield from _rests_on(answer, language)
    if effort := effort_shown(row, language):
        yield f'<p class="meta">{_text(effort)}</p>\n'
    yield "</section>\n"


def _rests_on(answer: Answer, language: Language) -> Iterator[str]:
    places = dict.fromkeys(_text(place(source.document, source.page, language)) for source in answer.sources)
    yield _list(_word("sources", language), places)
    urls = dict.fromkeys(image.url for image in answer.images if is_web_link(image.url))
    links = [f'<a href="{_text(url)}" rel="noopener noreferrer nofollow">{_text(url)}</a>' for url in urls]
    yield _list(_word("images", language), links)
    yield from (f'<p class="note" dir="auto">{_word("note", language)}: {_text(note)}</p>\n' for note in answer.notes)


def _list(heading: str, items: Iterable[str]) -> str:
    lines = "".join(f'<li dir="auto">{item}</li>' for item in items)
    return f'<div class="places">{heading}:<ul>{lines}</ul></div>\n' if lines else ""


def _error(row: ResultRow, language: Language) -> str:
    return "" if row.error is None else _text(row.error.render(language))


def _word(name: Word, language: Language) -> str:
    return _text(word(name, language))


def _text(text: str) -> str:
    return html.escape(without_controls(text))
