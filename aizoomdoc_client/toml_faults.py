"""Where and why a text is no TOML, as values: Python says it in one English sentence."""

from __future__ import annotations

import re

import attrs

__all__ = ["TomlFault", "toml_fault"]

_PLACE = re.compile(r" \((?:at line ([0-9]+), column [0-9]+|at end of document)\)$")
"""The end of Python's message: `` (at line 3, column 7)`` or `` (at end of document)``."""
_REPETITIONS = ("Cannot overwrite", "Cannot declare")
"""How Python's messages about a name or a table that is there already begin."""


@attrs.frozen
class TomlFault:
    """The first fault of a text: the number of its line, and what Python says of it, in English and without the place."""

    line: int
    said: str
    is_repetition: bool
    """Whether a name or a table is there for the second time."""


def toml_fault(error: ValueError | RecursionError, source: str) -> TomlFault:
    """The fault for which `tomllib` raised `error` while reading `source`; one without a place is at the last line."""
    said = str(error)
    place = _PLACE.search(said)
    line = int(place[1]) if place and place[1] else source.count("\n") + 1
    return TomlFault(line, _PLACE.sub("", said), said.startswith(_REPETITIONS))
