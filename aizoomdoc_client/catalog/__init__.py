"""What errors and warnings say, in each language: catalogues of templates keyed by a stable code.

Contract: values and templates only; imports nothing of this package.

An error holds a `LocalizedText`: a code and the values of its placeholders. The English sentence is its message; whoever shows it
to people, as the command line or a web page does, renders the same text in their language::

    error.text.render("ru")

Placeholders take the format specifications of Python, and some of this package's own:

- ``{size:bytes}`` shows a number of bytes as ``100 MB``;
- ``{names:list}`` joins several values with commas, ``{problems:items}`` with semicolons, ``{problems:line}`` so, too, but cut at
  300 characters;
- ``{count:,}`` divides thousands as the language does, and ``{seconds:g}`` begins a fraction so;
- ``{value:quoted}`` puts a text into the language's quotation marks and shows anything else as it is;
- ``{reason:after: }`` shows the value after a colon and a space, or nothing at all where it is empty;
- ``{limit:unsaid}`` shows nothing: only the sentence of the other language has the value.

A value that is a `LocalizedText` itself is rendered in the same language.
"""

from __future__ import annotations

import errno
import functools
import os
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

__all__ = [
    "LANGUAGES",
    "Language",
    "LocalizedText",
    "errno_reason",
    "pattern",
    "placeholders",
    "size",
    "system_reason",
    "templates",
    "text",
]

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "ru")

UNITS: Mapping[Language, Sequence[str]] = {"en": ("bytes", "KB", "MB", "GB"), "ru": ("байт", "КБ", "МБ", "ГБ")}
QUOTES: Mapping[Language, str] = {"en": "'{}'", "ru": "«{}»"}
_THOUSANDS: Mapping[Language, str] = {"en": ",", "ru": "\u00a0"}
"""What stands between thousands."""
_FRACTION: Mapping[Language, str] = {"en": ".", "ru": ","}
"""What stands before a fraction."""
LINE_LIMIT = 300
"""How many characters several problems in one line, or a quoted value, have at most."""


class LocalizedText:
    """A sentence that can be rendered in each language: the `code` of a template, and the `values` of its placeholders."""

    # No attrs class: the command line imports the catalogue for its help, where attrs would double the time.
    __slots__ = ("code", "values")

    def __init__(self, code: str, values: Mapping[str, Any] | None = None) -> None:
        self.code: str = code
        self.values: Mapping[str, Any] = {} if values is None else values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LocalizedText) and (self.code, self.values) == (other.code, other.values)

    def __hash__(self) -> int:
        return hash(self.code)

    def __repr__(self) -> str:
        return f"LocalizedText({self.code!r}, {self.values!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return LocalizedText, (self.code, self.values)

    def render(self, language: Language = "en") -> str:
        """The sentence in `language`."""
        return _Formatter(language).vformat(templates(language)[self.code], (), self.values)

    def __str__(self) -> str:
        return self.render()


def text(code: str, /, **values: Any) -> LocalizedText:
    """The text of `code` with these values; a value that is no text, number or list of such is kept as its ``repr``.

    Raises `LookupError` for an unknown code, `TypeError` when the values are not those that its template names.
    """
    wanted = placeholders(templates("en")[code])
    if wanted != values.keys():
        raise TypeError(f"the text {code!r} takes {sorted(wanted)}, not {sorted(values)}")
    return LocalizedText(code, {name: _plain(value) for name, value in values.items()})


def system_reason(error: OSError) -> LocalizedText | str:
    """Why the system refused, in words that can be translated; what is not known stays as the system says it.

    An error that has a `LocalizedText` of its own as `text`, as those of `filesystem` do, gives that.
    """
    own = getattr(error, "text", None)
    if isinstance(own, LocalizedText):
        return own
    code = _ERRNO_CODES.get(error.errno or 0)
    if code is not None and error.strerror in {None, os.strerror(error.errno or 0)}:
        return LocalizedText(code)
    return str(error.strerror or error) or type(error).__name__


def errno_reason(number: int | None) -> LocalizedText | None:
    """The text of an error number of the system; None for one that is not known."""
    code = _ERRNO_CODES.get(number or 0)
    return None if code is None else LocalizedText(code)


_ERRNO_CODES: Mapping[int, str] = {
    errno.EACCES: "errno_EACCES",
    errno.EADDRINUSE: "errno_EADDRINUSE",
    errno.EADDRNOTAVAIL: "errno_EADDRNOTAVAIL",
    errno.EBUSY: "errno_EBUSY",
    errno.ECONNREFUSED: "errno_ECONNREFUSED",
    errno.ECONNRESET: "errno_ECONNRESET",
    errno.EEXIST: "errno_EEXIST",
    errno.EHOSTUNREACH: "errno_EHOSTUNREACH",
    errno.EIO: "errno_EIO",
    errno.EISDIR: "errno_EISDIR",
    errno.ELOOP: "errno_ELOOP",
    errno.EMFILE: "errno_EMFILE",
    errno.ENAMETOOLONG: "errno_ENAMETOOLONG",
    errno.ENETUNREACH: "errno_ENETUNREACH",
    errno.ENOENT: "errno_ENOENT",
    errno.ENOSPC: "errno_ENOSPC",
    errno.ENOTDIR: "errno_ENOTDIR",
    errno.EPERM: "errno_EPERM",
    errno.EPIPE: "errno_EPIPE",
    errno.EROFS: "errno_EROFS",
    errno.ETIMEDOUT: "errno_ETIMEDOUT",
}


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


def pattern(code: str) -> re.Pattern[str]:
    """What the English text of `code` matches, whatever its values: a group of its name for each of them."""
    parts = string.Formatter().parse(templates("en")[code])
    return re.compile("".join(re.escape(literal) + (f"(?P<{name}>.+)" if name else "") for literal, name, _, _ in parts))


class _Formatter(string.Formatter):
    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("after"):
            shown = self.format_field(value, "")
            return format_spec.removeprefix("after") + shown if shown else ""
        if format_spec == "unsaid":
            return ""
        if isinstance(value, LocalizedText):
            return value.render(self._language)
        if format_spec == "bytes":
            return size(value, self._language)
        if format_spec == "list":
            return self._joined(", ", value)
        if format_spec == "items":
            return self._joined("; ", value)
        if format_spec == "line":
            line = self._joined("; ", value)
            return line if len(line) <= LINE_LIMIT else line[: LINE_LIMIT - 1] + "…"
        if format_spec == "quoted":
            shown = value if isinstance(value, str) else str(value)
            shown = shown if len(shown) <= LINE_LIMIT else shown[: LINE_LIMIT - 1] + "…"
            return QUOTES[self._language].format(shown) if isinstance(value, str) else shown
        shown = str(super().format_field(value, format_spec))
        if format_spec == "g":
            return shown.replace(".", _FRACTION[self._language])
        return shown.replace(",", _THOUSANDS[self._language]) if format_spec == "," else shown

    def _joined(self, separator: str, values: Iterable[Any]) -> str:
        return separator.join(self.format_field(each, "") for each in values)


def _plain(value: Any) -> Any:
    """`value` as errors may keep it: immutable, and fit to be pickled."""
    if value is None or isinstance(value, (str, int, float, LocalizedText)):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(cast("os.PathLike[str]", value))
    if isinstance(value, (list, tuple)):
        return tuple(_plain(each) for each in cast("Sequence[Any]", value))
    return repr(value)


def size(count: float, language: Language) -> str:
    """A number of bytes in the largest unit that keeps at least one whole; binary multiples, as servers state their limits."""
    power = 0
    while count >= 1024 and power < len(UNITS[language]) - 1:
        count, power = count / 1024, power + 1
    number = f"{count:.3g}" if count < 1000 else f"{count:.0f}"
    return f"{number.replace('.', _FRACTION[language])} {UNITS[language][power]}"
