"""Collects all problems of an input, so that the user can mend them together."""

from __future__ import annotations

from ..catalog import LocalizedText, text
from ..exceptions import ConfigurationError

MOST_SHOWN = 10
"""Problems that an error names; it counts the others."""


class Problems:
    """The problems found so far; keeps the first `MOST_SHOWN` and counts the others."""

    def __init__(self) -> None:
        self._shown: list[LocalizedText] = []
        self.count: int = 0

    def add(self, problem: LocalizedText) -> None:
        """Adds a problem."""
        self.count += 1
        if len(self._shown) < MOST_SHOWN:
            self._shown.append(problem)

    def raise_if_any(self, source: LocalizedText | str) -> None:
        """Raises `ConfigurationError` that names `source`, and the problems in the order in which they were found."""
        if not self._shown:
            return
        more = self.count - len(self._shown)
        raise ConfigurationError(
            text("batch_input_unusable", source=source, problems=self._shown, more=text("and_more", count=more) if more else "")
        )
