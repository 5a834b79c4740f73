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
from .word_text import WordText
from .word_xml import MOST_STYLES, WORD, children, value_of

_OTHER_KINDS = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
_DEEPEST_HEADING = 6


def read_docx(path: Path, name: str) -> Document:
    """The text as one page, since where pages end is the printer's business. Raises `UnreadableDocumentError`."""
    try:
        document = _opened(path)
        text_of = WordText.of_document(document)
        lines = [*_edges(document, text_of.beside), *_blocks(document.element.body, text_of, _heading_levels(document))]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (whatever the library finds in a broken file)
        raise UnreadableDocumentError(name, localized("office_broken")) from None
    text = "\n".join(lines).strip()
    if not text:
        raise UnreadableDocumentError(name, localized("document_without_text"))
    return Document(name=name, pages=(Page(1, text),), page_count=1, has_markup=True)


def _opened(path: Path) -> Any:
    """The document as `docx.Document` opens it, which refuses templates and documents with macros."""
    parts: Any = import_module("docx.opc.part")
    main: Any = import_module("docx.parts.document").DocumentPart
    package: Any = import_module("docx.package").Package
    parts.PartFactory.part_type_for.update(dict.fromkeys(_OTHER_KINDS, main))
    return package.open(str(path)).main_document_part.document


def _heading_levels(document: Any) -> dict[str, int]:
    """The level of each style of headings, also of those that are based on one, by its id."""
    return {style.style_id: level for style in document.styles if (level := _heading_level(style))}


def _heading_level(style: Any) -> int:
    """The level of the style, 0 for one that is not of headings; the names of Word's own are English whatever the language."""
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


def _blocks(parent: Any, text_of: WordText, levels: dict[str, int]) -> Iterator[str]:
    """The lines of the paragraphs and tables in an element; those of a content control are part of it."""
    for child in children(parent, "p", "tbl"):
        if child.tag == f"{WORD}p":
            yield from _paragraph(child, text_of, levels)
        else:
            yield from ("", *spanned_table([*table_rows(child, text_of.of)]), "")
        yield from text_of.notes.taken() if text_of.notes else ()


def _paragraph(paragraph: Any, text_of: WordText, levels: dict[str, int]) -> Iterator[str]:
    """The lines of a paragraph, its number before the first; a number alone is counted, but no line."""
    number = text_of.number_of(paragraph)
    text = text_of.of(paragraph).strip()
    if not text:
        yield ""
        return
    level = levels.get(value_of(paragraph, "pPr/pStyle") or "", 0)
    number = "" if level and number == BULLET else number
    lines = (f"{number} {text}" if number else text).split("\n")
    yield from ("", f"{'#' * level} {' '.join(lines)}") if level else lines


def _edges(document: Any, text_of: WordText) -> Iterator[str]:
    """The text of headers and footers, each once; it stands above the first heading, since it is of no chapter."""
    found: dict[str, None] = {}
    for section in document.sections:
        for edge in (
            section.first_page_header,
            section.header,
            section.even_page_header,
            section.first_page_footer,
            section.footer,
            section.even_page_footer,
        ):
            if not edge.is_linked_to_previous:
                found |= dict.fromkeys(line for line in text_of.of(edge.part.element).split("\n") if line.strip())
    yield from (*found, "") if found else ()
