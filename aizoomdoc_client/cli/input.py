"""Text from users: an argument, or standard input. Undecodable bytes are an error, and never replaced."""

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
    """The text of an argument; one with bytes that Python could not decode is tried as UTF-8 and in the locale's encoding."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return _decode(os.fsencode(given))
    return given.removeprefix(_BOM)


def text_of_stdin() -> str:
    """All of standard input, with the line ends of Unix."""
    text = _decode(sys.stdin.buffer.read())
    return text.replace("\r\n", "\n")


def first_line_of_stdin() -> str:
    """The first line of standard input that is not blank, stripped; empty where there is none.

    Reads no further line, because a terminal may not send one.
    """
    for line in sys.stdin.buffer:
        if text := _decode(line).strip():
            return text
    return ""


def _decode(data: bytes) -> str:
    """The bytes as text; raises `CommandError` for ones that are neither Unicode nor in the locale's encoding."""
    marked = next((name for mark, name in _ENCODINGS_BY_BOM.items() if data.startswith(mark)), "utf-8")
    for encoding in dict.fromkeys((marked, locale.getencoding())):
        try:
            return data.decode(encoding).removeprefix(_BOM)
        except (UnicodeDecodeError, LookupError):
            continue
    raise CommandError("text_not_decodable", ExitCode.USAGE, hint=_("Save it as UTF-8, or set LC_ALL to its encoding"))
