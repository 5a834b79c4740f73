"""An image file as a `Document`: each of its pages is recognized."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ....catalog import LocalizedText, text as localized
from ..document import Document, Limits, Page, Progress, UnreadableDocumentError, UnreadPart
from ..ocr import Recognizer
from ..text_repair import is_made_of_words
from .headers import HEAD_BYTES, MOST_PIXELS, BrokenImageError, ImagePage, ImageSize, image_kind, image_size
from .tiff import tiff_pages

_LONGEST_SIDE = 32_767  # pixels, the most that Tesseract accepts


def image_pages(path: Path) -> list[ImagePage]:
    """The pages of an image file. Raises `BrokenImageError` and `OSError`."""
    with path.open("rb") as file:
        kind = image_kind(file.read(HEAD_BYTES))
        if kind is None:
            raise BrokenImageError
        return tiff_pages(file) if kind == "tiff" else [ImagePage(image_size(file, kind))]


def read_image(path: Path, name: str, limits: Limits, progress: Progress, recognizer: Recognizer | None) -> Document:
    """The pages with text. Raises `UnreadableDocumentError` where there is none, or no `recognizer`."""
    try:
        all_pages = image_pages(path)
    except BrokenImageError:
        raise UnreadableDocumentError(name, localized("image_broken")) from None
    if recognizer is None:
        raise UnreadableDocumentError(name, localized("image_needs_recognition" if limits.recognize else "image_recognition_off"))
    read = all_pages[: limits.pages]
    texts = list(_texts(path, read, progress, recognizer))
    pages = tuple(Page(number, text) for number, text in enumerate(texts, start=1) if text)
    if not pages:
        raise UnreadableDocumentError(name, _why_without_text(read))
    return Document(name=name, pages=pages, page_count=len(all_pages), unread=tuple(_unread(texts, len(all_pages))))


def _texts(path: Path, pages: list[ImagePage], progress: Progress, recognizer: Recognizer) -> Iterator[str]:
    for number, page in enumerate(pages):
        progress(number, len(pages))
        text = "" if _is_too_large(page.size) else recognizer.text_of_file(path, page.size.pixels, page.directory)
        yield text if is_made_of_words(text) else ""


def _is_too_large(size: ImageSize) -> bool:
    return size.pixels > MOST_PIXELS or max(size.width, size.height) > _LONGEST_SIDE


def _unread(texts: list[str], page_count: int) -> Iterator[UnreadPart]:
    if empty := tuple(number for number, text in enumerate(texts, start=1) if not text):
        yield UnreadPart(kind="no_text", pages=empty)
    yield UnreadPart(kind="recognized", pages=tuple(number for number, text in enumerate(texts, start=1) if text))
    if len(texts) < page_count:
        yield UnreadPart(kind="too_many_pages", pages=tuple(range(len(texts) + 1, page_count + 1)))


def _why_without_text(pages: list[ImagePage]) -> LocalizedText:
    if all(_is_too_large(page.size) for page in pages):
        return localized("image_too_large", most=MOST_PIXELS, side=_LONGEST_SIDE)
    return localized("image_not_recognized")
