"""The words of the results in each language: headings of columns, states, labels of pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from ...catalog import Language
from .row import ResultRow, ResultState

__all__ = ["STATES", "Word", "effort_shown", "local_time", "place", "state_word", "word"]

STATES: Final[tuple[ResultState, ...]] = ("failed", "skipped", "running", "waiting", "done")
"""The states, those first that need the user."""

Word = Literal[
    "answer",
    "answers",
    "attempts",
    "cut",
    "document",
    "duration",
    "error",
    "failures",
    "filter",
    "finished",
    "images",
    "no_match",
    "note",
    "notes",
    "page",
    "question",
    "questions",
    "raw_text",
    "results",
    "seconds",
    "server",
    "sources",
    "started",
    "state",
    "summary",
    "tasks",
]

_WORDS: Mapping[Word, tuple[str, str]] = {
    "answer": ("Answer", "Ответ"),
    "answers": ("Answers", "Ответы"),
    "attempts": ("Attempts", "Попыток"),
    "cut": (
        "… [cut: the cell is full, the whole text is in JSON lines]",
        "… [обрезано: ячейка заполнена, весь текст есть в JSONL]",
    ),
    "document": ("Document", "Документ"),
    "duration": ("{} s", "{} с"),
    "error": ("Error", "Ошибка"),
    "failures": ("Failures", "Не удалось"),
    "filter": ("Show only documents with", "Показать только документы с текстом"),
    "finished": ("Finished", "Завершено"),
    "images": ("Images", "Изображения"),
    "no_match": ("No document has this text", "Ни в одном документе нет такого текста"),
    "note": ("Note", "Примечание"),
    "notes": ("Notes", "Примечания"),
    "page": ("p. {}", "с. {}"),
    "question": ("Question", "Вопрос"),
    "questions": ("Questions", "Вопросы"),
    "raw_text": ("What the model answered", "Что ответила модель"),
    "results": ("Results", "Результаты"),
    "seconds": ("Seconds", "Секунд"),
    "server": ("Server", "Сервер"),
    "sources": ("Sources", "Источники"),
    "started": ("Started", "Начато"),
    "state": ("State", "Состояние"),
    "summary": ("Summary", "Сводка"),
    "tasks": ("Tasks", "Всего вопросов"),
}

_STATES: Mapping[ResultState, tuple[str, str]] = {
    "waiting": ("waiting", "ожидает"),
    "running": ("running", "выполняется"),
    "done": ("done", "готово"),
    "failed": ("failed", "ошибка"),
    "skipped": ("skipped", "пропущено"),
}


def word(name: Word, language: Language) -> str:
    """The word, or sentence, of that name."""
    return _WORDS[name][language == "ru"]


def state_word(state: ResultState, language: Language) -> str:
    """The word for a state."""
    return _STATES[state][language == "ru"]


def place(document: str, page: int | None, language: Language) -> str:
    """A source as text: the document, and its page if there is one."""
    return document if page is None else f"{document}, {word('page', language).format(page)}"


def effort_shown(row: ResultRow, language: Language) -> str:
    """The duration of an answer, its attempts if there were several, and its end; empty where nothing is known."""
    facts = list[str]()
    if row.seconds is not None:
        number = f"{row.seconds:.1f}"
        facts.append(word("duration", language).format(number.replace(".", ",") if language == "ru" else number))
    if row.attempts > 1:
        facts.append(f"{word('attempts', language)}: {row.attempts}")
    if row.finished_at is not None:
        facts.append(f"{word('finished', language)}: {local_time(row.finished_at)}")
    return "; ".join(facts)


def local_time(moment: datetime) -> datetime:
    """`moment` in local time, to the second, without a time zone, which spreadsheets do not have."""
    try:
        return moment.astimezone().replace(tzinfo=None, microsecond=0)
    except (OverflowError, ValueError, OSError):  # out of the range of the calendar or the system
        return moment.replace(tzinfo=None, microsecond=0)
