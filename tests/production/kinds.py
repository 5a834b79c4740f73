"""What two responses have in common one of production's and one of another server: fields, types, fixed values."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import Any

_MASKS = (
    (r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "<id>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(?=Z?$)", "<date>"),
    (r"^(https://[^/]+/v1beta/)?files/[0-9a-f]{12}$", "<the model's file>"),
    (r"^http://[^/]+(?=/aizoomdoc/)", "<storage>"),
    (r"^JWT$|^eyJ[\w-]+\.[\w-]+\.[\w-]+$", "<token>"),
)


def masked(value: Any) -> Any:
    """`value` without what each server makes anew: ids, dates, tokens, places in its storage."""
    if isinstance(value, dict):
        return {name: masked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, str):
        for pattern, mask in _MASKS:
            value = re.sub(pattern, mask, value)
        return value
    return (type(value).__name__, value) if isinstance(value, float) else value  # 1 and 1.0 are equal, and differ in kind


def kinds(value: Any) -> Any:
    """`value` with the type in place of each value: what its fields are, and what is in them; the same in a row once."""
    if isinstance(value, dict):
        return {name: kinds(item) for name, item in value.items()}
    if isinstance(value, list):
        return _once(map(kinds, value))
    return type(value).__name__


def shape_of(events: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """A stream: its events with the types of their data, and what phases they are of; the same in a row once."""
    named = ("phase", "progress", "tool")
    return _once((name, kinds(data) | {key: data[key] for key in named if key in data}) for name, data in events)


def _once(items: Iterable[Any]) -> list[Any]:
    return [item for item, _ in itertools.groupby(items)]
