"""Access to the XML of a DOCX: related parts, children in spite of enclosing elements, and values of properties."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE = f"{WORD}val"
MOST_STYLES = 20
"""Length of a chain of styles, each based on the next, that is followed; a broken document can have a cycle."""

_MOST_DIGITS = 7
_OFF_VALUES = {None, "0", "false", "off"}

# Content controls, tags and tracked insertions: what they enclose belongs to the element around them.
_ENCLOSING = frozenset(f"{WORD}{name}" for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"))


def related(document: Any, kind: str) -> Iterator[Any]:
    """The roots of the other parts of that kind, such as footnotes, which python-docx does not give."""
    etree: Any = import_module("lxml.etree")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    for relation in document.part.rels.values():
        if relation.reltype.rpartition("/")[2] == kind and not relation.is_external:
            yield etree.fromstring(relation.target_part.blob, parser)


def children(element: Any, *names: str) -> Iterator[Any]:
    """The children of these names in order, also those that content controls and the like enclose."""
    wanted = {f"{WORD}{name}" for name in names}
    stack = [*reversed(element)]
    while stack:
        current = stack.pop()
        if current.tag in wanted:
            yield current
        elif current.tag in _ENCLOSING:
            stack += reversed(current)


def value_of(element: Any, path: str) -> str | None:
    """The value of the property at `path`, such as ``pPr/pStyle``: "" where it has none, None without the property."""
    found = element.find("/".join(f"{WORD}{name}" for name in path.split("/")))
    return None if found is None else found.get(_VALUE, "")


def is_on(element: Any, path: str) -> bool:
    """Whether the property at `path` is there and not switched off."""
    return is_on_value(value_of(element, path))


def is_on_value(value: str | None) -> bool:
    """Whether a switch with that value is on; None is one that is missing."""
    return value not in _OFF_VALUES


def number_of(element: Any, path: str) -> int | None:
    """The value of the property at `path` as a number; None where it is missing or no number."""
    digits = value_of(element, path) or ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else None
