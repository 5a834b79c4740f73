"""Text whose characters are not those that are seen: mended where that is sure, told where it is not.

Contract: a page's text in, the mended text out; text that is as it is seen comes back unchanged.
"""

from __future__ import annotations

import itertools
import re
from functools import partial

import attrs

from .russian_letters import are_russian, has_usual_case

# Fast searches tell the pages, nearly all, that need nothing. Private characters from U+F8E0 on are parts of tall brackets.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8df]")
_LATIN_PAIR = re.compile(r"[\xc0-\xff]{2}")
_LATIN_RUN = re.compile(r"[\xc0-\xff]{2,}")
_APART = re.compile(r" [^\W\d_] +[^\W\d_] +[^\W\d_](?!\w)")
# Fonts of TeX have a hyphen of their own for the ends of lines.
_DIVIDED = re.compile(r"(?<=[^\W\d_])\x7f\n")

# Digits and small letters of old-style fonts, and signs of the font Symbol, at the places where Adobe and Microsoft keep them.
_PRIVATE_SIGNS = {
    **{0xF730 + digit: chr(0x30 + digit) for digit in range(10)},
    **{0xF761 + place: chr(0x61 + place) for place in range(26)},
    0xF0B7: "•",
    0xF0A7: "•",
    0xF0B0: "°",
    0xF0B1: "±",
    0xF0B4: "×",
    0xF0A3: "≤",
    0xF0B3: "≥",
}

# Bytes of a Russian encoding shown as Latin-1. × and ÷ stand for letters, too.
_SHOWN = "".join(map(chr, range(0xC0, 0x100))) + "¸¨¼"
_SHOWN_WORD = re.compile(rf"[{_SHOWN}]+")
_LETTER_WORD = re.compile(rf"[^\W\d_¹²³{_SHOWN}]*[{_SHOWN}](?:[^\W\d_¹²³]|[{_SHOWN}])*")
_CODES = [bytes([ord(char)]) for char in _SHOWN]
_RUSSIAN_ENCODINGS = {"cp1251": 6, "koi8-r": 20}  # and from how many letters on they are believed
_ENCODINGS = tuple(
    {ord(char): code.decode(encoding) for char, code in zip(_SHOWN, _CODES, strict=True)} | {0xBC: "ё", 0xB8: "ё", 0xA8: "Ё"}
    for encoding in _RUSSIAN_ENCODINGS
)
_NUMBER_SIGN = re.compile(r"(?<!\S)¹(?= ?\d|\s|$)")

_SPACED = re.compile(r"(?<!\S)[^\W\d_](?: {1,6}[^\W\d_]){3,}(?![^\s.,:;!?)])")
_SHORTEST_SPACED = 5
_VOWELS = frozenset("аеиоуыэюяёaeiouyіїєäöüéèáóíú")

_PUNCTUATION = ".,;:!?…()«»“”\"'"

_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_CONSONANTS = re.compile(
    "[bcdfghjklmnpqrstvwxz]{5}|[бвгджзйклмнпрстфхцчшщ]{5}|^[^aeiouyаеиоуыэюяёàáâäãåèéêëìíîïòóôöùúûüě]*$", re.IGNORECASE
)
# Letters numbered from 33 on by their first use look like these signs.
_FIRST_SIGNS = re.compile(r"[!-*]")
_SIGNS = re.compile(r"[#$%&][!-*]")
_SIGNS_SHARE = 0.4
_SHORT_TEXT = 40

# Where Ghostscript rewrites what Chromium printed, most Cyrillic letters lose the first byte of their codes: EBEFа6?я9F for
# составляет. Which letter a sign stands for depends on its font, but in each one ? and @ stand for frequent ones.
_LOST_WORD = re.compile(r"[!-SА-яЁё]{4,}")
_LOST_PAIR = re.compile(r"[?@][0-9]|[:-@][:-SА-яЁё]|[:-SА-яЁё][:-@](?=[!-SА-яЁё])")
_LOST_SIGNS = re.compile(r"[:-@]")
_FEWEST_LOST_SIGNS = 3
_FEWEST_LOST_WORDS = 6
_LOST_SHARE = 0.15  # of the words

_FEWEST_BAD = 3
_BAD_SHARE = 0.2  # of the characters of a line
_FEW_GARBLED = 12
_GARBLED_SHARE = 0.2  # of the characters of a page
_MANY_GARBLED = 80


@attrs.frozen
class MendedText:
    """A page's text without the lines that are no text; `garbled` where so much of it is none that this has to be said."""

    text: str
    garbled: bool = False


def mended(text: str) -> MendedText:
    """The text with known faults mended; lines that nobody can read are left out."""
    bad, apart = _has_unprintable(text), _APART.search(text) is not None
    if _has_signs(text) and len(_FIRST_SIGNS.findall(text)) > _SIGNS_SHARE * _size(text) >= _SIGNS_SHARE * _SHORT_TEXT:
        return MendedText("", garbled=True)
    if "?" in text and "@" in text and _has_lost_letters(text):
        return MendedText("\n".join(line for line in text.split("\n") if _has_word(line) and not _lost_words(line)), garbled=True)
    if not bad and not apart and (text.isascii() or not _LATIN_PAIR.search(text)):
        return MendedText(text)
    if bad:
        text = text.translate(_PRIVATE_SIGNS)
    if sum(map(len, _LATIN_RUN.findall(text))) > len(text) / 20:
        text, shown_wrongly = _decoded_again(text)
        if shown_wrongly:
            return MendedText("", garbled=True)
    if apart:
        text = "\n".join([_SPACED.sub(_words_of_letters, line) if _APART.search(line) else line for line in text.split("\n")])
    return _without_unreadable_lines(text) if len(_UNPRINTABLE.findall(text)) >= _FEWEST_BAD else MendedText(text)


def _has_signs(text: str) -> bool:
    """Whether two signs follow one another of which the first is one of those that are looked for first, as that is faster."""
    return ("#" in text or "$" in text or "%" in text or "&" in text) and _SIGNS.search(text) is not None


def _has_lost_letters(text: str) -> bool:
    """Whether signs stand within many words in the place of letters."""
    lost = _lost_words(text)
    signs = set(_LOST_SIGNS.findall("".join(lost)))
    if len(lost) < _FEWEST_LOST_WORDS or len(signs) < _FEWEST_LOST_SIGNS or not signs >= {"?", "@"}:
        return False
    return len(lost) > _LOST_SHARE * sum(len(word) > 2 and not word.isdecimal() for word in text.split())


def _lost_words(text: str) -> list[str]:
    return [word for word in text.split() if _LOST_WORD.fullmatch(word) and _LOST_PAIR.search(word)]


def _has_unprintable(text: str) -> bool:
    """Whether some characters cannot be shown; that each of them can is told without looking for those, as it is faster."""
    if text.replace("\n", "").isprintable() and "\ufffd" not in text:
        return False
    return _UNPRINTABLE.search(text) is not None


def _without_unreadable_lines(text: str) -> MendedText:
    lines = text.split("\n")
    kept = [line for line in lines if not _is_unreadable(line)]
    size = sum(map(_size, lines))
    lost = size - sum(map(_size, kept))
    if lost < _FEW_GARBLED and lost < size / 2:
        return MendedText(text)
    return MendedText("\n".join(kept), garbled=lost >= _MANY_GARBLED or lost > _GARBLED_SHARE * size)


def is_made_of_words(text: str) -> bool:
    """Whether at least half of the longer words of a text can be pronounced; true of a text too short to say."""
    words = _LONG_WORD.findall(text)
    if not words:
        return _size(text) < _SHORT_TEXT
    return sum(not _CONSONANTS.search(word) and has_usual_case(word) for word in words) >= len(words) / 2


def _size(line: str) -> int:
    return sum(map(len, line.split()))


def _is_unreadable(line: str) -> bool:
    bad = len(_UNPRINTABLE.findall(line))
    return bad >= _FEWEST_BAD and bad >= _BAD_SHARE * _size(line) and not _has_word(line)


def _has_word(line: str) -> bool:
    words = (word.strip(_PUNCTUATION) for word in line.split())
    return any(word.isalpha() and len(word) > 3 and word.islower() and _VOWELS & set(word) for word in words)


def _decoded_again(text: str) -> tuple[str, bool]:
    """The text with Russian words in the place of those that Latin-1 makes of them, and whether it is such words and stays so.

    Only words of nothing but such characters count; where as many words have others among them, as in French, nothing is done.
    """
    words = _LETTER_WORD.findall(text)
    shown = [word for word in words if _SHOWN_WORD.fullmatch(word)]
    if not shown or len(shown) <= len(words) / 2:
        return text, False
    long = [word for word in shown if len(word) > 1]
    if len("".join(long)) <= len("".join(shown)) / 2:
        return text, False
    for table, at_least in zip(_ENCODINGS, _RUSSIAN_ENCODINGS.values(), strict=True):
        if are_russian([word.translate(table) for word in long], at_least=at_least):
            whole = _LETTER_WORD.sub(partial(_in_russian, table), text)
            return _NUMBER_SIGN.sub("№", _DIVIDED.sub("", whole)), False
    letters = sum(map(str.isalpha, text))
    return text, len("".join(long)) > max(_MANY_GARBLED, letters / 2)


def _in_russian(table: dict[int, str], found: re.Match[str]) -> str:
    return found[0].translate(table) if _SHOWN_WORD.fullmatch(found[0]) else found[0]


def _words_of_letters(spaced: re.Match[str]) -> str:
    """The words of which the letters stand apart, parted where the gaps are wider; the same text where it is none."""
    words = [part.replace(" ", "") for part in re.split(r" {2,}", spaced[0])]
    return " ".join(words) if _can_be_words(words) else spaced[0]


def _can_be_words(words: list[str]) -> bool:
    """Whether the letters make words, rather than a row of names of axes, columns or variables."""
    text = "".join(words).lower()
    if len(text) < _SHORTEST_SPACED or max(map(len, words)) < _SHORTEST_SPACED - 1 or not all(map(has_usual_case, words)):
        return False
    pairs = [*itertools.pairwise(text)]
    in_order, doubled = sum(first < second for first, second in pairs), sum(first == second for first, second in pairs)
    vowels = sum(char in _VOWELS for char in text)
    if in_order >= 0.75 * len(pairs) or doubled > 1 or not 0.2 * len(text) <= vowels <= 0.7 * len(text):
        return False
    return are_russian(words, at_least=_SHORTEST_SPACED) or (text.isascii() and len(text) > _SHORTEST_SPACED)
