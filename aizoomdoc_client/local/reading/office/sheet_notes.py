"""The texts of a sheet that are not in its cells: comments, labels of shapes and charts, and the header and footer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
# &"Arial,Bold", &KFF0000, &12 and &P: font, colour, size, and what Excel inserts.
_FORMAT_CODES = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|\d+|[A-Z])')
_HEADERS_AND_FOOTERS = ("oddHeader", "evenHeader", "firstHeader", "oddFooter", "evenFooter", "firstFooter")


def notes(archive: Any, sheet_path: str) -> list[str]:
    """The comments of the sheet, each with its cell, then the labels of its shapes and charts."""
    return [*_comments(archive, sheet_path), *_labels(archive, sheet_path)]


def headers_and_footers(header_footer: Any) -> list[str]:
    """The header and footer, each text once, without the codes of fonts, page numbers and dates."""
    texts = (
        getattr(getattr(getattr(header_footer, attribute, None), place, None), "text", None)
        for attribute in _HEADERS_AND_FOOTERS
        for place in ("left", "center", "right")
    )
    lines = [_FORMAT_CODES.sub("", text).strip() for text in texts if text]
    return [line for line in dict.fromkeys(lines) if any(map(str.isalnum, line))]


def _comments(archive: Any, sheet_path: str) -> Iterator[str]:
    for root in _related(archive, sheet_path, "/comments"):
        for comment in root.iter("{*}comment"):
            if text := "".join(piece.text or "" for piece in comment.iter("{*}t")).strip():
                yield f"{comment.get('ref', '')}: {text}"


def _labels(archive: Any, sheet_path: str) -> Iterator[str]:
    for path in _paths(archive, sheet_path, "/drawing"):
        yield from _paragraphs(_root(archive, path))
        for chart in _related(archive, path, "/chart"):
            yield from _paragraphs(chart)


def _paragraphs(root: Any) -> Iterator[str]:
    for paragraph in root.iter(f"{_DRAWING}p"):
        if text := "".join(piece.text or "" for piece in paragraph.iter(f"{_DRAWING}t")).strip():
            yield text


def _related(archive: Any, path: str, kind: str) -> Iterator[Any]:
    for related in _paths(archive, path, kind):
        yield _root(archive, related)


def _paths(archive: Any, path: str, kind: str) -> Iterator[str]:
    relations: Any = import_module("openpyxl.packaging.relationship")
    known = archive.NameToInfo
    if (listed := relations.get_rels_path(path)) not in known:
        return
    for relation in relations.get_dependents(archive, listed):
        if relation.Type.endswith(kind) and relation.target in known:
            yield relation.target


def _root(archive: Any, path: str) -> Any:
    etree: Any = import_module("lxml.etree")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(archive.read(path), parser)
    return etree.Element("empty") if root is None else root
