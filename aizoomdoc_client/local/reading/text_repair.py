"""Repairs text whose stored characters differ from those that are seen, where that is certain; else reports the text as garbled.

Contract: a page's text in, the mended text out; text without such a fault is returned unchanged.
"""

from __future__ import annotations

import itertools
import re
from functools import partial

import attrs

from .russian_letters import are_russian, has_usual_case

# Nearly all pages have no fault, which the first four expressions find out fast. Private characters from U+F8E0 on, parts of tall
# brackets, are no fault.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8df]")
_LATIN_PAIR = re.compile(r"[\xc0-\xff][\xc0-\xff]")  # an expression that begins with a repeated set is searched for slower
_LATIN_RUN = re.compile(r"[\xc0-\xff]{2,}")
# " О б щ": letters with spaces between.
_SPACED_LETTERS = re.compile(r" [^\W\d_] +[^\W\d_] +[^\W\d_](?!\w)")
# The hyphen at the end of a line is the character 7F in fonts of TeX.
_TEX_HYPHEN = re.compile(r"(?<=[^\W\d_])\x7f\n")

# Private characters of Adobe's fonts for old-style digits and small capitals, and of Microsoft's font Symbol.
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

# Text in a Russian encoding that was decoded as Latin-1: "Îáùèå" for "Общие". × and ÷ replace letters, too.
_LATIN1_OF_RUSSIAN = "".join(map(chr, range(0xC0, 0x100))) + "¸¨¼"
_MISREAD_WORD = re.compile(rf"[{_LATIN1_OF_RUSSIAN}]+")
_LETTER_WORD = re.compile(rf"[^\W\d_¹²³{_LATIN1_OF_RUSSIAN}]*[{_LATIN1_OF_RUSSIAN}](?:[^\W\d_¹²³]|[{_LATIN1_OF_RUSSIAN}])*")
_CODES = [bytes([ord(char)]) for char in _LATIN1_OF_RUSSIAN]
_LEAST_LETTERS = {"cp1251": 6, "koi8-r": 20}  # letters from which on a text in the encoding is certain
_TRANSLATIONS = tuple(
    {ord(char): code.decode(encoding) for char, code in zip(_LATIN1_OF_RUSSIAN, _CODES, strict=True)}
    | {0xBC: "ё", 0xB8: "ё", 0xA8: "Ё"}
    for encoding in _LEAST_LETTERS
)
# "¹ 5": № of Windows-1251.
_NUMBER_SIGN = re.compile(r"(?<!\S)¹(?= ?\d|\s|$)")

# "О б щ и е   д а н н ы е": at least four letters; words are separated by two spaces or more.
_SPACED_RUN = re.compile(r"(?<!\S)[^\W\d_](?: {1,6}[^\W\d_]){3,}(?![^\s.,:;!?)])")
_SHORTEST_SPACED = 5
_VOWELS = frozenset("аеиоуыэюяёaeiouyіїєäöüéèáóíú")

_PUNCTUATION = ".,;:!?…()«»“”\"'"

_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
# Five consonants in a row, or no vowel at all.
_UNPRONOUNCEABLE = re.compile(
    "[bcdfghjklmnpqrstvwxz]{5}|[бвгджзйклмнпрстфхцчшщ]{5}|^[^aeiouyаеиоуыэюяёàáâäãåèéêëìíîïòóôöùúûüě]*$", re.IGNORECASE
)
# Where a font numbers its letters from 33 on in the order of their first use, they are stored as !"#$%&'()*.
_SUBSTITUTE = re.compile(r"[!-*]")
_SUBSTITUTES = re.compile(r"[#$%&][!-*]")
_SUBSTITUTES_SHARE = 0.4  # of the characters of a page
_SHORT_TEXT = 40  # characters without spaces

# Where Ghostscript rewrites a PDF of Chromium, most Cyrillic letters lose the first byte of their codes: EBEFа6?я9F for
# составляет. Which letter a sign replaces depends on the font, but in every font ? and @ replace frequent letters.
_LOST_WORD = re.compile(r"[!-SА-яЁё]{4,}")
_LOST_PAIR = re.compile(r"[?@][0-9]|[:-@][:-SА-яЁё]|[:-SА-яЁё][:-@](?=[!-SА-яЁё])")
_LOST_SIGNS = re.compile(r"[:-@]")
_FEWEST_LOST_SIGNS = 3
_FEWEST_LOST_WORDS = 6
_LOST_SHARE = 0.15  # of the words

_FEWEST_UNPRINTABLE = 3
_UNPRINTABLE_SHARE = 0.2  # of the characters of a line
_FEW_GARBLED = 12  # characters that are left in the text
_GARBLED_SHARE = 0.2  # of the characters of a page
_MANY_GARBLED = 80  # characters


@attrs.frozen
class MendedText:
    """A page's text without unreadable lines; `garbled` where so much is unreadable that the user has to be told."""

    text: str
    garbled: bool = False


def mended(text: str) -> MendedText:
    """The text with known faults repaired and without unreadable lines."""
    unprintable, has_spaced_letters = _has_unprintable(text), _SPACED_LETTERS.search(text) is not None
    if _has_substitutes(text):
        return MendedText("", garbled=True)
    if "?" in text and "@" in text and _has_lost_letters(text):
        return MendedText("\n".join(line for line in text.split("\n") if _has_word(line) and not _lost_words(line)), garbled=True)
    if not unprintable and not has_spaced_letters and (text.isascii() or not _LATIN_PAIR.search(text)):
        return MendedText(text)
    if unprintable:
        text = text.translate(_PRIVATE_SIGNS)
    if sum(map(len, _LATIN_RUN.findall(text))) > len(text) / 20:
        text, is_garbled = _decode_again(text)
        if is_garbled:
            return MendedText("", garbled=True)
    if has_spaced_letters:
        text = "\n".join(map(_join_spaced_letters, text.split("\n")))
    return _without_unreadable_lines(text) if len(_UNPRINTABLE.findall(text)) >= _FEWEST_UNPRINTABLE else MendedText(text)


def _has_substitutes(text: str) -> bool:
    """Whether signs replace letters, many of them; searching single characters first is faster."""
    if not ("#" in text or "$" in text or "%" in text or "&" in text) or not _SUBSTITUTES.search(text):
        return False
    size = _size(text)
    return size >= _SHORT_TEXT and len(_SUBSTITUTE.findall(text)) > _SUBSTITUTES_SHARE * size


def _has_lost_letters(text: str) -> bool:
    """Whether signs replace letters in many words."""
    lost = _lost_words(text)
    signs = set(_LOST_SIGNS.findall("".join(lost)))
    if len(lost) < _FEWEST_LOST_WORDS or len(signs) < _FEWEST_LOST_SIGNS or not signs >= {"?", "@"}:
        return False
    return len(lost) > _LOST_SHARE * sum(len(word) > 2 and not word.isdecimal() for word in text.split())


def _lost_words(text: str) -> list[str]:
    return [word for word in text.split() if _LOST_WORD.fullmatch(word) and _LOST_PAIR.search(word)]


def _has_unprintable(text: str) -> bool:
    """Whether the text has unprintable characters; `str.isprintable` first is faster."""
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
    """Whether at least half of the words of four letters or more can be pronounced; True for a short text without such words."""
    words = _LONG_WORD.findall(text)
    if not words:
        return _size(text) < _SHORT_TEXT
    return sum(not _UNPRONOUNCEABLE.search(word) and has_usual_case(word) for word in words) >= len(words) / 2


def _size(line: str) -> int:
    return sum(map(len, line.split()))


def _is_unreadable(line: str) -> bool:
    unprintable = len(_UNPRINTABLE.findall(line))
    return unprintable >= _FEWEST_UNPRINTABLE and unprintable >= _UNPRINTABLE_SHARE * _size(line) and not _has_word(line)


def _has_word(line: str) -> bool:
    words = (word.strip(_PUNCTUATION) for word in line.split())
    return any(word.isalpha() and len(word) > 3 and word.islower() and _VOWELS & set(word) for word in words)


def _decode_again(text: str) -> tuple[str, bool]:
    """The text with words decoded as Russian that were decoded as Latin-1, and whether it is garbled in a way that stays unknown.

    Only words entirely of such characters count; where as many words also have others, as in French, the text is unchanged.
    """
    words = _LETTER_WORD.findall(text)
    misread = [word for word in words if _MISREAD_WORD.fullmatch(word)]
    if not misread or len(misread) <= len(words) / 2:
        return text, False
    long = [word for word in misread if len(word) > 1]
    if len("".join(long)) <= len("".join(misread)) / 2:
        return text, False
    for table, at_least in zip(_TRANSLATIONS, _LEAST_LETTERS.values(), strict=True):
        if are_russian([word.translate(table) for word in long], at_least=at_least):
            whole = _LETTER_WORD.sub(partial(_in_russian, table), text)
            return _NUMBER_SIGN.sub("№", _TEX_HYPHEN.sub("", whole)), False
    letters = sum(map(str.isalpha, text))
    return text, len("".join(long)) > max(_MANY_GARBLED, letters / 2)


def _in_russian(table: dict[int, str], found: re.Match[str]) -> str:
    return found[0].translate(table) if _MISREAD_WORD.fullmatch(found[0]) else found[0]


def _join_spaced_letters(line: str) -> str:
    return _SPACED_RUN.sub(_join_letters, line) if _SPACED_LETTERS.search(line) else line


def _join_letters(spaced: re.Match[str]) -> str:
    """The letters joined to words, which wider gaps separate; unchanged where the letters make no words."""
    words = [part.replace(" ", "") for part in re.split(r" {2,}", spaced[0])]
    return " ".join(words) if _can_be_words(words) else spaced[0]


def _can_be_words(words: list[str]) -> bool:
    """Whether the letters make words, and are not the names of axes, columns or variables."""
    text = "".join(words).lower()
    if len(text) < _SHORTEST_SPACED or max(map(len, words)) < _SHORTEST_SPACED - 1 or not all(map(has_usual_case, words)):
        return False
    pairs = [*itertools.pairwise(text)]
    in_order, doubled = sum(first < second for first, second in pairs), sum(first == second for first, second in pairs)
    vowels = sum(char in _VOWELS for char in text)
    if in_order >= 0.75 * len(pairs) or doubled > 1 or not 0.2 * len(text) <= vowels <= 0.7 * len(text):
        return False
    return are_russian(words, at_least=_SHORTEST_SPACED) or (text.isascii() and len(text) > _SHORTEST_SPACED)
