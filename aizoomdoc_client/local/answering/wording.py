"""The sentences of answers, phases and notes in each language.

A placeholder ``{pages:страница|страницы|страниц}`` shows a number and the form of the word for it, ``{pages:~has|have}`` only the
form, and ``{pages:number}`` only the number.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import Any

from ...catalog import Language

RU: Mapping[str, str] = {
    # The answer
    "introduction": "Это выдержки из документов, а не ответ модели: сервер работает без неё.",
    "no_documents": (
        "Спрашивать пока не о чем: в этом чате нет ни одного документа. Прикрепите файл к вопросу"
        " (`aizoomdoc chat send --file ФАЙЛ ВОПРОС` или `aizoomdoc ask ФАЙЛ ВОПРОС`)"
        " или запустите сервер с папкой документов (`aizoomdoc serve --projects ПАПКА`)."
    ),
    "group": "### Группа {number}: {names}",
    "nothing_found": "По этому вопросу ничего не найдено. Просмотрены: {names}.",
    "nothing_found_yet": "По этому вопросу пока ничего не найдено.",
    "place": "— {document}, стр. {page}",
    "name": "«{name}»",
    "more": "{names} и ещё {more:number}",
    "found": (
        "Ищу слова и обозначения из вопроса. Документов просмотрено: {documents:number}. Выдержек отобрано: {quotes:number}."
    ),
    "found_unreadable": " Не прочитано: {unreadable:number}.",
    # Phases
    "reading": "Читаю документы",
    "documents_read": "Прочитано документов: {done:number} из {all:number}",
    "pages_read": "{documents}; страниц открытых: {done:number} из {all:number}",
    "searching": "Ищу в документах",
    "answering": "Готовлю ответ",
    "completed": "Обработка завершена",
    # Notes
    "unattached": "Загруженные файлы, не прикреплённые ни к одному вопросу, не просматривались: {names}.",
    "pending": "Ответ дан по {read:number} из {all:документа|документов|документов}; остальные ещё читаются.",
    "all_pending": "Документы ещё читаются ({all:number}); спросите немного позже.",
    "unreadable": "Не удалось прочитать {name}: {reason}.",
    "unreadable_many": "Не удалось прочитать {all:документ|документа|документов}: {names}.",
    "folder": "Папка {name} не просмотрена: {reason}.",
    "folder_many": "Не просмотрены папки ({all:number}): {names}.",
    "with_reason": "{name} ({reason})",
    "no_text": "В {name} {count:number} из {all:страницы|страниц|страниц} без текста (скан или чертёж).",
    "no_text_many": (
        "{count:страница|страницы|страниц} без текста (сканы или чертежи) в {documents:документе|документах|документах}: {names}."
    ),
    "little_text": (
        "В {name} почти нет текста на {count:number} из {all:страницы|страниц|страниц}: текстом записан, видимо, только штамп."
    ),
    "little_text_many": (
        "Почти нет текста на {count:странице|страницах|страницах} в {documents:документе|документах|документах}: {names}."
    ),
    "garbled_text": (
        "В {name} текст {count:number} из {all:страницы|страниц|страниц} не разобрать:"
        " в файле записаны не те знаки, которые видны."
    ),
    "garbled_text_many": (
        "Не разобрать текст {count:страницы|страниц|страниц} в {documents:документе|документах|документах}: {names}."
    ),
    "too_many_pages": "В {name} прочитаны только первые {read:number} из {all:страницы|страниц|страниц}.",
    "too_many_pages_many": "Прочитаны не все страницы {documents:документа|документов|документов}: {names}.",
    "attachments": "Вложения в {name} не читаются: {files}.",
    "attachments_many": "Не читаются вложения в {documents:документе|документах|документах}: {names}.",
    "recognized": (
        "В {name} текст {count:number} из {all:страницы|страниц|страниц} распознан по изображению, в нём возможны ошибки."
    ),
    "recognized_many": (
        "Распознан по изображению текст {count:страницы|страниц|страниц}, в нём возможны ошибки,"
        " в {documents:документе|документах|документах}: {names}."
    ),
    "uncalculated": (
        "В {name} на {count:number} из {all:листа|листов|листов} есть формулы без сохранённых результатов: этих значений нет;"
        " откройте файл в Excel или LibreOffice и сохраните."
    ),
    "uncalculated_many": (
        "Нет значений формул без сохранённых результатов ({count:лист|листа|листов})"
        " в {documents:документе|документах|документах}: {names}. Откройте файлы в Excel или LibreOffice и сохраните."
    ),
    "hidden_sheets": "В {name} прочитаны и скрытые листы: {files}.",
    "hidden_sheets_many": "Прочитаны и скрытые листы в {documents:документе|документах|документах}: {names}.",
}

EN: Mapping[str, str] = {
    "introduction": "These are extracts from the documents, not a model's answer: the server works without one.",
    "no_documents": (
        "There is nothing to ask about yet: this chat has no document. Attach a file to the question"
        " (`aizoomdoc chat send --file FILE QUESTION` or `aizoomdoc ask FILE QUESTION`),"
        " or start the server with a folder of documents (`aizoomdoc serve --projects DIR`)."
    ),
    "group": "### Group {number}: {names}",
    "nothing_found": "Nothing was found for this question. Searched: {names}.",
    "nothing_found_yet": "Nothing was found for this question so far.",
    "place": "— {document}, p. {page}",
    "name": "“{name}”",
    "more": "{names} and {more:number} more",
    "found": (
        "Searching for the words and codes of the question."
        " Documents searched: {documents:number}. Extracts chosen: {quotes:number}."
    ),
    "found_unreadable": " Not read: {unreadable:number}.",
    "reading": "Reading the documents",
    "documents_read": "Documents read: {done:number} of {all:number}",
    "pages_read": "{documents}; pages of open ones: {done:number} of {all:number}",
    "searching": "Searching the documents",
    "answering": "Preparing the answer",
    "completed": "Done",
    "unattached": "Uploaded files that are attached to no question were not searched: {names}.",
    "pending": "Answered from {read:number} of {all:document|documents}; the rest is still being read.",
    "all_pending": "The documents are still being read ({all:number}); ask again a little later.",
    "unreadable": "{name} could not be read: {reason}.",
    "unreadable_many": "{all:document|documents} could not be read: {names}.",
    "folder": "The folder {name} was not searched: {reason}.",
    "folder_many": "Folders were not searched ({all:number}): {names}.",
    "with_reason": "{name} ({reason})",
    "no_text": "{count:number} of {all:page|pages} of {name} {count:~has|have} no text (scan or drawing).",
    "no_text_many": "{count:page|pages} of {documents:document|documents} have no text (scans or drawings): {names}.",
    "little_text": (
        "{count:number} of {all:page|pages} of {name} {count:~has|have} hardly any text: probably only the title block is text."
    ),
    "little_text_many": "{count:page|pages} of {documents:document|documents} have hardly any text: {names}.",
    "garbled_text": (
        "The text of {count:number} of {all:page|pages} of {name} cannot be made out:"
        " the file has other characters than those that are seen."
    ),
    "garbled_text_many": "The text of {count:page|pages} of {documents:document|documents} cannot be made out: {names}.",
    "too_many_pages": "Only the first {read:number} of {all:page|pages} of {name} were read.",
    "too_many_pages_many": "Not all pages of {documents:document|documents} were read: {names}.",
    "attachments": "Attachments of {name} are not read: {files}.",
    "attachments_many": "Attachments of {documents:document|documents} are not read: {names}.",
    "recognized": "The text of {count:number} of {all:page|pages} of {name} was recognized in its picture and may have mistakes.",
    "recognized_many": (
        "The text of {count:page|pages} of {documents:document|documents} was recognized in pictures and may have mistakes:"
        " {names}."
    ),
    "uncalculated": (
        "Formulas on {count:number} of {all:sheet|sheets} of {name} have no stored results, so these values are missing;"
        " open the file in Excel or LibreOffice and save it."
    ),
    "uncalculated_many": (
        "Values are missing, as formulas on {count:sheet|sheets} of {documents:document|documents} have no stored results:"
        " {names}. Open the files in Excel or LibreOffice and save them."
    ),
    "hidden_sheets": "Hidden sheets of {name} were read, too: {files}.",
    "hidden_sheets_many": "Hidden sheets of {documents:document|documents} were read, too: {names}.",
}

_SENTENCES: Mapping[Language, Mapping[str, str]] = {"ru": RU, "en": EN}
_THOUSANDS: Mapping[Language, str] = {"ru": "\u00a0", "en": ","}


def sentence(code: str, language: Language, /, **values: Any) -> str:
    """The sentence of that code, with the values in its placeholders."""
    return _Formatter(language).vformat(_SENTENCES[language][code], (), values)


def enumeration(names: Iterable[str], most: int, language: Language) -> str:
    """The first `most` of the names with commas between, and how many more there are."""
    names = list(names)
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else sentence("more", language, names=shown, more=len(names) - most)


class _Formatter(string.Formatter):
    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if not format_spec:
            return str(value)
        number = f"{value:,}".replace(",", _THOUSANDS[self._language])
        if format_spec == "number":
            return number
        forms = format_spec.removeprefix("~").split("|")
        form = forms[_form_index(value, self._language)]
        return form if format_spec.startswith("~") else f"{number} {form}"


def _form_index(count: int, language: Language) -> int:
    """The index of the word's form for a number: one and many in English; один, два, пять in Russian."""
    if language == "en":
        return 0 if count == 1 else 1
    if count % 10 == 1 and count % 100 != 11:
        return 0
    return 1 if count % 10 in {2, 3, 4} and count % 100 not in {12, 13, 14} else 2
