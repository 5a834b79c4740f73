"""Cleaning of file names from untrusted sources: servers, browsers, users, folders."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import PurePath

# Control characters end a header line or control a terminal; a lone surrogate cannot be encoded in UTF-8.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ESCAPE_LIKE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4})")
_SEPARATOR = re.compile(r"[/\\]")
# Characters that Windows forbids, and direction marks, which can make a name look like another one.
_NOT_PORTABLE = re.compile(r'[<>:"|?*\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]')
_EDGES = re.compile(r"^[\s.]+|[\s.]+$")  # Windows removes spaces and dots at the end; a dot at the start hides the file on POSIX
# Windows opens the device for such a name with any suffix, also with spaces before the suffix.
_DEVICE = re.compile(r"(?i)^(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]) *(\.|$)")
_PORTABLE_BYTES = 200
_UNDECODED_BYTES = range(0xDC80, 0xDD00)  # what stands for the bytes 0x80 to 0xff of a name that is not in UTF-8 (PEP 383)


def is_clean(name: str) -> bool:
    """Whether `name` contains neither control characters nor lone surrogates."""
    return not _UNSAFE.search(name)


def visible_name(name: str) -> str:
    r"""`name` with ``\xff`` for a byte that is no UTF-8, and such escapes for control characters and lone surrogates.

    Different names stay different: in a name that has, or seems to have, such an escape each backslash of its own is doubled.
    """
    if is_clean(name) and not _ESCAPE_LIKE.search(name):
        return name
    return _UNSAFE.sub(_escape, name.replace("\\", "\\\\"))


def saved_name(visible: str) -> str:
    """A name that `visible_name` gave, for whoever saves the file: a backslash would be taken for the end of a folder."""
    return visible.replace("\\", "_")


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code in _UNDECODED_BYTES:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"


def clean_filename(name: str, *, replacement: str = "_", portable: bool = False) -> str:
    """The last component of `name` by POSIX and Windows rules, without whitespace at its ends; empty if nothing is left.

    Control characters and lone surrogates are replaced by `replacement`, and letters are composed (NFC), since macOS gives names
    whose letters are apart, which no search finds. With `portable` the result is a name that every file
    system accepts: characters that Windows forbids and direction marks are replaced, too, dots at the ends are removed, names of
    Windows devices get a ``_`` in front, and the stem of a long name is cut so that the whole has at most 200 bytes.
    """
    clean = unicodedata.normalize("NFC", _UNSAFE.sub(replacement, _SEPARATOR.split(name)[-1]).strip())
    if portable:
        return _portable(_NOT_PORTABLE.sub(replacement, clean))
    return "" if clean in {".", ".."} else clean


def numbered_filename(name: str, number: int) -> str:
    """`name` with a number in front of its suffix; the stem is cut where the whole would exceed both `name` and 200 bytes."""
    path = PurePath(name)
    stem, end = path.stem, f" ({number}){path.suffix}"
    most = max(len(os.fsencode(name)), _PORTABLE_BYTES)
    while stem and len(os.fsencode(stem + end)) > most:
        stem = stem[:-1]
    return stem + end


def _portable(name: str) -> str:
    short = _shortened(name)
    return _shortened(f"_{short}") if _DEVICE.match(short) else short


def _shortened(name: str) -> str:
    clean = _EDGES.sub("", name)
    stem, dot, suffix = clean.rpartition(".")
    while len(clean.encode()) > _PORTABLE_BYTES:
        stem, clean = (stem[:-1], f"{stem[:-1]}{dot}{suffix}") if stem else ("", clean[:-1])
    return _EDGES.sub("", clean)
