"""A PDF as a `Document`: the text of its pages, and what of it could not be read."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import attrs

from ....catalog import LocalizedText, text as localized
from ..document import Document, Limits, Page, Progress, UnreadableDocumentError, UnreadKind, UnreadPart
from ..ocr import Recognizer
from ..text_repair import is_made_of_words, mended
from .divided_words import with_whole_words
from .page_extras import page_extras
from .page_picture import page_picture
from .page_survey import survey
from .pdf_file import PdfError, PdfFile, PdfPage, open_pdf
from .pictures import has_content_without_text, is_scan_with_a_caption
from .superscripts import text_with_superscripts
from .tables import text_with_tables
from .turned_text import text_with_runs_apart

# PDFium is not thread-safe: one document at a time in the whole process.
_PDFIUM_LOCK = threading.Lock()

_THREE_LETTERS = re.compile(r"(?:[\W_]*[^\W_]){3}")  # or digits; what has fewer is no text
_MOST_NAMES = 3  # of attached files, in an error


@attrs.frozen
class _ReadPage:
    """The text of a page, why some of it is missing, and the names of files that are attached to it."""

    text: str
    unread: UnreadKind | None = None
    attached: tuple[str, ...] = ()


def read_pdf(path: Path, name: str, limits: Limits, progress: Progress, recognizer: Recognizer | None = None) -> Document:
    """The document with those of its pages that have text.

    Raises `UnreadableDocumentError` for a broken or encrypted PDF, and for one without any text.
    """
    try:
        with _PDFIUM_LOCK, open_pdf(path) as file:
            read = list(_pages(file, limits, progress, recognizer))
            names = [*file.attachment_names(), *(name for page in read for name in page.attached)]
            page_count = file.page_count
    except PdfError as error:
        raise UnreadableDocumentError(name, localized("pdf_protected" if error.encrypted else "pdf_broken")) from None
    pages = tuple(Page(number, page.text) for number, page in enumerate(read, start=1) if page.text)
    names = list(dict.fromkeys(names))
    if not pages:
        raise UnreadableDocumentError(name, _why_without_text(read, names, limits, recognizer))
    return Document(name=name, pages=pages, page_count=page_count, unread=tuple(_unread(read, page_count, names)))


def _pages(file: PdfFile, limits: Limits, progress: Progress, recognizer: Recognizer | None) -> Iterator[_ReadPage]:
    wanted = min(file.page_count, limits.pages)
    for index in range(wanted):
        progress(index, wanted)
        with file.page(index) as page:
            yield _read(page, recognizer) if page else _ReadPage("", "no_text")


def _read(page: PdfPage, recognizer: Recognizer | None) -> _ReadPage:
    """The text, or where it is missing or cannot be trusted what is recognized in the page's picture, and its extras below."""
    found, extras = mended(with_whole_words(_text(page))), page_extras(page)
    text, unread = found.text, cast("UnreadKind | None", None)
    if found.garbled:
        unread = "garbled_text"
    elif page.has_unknown_letters() and not is_made_of_words(text):
        text, unread = "", "garbled_text"
    elif not _has_text(text):
        unread = "no_text" if has_content_without_text(page) else None
    elif is_scan_with_a_caption(page, text):
        unread = "little_text"
    if unread and recognizer and (recognized := _recognized(page, recognizer)):
        text = _joined(text, recognized) if unread == "little_text" else recognized
        unread = "recognized"
    whole = "\n".join([text, *extras.lines]) if extras.lines else text
    return _ReadPage(whole if _has_text(whole) else "", unread, extras.attached)


def _text(page: PdfPage) -> str:
    """The text of the page, read in the way that its survey asks for."""
    found = survey(page)
    if found.turned:
        return text_with_runs_apart(page, found)
    text = text_with_tables(page, found) if found.table or found.columns else None
    return text or text_with_superscripts(page, found.raised)


def _recognized(page: PdfPage, recognizer: Recognizer) -> str:
    picture = page_picture(page)
    text = recognizer.text(picture) if picture else ""
    return text if is_made_of_words(text) else ""


def _joined(text: str, recognized: str) -> str:
    """The text of the page, and below it the recognized lines that do not repeat it."""
    known = _letters(text)
    lines = [line for line in recognized.split("\n") if not line or not (letters := _letters(line)) or letters not in known]
    return "\n".join([text.rstrip(), "", *lines])


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def _has_text(text: str) -> bool:
    return _THREE_LETTERS.match(text) is not None


def _unread(read: list[_ReadPage], page_count: int, names: list[str]) -> Iterator[UnreadPart]:
    kinds: tuple[UnreadKind, ...] = ("no_text", "little_text", "garbled_text", "recognized")
    for kind in kinds:
        if pages := tuple(number for number, page in enumerate(read, start=1) if page.unread == kind):
            yield UnreadPart(kind=kind, pages=pages)
    if len(read) < page_count:
        yield UnreadPart(kind="too_many_pages", pages=tuple(range(len(read) + 1, page_count + 1)))
    if names:
        yield UnreadPart(kind="attachments", names=tuple(names))


def _why_without_text(read: list[_ReadPage], names: list[str], limits: Limits, recognizer: Recognizer | None) -> LocalizedText:
    if any(page.unread == "garbled_text" for page in read):
        return localized("pdf_garbled")
    if names:
        more = ["…"] if len(names) > _MOST_NAMES else []
        return localized("pdf_only_files", names=[*names[:_MOST_NAMES], *more])
    if not limits.recognize:
        return localized("pdf_recognition_off")
    return localized("pdf_not_recognized" if recognizer else "pdf_without_text")
