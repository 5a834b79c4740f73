"""Text that people give: as an argument, or on standard input. What cannot be decoded is an error, never replaced."""

from __future__ import annotations

import codecs
import locale
import os
import sys

from .errors import CommandError, ExitCode
from .language import _

_BOM = "\ufeff"
"""The byte order mark, with which some editors begin a file."""
_ENCODINGS_BY_BOM = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def text_of_argument(given: str) -> str:
    """The text of an argument; one that Python could not decode by the locale is tried as UTF-8 and in the locale's encoding."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return _decoded(os.fsencode(given))
    return given.removeprefix(_BOM)


def text_of_stdin() -> str:
    """All of standard input, with the line ends of Unix."""
    text = _decoded(sys.stdin.buffer.read())
    return text.replace("\r\n", "\n")


def first_line_of_stdin() -> str:
    """The first line of standard input that is not blank, without what surrounds it; empty where there is none.

    Nothing after it is read, so that a terminal need not send more than the line.
    """
    for line in sys.stdin.buffer:
        if text := _decoded(line).strip():
            return text
    return ""


def _decoded(data: bytes) -> str:
    """Raises `CommandError` for bytes that are neither UTF-8 nor text in the locale's encoding."""
    marked = next((name for mark, name in _ENCODINGS_BY_BOM.items() if data.startswith(mark)), "utf-8")
    for encoding in dict.fromkeys((marked, locale.getencoding())):
        try:
            return data.decode(encoding).removeprefix(_BOM)
        except (UnicodeDecodeError, LookupError):
            continue
    raise CommandError("text_not_decodable", ExitCode.USAGE, hint=_("Save it as UTF-8, or set LC_ALL to its encoding"))
