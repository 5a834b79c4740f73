"""Which texts may travel in ids, queries, headers and tokens: those without control characters and halves of characters."""

from __future__ import annotations

import re

from ..exceptions import ConfigurationError

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def is_fit(value: str) -> bool:
    """Whether `value` may travel."""
    return not _UNFIT.search(value)


def fit(name: str, value: str, *, is_secret: bool = False) -> str:
    """`value` as it is; raises `ConfigurationError` that names the parameter, and shows its value unless that is a secret."""
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without type checkers
        raise ConfigurationError(f"{name} must be text, not {type(value).__name__}")
    if not is_fit(value):
        shown = "" if is_secret else f": {value[:60]!a}"
        raise ConfigurationError(f"{name} has control characters or halves of characters in it{shown}")
    return value
