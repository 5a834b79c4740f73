"""DOCX, read with python-docx: headers and footers, then headings, paragraphs, lists and tables in order, notes below each."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from ....catalog import text as localized
from ..document import Document, Page, UnreadableDocumentError
from ..spanned_table import spanned_table
from .word_numbers import BULLET
from .word_tables import table_rows
from .word_text import WordTextReader
from .word_xml import MOST_STYLES, WORD, children, value_of

_OTHER_CONTENT_TYPES = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
_DEEPEST_HEADING = 6  # as in Markdown


def read_docx(path: Path, name: str) -> Document:
    """The text as one page: the file does not say where pages end. Raises `UnreadableDocumentError`."""
    try:
        document = _open(path)
        reader = WordTextReader.of_document(document)
        lines = [
            *_headers_and_footers(document, reader.plain),
            *_blocks(document.element.body, reader, _heading_levels(document)),
        ]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (whatever the library finds in a broken file)
        raise UnreadableDocumentError(name, localized("office_broken")) from None
    text = "\n".join(lines).strip()
    if not text:
        raise UnreadableDocumentError(name, localized("document_without_text"))
    return Document(name=name, pages=(Page(1, text),), page_count=1, has_markup=True)


def _open(path: Path) -> Any:
    """The document; unlike `docx.Document`, this also opens templates and documents with macros."""
    parts: Any = import_module("docx.opc.part")
    main: Any = import_module("docx.parts.document").DocumentPart
    package: Any = import_module("docx.package").Package
    parts.PartFactory.part_type_for.update(dict.fromkeys(_OTHER_CONTENT_TYPES, main))
    return package.open(str(path)).main_document_part.document


def _heading_levels(document: Any) -> dict[str, int]:
    """The level of each heading style, or style based on one, by its id."""
    return {style.style_id: level for style in document.styles if (level := _heading_level(style))}


def _heading_level(style: Any) -> int:
    """The level of a heading style, 0 for any other; in the file Word's own styles have English names in every language."""
    for _ in range(MOST_STYLES):
        words = (style.name or "").lower().split()
        if len(words) == 2 and words[0] == "heading" and words[1].isdigit():
            return min(int(words[1]), _DEEPEST_HEADING)
        if words == ["title"]:
            return 1
        style = getattr(style, "base_style", None)
        if style is None:
            break
    return 0


def _blocks(parent: Any, reader: WordTextReader, levels: dict[str, int]) -> Iterator[str]:
    """The lines of the paragraphs and tables in an element, each followed by the notes that it refers to first."""
    for child in children(parent, "p", "tbl"):
        if child.tag == f"{WORD}p":
            yield from _paragraph(child, reader, levels)
        else:
            yield from ("", *spanned_table([*table_rows(child, reader.text)]), "")
        yield from reader.notes.take() if reader.notes else ()


def _paragraph(paragraph: Any, reader: WordTextReader, levels: dict[str, int]) -> Iterator[str]:
    """The lines of a paragraph, the first one with its number; a paragraph without text is counted and gives an empty line."""
    number = reader.count(paragraph)
    text = reader.text(paragraph).strip()
    if not text:
        yield ""
        return
    level = levels.get(value_of(paragraph, "pPr/pStyle") or "", 0)
    number = "" if level and number == BULLET else number
    lines = (f"{number} {text}" if number else text).split("\n")
    yield from ("", f"{'#' * level} {' '.join(lines)}") if level else lines


def _headers_and_footers(document: Any, reader: WordTextReader) -> Iterator[str]:
    """The lines of headers and footers, each once; they come before the first heading, because they belong to no chapter."""
    found: dict[str, None] = {}
    for section in document.sections:
        for part in (
            section.first_page_header,
            section.header,
            section.even_page_header,
            section.first_page_footer,
            section.footer,
            section.even_page_footer,
        ):
            if not part.is_linked_to_previous:
                found |= dict.fromkeys(line for line in reader.text(part.part.element).split("\n") if line.strip())
    yield from (*found, "") if found else ()
