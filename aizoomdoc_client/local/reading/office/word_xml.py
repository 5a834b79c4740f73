"""The elements of a DOCX: where they are, their names, and which of them only enclose others."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE = f"{WORD}val"
MOST_STYLES = 20
"""So many styles are looked at that are based on one another."""

_LARGEST = 7  # digits of a number

_ENCLOSING = frozenset(f"{WORD}{name}" for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo"))


def related(document: Any, kind: str) -> Iterator[Any]:
    """The roots of the other parts of that kind, such as footnotes, which python-docx does not give."""
    etree: Any = import_module("lxml.etree")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    for relation in document.part.rels.values():
        if relation.reltype.rpartition("/")[2] == kind and not relation.is_external:
            yield etree.fromstring(relation.target_part.blob, parser)


def children(element: Any, *names: str) -> Iterator[Any]:
    """The children of these names in order, those in content controls and the like among them."""
    wanted = {f"{WORD}{name}" for name in names}
    waiting = [*reversed(element)]
    while waiting:
        current = waiting.pop()
        if current.tag in wanted:
            yield current
        elif current.tag in _ENCLOSING:
            waiting += reversed(current)


def value_of(element: Any, path: str) -> str | None:
    """What the property at `path`, names with slashes between, says: "" where it only stands there, None where it does not."""
    found = element.find("/".join(f"{WORD}{name}" for name in path.split("/")))
    return None if found is None else found.get(_VALUE, "")


def is_on(element: Any, path: str) -> bool:
    """Whether the property at `path` stands there and is not switched off."""
    return value_of(element, path) not in {None, "0", "false", "off"}


def number_of(element: Any, path: str) -> int | None:
    """The number that the property at `path` has; None where there is none."""
    digits = value_of(element, path) or ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _LARGEST else None
