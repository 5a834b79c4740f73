"""Detects that Russian text is not in Windows-1251, as which nearly any bytes can be decoded."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

_WINDOWS = "cp1251"
_OTHERS: Mapping[str, str] = {
    "cp866": "CP866 (MS-DOS)",
    "koi8-u": "KOI8-R",
    "mac_cyrillic": "Mac Cyrillic",
    "iso8859_5": "ISO 8859-5",
}
_WESTERN = "Windows-1252"

# Bytes above ASCII: any, some in a row, one beside a Latin letter (as ü in Müller), and a word of nothing else.
_HIGH = re.compile(rb"[\x80-\xff]")
_RUN = re.compile(rb"[\x80-\xff]{2,}")
_MIXED = re.compile(rb"[A-Za-z][\xc0-\xff]|[\xc0-\xff][A-Za-z]")
_LETTERS = re.compile(rb"(?<![A-Za-z\x80-\xff])[\xa1-\xff]{2,}(?![A-Za-z\x80-\xff])")
_PARTS = re.compile(r"[^\W\d_]+|[\W\d_]+")
_SAMPLE_BYTES = 1024 * 1024  # of a table, which are enough to tell
_FEWEST_LETTERS = 4  # fewer may be an abbreviation of any letters

# Costs in bits, roughly: those of letters by how frequent they are in Russian, Ukrainian and Belarusian.
_LETTER_COSTS = {letter: math.log2(place) for place, letter in enumerate("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґў", 3)}
_COST_OF_OTHER_LETTER = 10
_USUAL_SIGNS = frozenset(" «»„“–—…°±№")  # what is written directly before and after words
_COST_OF_USUAL_SIGN = 4
_COST_OF_OTHER_SIGN = 8
_MOST_FOR_UNUSUAL_CASE = 5
_NEVER_FIRST = ("ь", "ъ", "ы")
_COST_OF_ODD_BEGINNING = 3
_LEAST_DIFFERENCE = 4  # by which another encoding has to cost less


def other_encoding(data: bytes) -> str | None:
    """The display name of an encoding in which the text is far more likely than in Windows-1251; None where there is none.

    The words are decoded in each encoding, and rated letter by letter: a wrong one gives rare letters, signs within words and
    capitals among small letters.
    """
    first = _HIGH.search(data)
    if first is None:
        return None
    sample = data[max(0, first.start() - 1) : first.start() + _SAMPLE_BYTES]
    if sum(1 for _ in _MIXED.finditer(sample)) > sum(1 for _ in _LETTERS.finditer(sample)):
        return _WESTERN
    runs = set(_RUN.findall(sample))
    if sum(map(len, runs)) < _FEWEST_LETTERS:
        return None
    costs = {encoding: _cost(runs, encoding) for encoding in _OTHERS}
    best = min(costs, key=costs.__getitem__)
    return _OTHERS[best] if costs[best] + _LEAST_DIFFERENCE < _cost(runs, _WINDOWS) else None


def _cost(runs: Iterable[bytes], encoding: str) -> float:
    return sum(_cost_of_run(run.decode(encoding, "replace")) for run in runs)


def _cost_of_run(run: str) -> float:
    return sum(_cost_of_word(part) if part[0].isalpha() else _cost_of_signs(part) for part in _PARTS.findall(run))


def _cost_of_word(word: str) -> float:
    small = word.lower()
    cost = sum(_LETTER_COSTS.get(letter, _COST_OF_OTHER_LETTER) for letter in small)
    if not (word.isupper() or word[1:].islower() or word.islower()):
        cost += min(len(word), _MOST_FOR_UNUSUAL_CASE)  # a letter each: дБА and МПа are usual
    return cost + (_COST_OF_ODD_BEGINNING if small.startswith(_NEVER_FIRST) else 0)


def _cost_of_signs(signs: str) -> float:
    return sum(_COST_OF_USUAL_SIGN if sign in _USUAL_SIGNS else _COST_OF_OTHER_SIGN for sign in signs)
