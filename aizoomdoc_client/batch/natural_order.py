"""The natural order of names: numbers by value, without regard to case."""

from __future__ import annotations

import re
import unicodedata

NaturalKey = tuple[tuple[tuple[int, int, str], ...], ...]
_NUMBERS = re.compile("([0-9]+)")
_YO = str.maketrans("ё", "е")  # one letter, as in the order of dictionaries


def natural_key(path: str) -> NaturalKey:
    """The key of the natural order: «План 2» before «План 10», and files of a folder side by side.

    The parts of a path are divided by ``/``. Names that differ have different keys, so that the order is always the same.
    """
    parts = path.split("/")
    return (*(_key(_folded(part)) for part in parts), ((0, 0, path),))


def _folded(part: str) -> str:
    return unicodedata.normalize("NFC", part).casefold().translate(_YO)


def _key(part: str) -> tuple[tuple[int, int, str], ...]:
    """Texts and numbers in turn; a number by its digits without leading zeros, shorter ones first, as it may have any size."""
    pieces = _NUMBERS.split(part)
    return tuple(
        (1, len(digits := piece.lstrip("0")), digits) if number % 2 else (0, 0, piece) for number, piece in enumerate(pieces)
    )
