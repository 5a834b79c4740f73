"""What errors and warnings say, in each language: catalogues of templates keyed by a stable code.

RULE: values and templates only; imports nothing of this package.

An error holds a `LocalizedText`: a code and the values of its placeholders. The English sentence is its message; whoever shows it
to people, as the command line or a web page does, renders the same text in their language::

    error.text.render("ru")

Placeholders take the format specifications of Python, and two of this package's own: ``{size:bytes}`` shows a number of bytes as
``100 MB``, ``{names:list}`` joins several values with commas. A value that is a `LocalizedText` itself is rendered in the same
language.
"""

from __future__ import annotations

import functools
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

import attrs

__all__ = ["LANGUAGES", "Language", "LocalizedText", "placeholders", "templates", "text"]

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "ru")

UNITS: Mapping[Language, Sequence[str]] = {"en": ("bytes", "KB", "MB", "GB"), "ru": ("байт", "КБ", "МБ", "ГБ")}


@attrs.frozen
class LocalizedText:
    """A sentence that can be rendered in each language: the `code` of a template, and the `values` of its placeholders."""

    code: str
    values: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False)

    def render(self, language: Language = "en") -> str:
        """The sentence in `language`."""
        return _Formatter(language).vformat(templates(language)[self.code], (), self.values)

    def __str__(self) -> str:
        return self.render()


def text(code: str, /, **values: Any) -> LocalizedText:
    """The text of `code` with these values.

    Raises `LookupError` for an unknown code, `TypeError` when the values are not those that its template names.
    """
    wanted = placeholders(templates("en")[code])
    if wanted != values.keys():
        raise TypeError(f"the text {code!r} takes {sorted(wanted)}, not {sorted(values)}")
    return LocalizedText(code, values)


def templates(language: Language) -> Mapping[str, str]:
    """All templates of a language, by code; a language is imported when it is first needed."""
    if language == "ru":
        from .ru import TEMPLATES
    else:
        from .en import TEMPLATES
    return TEMPLATES


@functools.cache
def placeholders(template: str) -> frozenset[str]:
    """The names of the values that a template shows."""
    names = (name for _, name, _, _ in string.Formatter().parse(template) if name is not None)
    return frozenset(name.partition(".")[0].partition("[")[0] for name in names)


class _Formatter(string.Formatter):
    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, LocalizedText):
            return value.render(self._language)
        if format_spec == "bytes":
            return _size(value, self._language)
        if format_spec == "list":
            return ", ".join(self.format_field(each, "") for each in cast("Iterable[Any]", value))
        return str(super().format_field(value, format_spec))


def _size(count: float, language: Language) -> str:
    """A number of bytes in the largest unit that keeps at least one whole; binary multiples, as servers state their limits."""
    power = 0
    while count >= 1024 and power < len(UNITS[language]) - 1:
        count, power = count / 1024, power + 1
    number = f"{count:.3g}" if count < 1000 else f"{count:.0f}"
    return f"{number.replace('.', ',') if language == 'ru' else number} {UNITS[language][power]}"
