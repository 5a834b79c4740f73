"""Where and why a text is no TOML, for messages in any language: Python says it in English only."""

from __future__ import annotations

import re

import attrs

__all__ = ["TomlFault", "toml_fault"]

_PLACE = re.compile(r" \((?:at line ([0-9]+), column [0-9]+|at end of document)\)$")
_TWICE = ("Cannot overwrite", "Cannot declare")


@attrs.frozen
class TomlFault:
    """The first fault of a text: the number of its line, and what Python says of it, in English and without the place."""

    line: int
    said: str
    is_repetition: bool
    """Whether a name or a table is there for the second time."""


def toml_fault(error: ValueError | RecursionError, source: str) -> TomlFault:
    """The fault for which `tomllib` raised `error` at `source`; one without a place counts as at the last line."""
    said = str(error)
    place = _PLACE.search(said)
    line = int(place[1]) if place and place[1] else source.count("\n") + 1
    return TomlFault(line, _PLACE.sub("", said), said.startswith(_TWICE))
