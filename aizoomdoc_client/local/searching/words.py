"""Text as search terms: words by their stems, numbers and codes (В2, ВРУ-1, П1.2) whole.

A code has letters and digits. Its hyphens are dropped (ВРУ-1 = ВРУ1), and Latin letters that look like Cyrillic ones are read as
those (B2 = В2): drawings mix them freely. A row of codes such as В1-В4 stands for all of them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any
from unicodedata import normalize

from .stopwords import STOP_WORDS, VAGUE_WORDS

_DASHES = re.compile("[\u2010\u2011\u2012\u2013\u2014\u2212]")
_WRAPPED = re.compile(r"(?<=\w)[-\u00ad]\s*\n\s*(?=\w)")
_CHUNK = re.compile(r"[^\W_]+(?:[-.,/][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_ROW = re.compile(r"([^\W\d]+)(\d{1,3})-\1(\d{1,3})")
_ABBREVIATION = re.compile(r"[A-ZА-ЯЁ]{2,5}")
_BEFORE_NUMBER = re.compile(r"\s+(?:№\s*)?|№")
_LOOKALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")
_LONGEST_ROW = 20
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE)
_COMPARING = re.compile(r"\b(?:сравн|сопостав|отлич|различ|разниц|compar|differ)", re.IGNORECASE)


def terms(text: str) -> list[str]:
    """All search terms of the text in order, stop words left out."""
    text = _DASHES.sub("-", _WRAPPED.sub("", normalize("NFC", text)))
    found: list[str] = []
    last: re.Match[str] | None = None
    for match in _CHUNK.finditer(text):
        chunk = match.group()
        found.extend(_terms_of(chunk))
        if last and chunk.isdigit() and _names_a_number(text, last, match):
            found.append(_code(last.group() + chunk))
        last = match
    return found


def _names_a_number(text: str, word: re.Match[str], number: re.Match[str]) -> bool:
    """Whether both are one code written apart: ВРУ 1, ВРУ № 1."""
    gap = _BEFORE_NUMBER.fullmatch(text, word.end(), number.start())
    return gap is not None and _ABBREVIATION.fullmatch(word.group()) is not None


def question_terms(question: str) -> tuple[str, ...]:
    """What to search for, each term once; empty for a question about the documents as such (Проанализируй этот документ)."""
    found = dict.fromkeys(terms(_LIST_NUMBER.sub(" ", question)))
    return tuple(term for term in found if term not in _vague_stems())


def asks_to_compare(question: str) -> bool:
    """Whether the documents asked about are to be held against one another."""
    return _COMPARING.search(question) is not None


def is_code(term: str) -> bool:
    """Whether the term has letters and digits."""
    return any(map(str.isdigit, term)) and any(map(str.isalpha, term))


def _terms_of(chunk: str) -> Iterator[str]:
    for part in re.split("/", chunk):
        for piece in _at_points(part):
            if _NUMBER.fullmatch(piece):
                yield piece.replace(",", ".")
            elif is_code(piece):
                yield from _codes(piece)
            else:
                yield from (_word(word) for word in piece.split("-") if _is_worth_it(word))


def _at_points(part: str) -> Iterator[str]:
    """Splits at points and commas but inside numbers (3,0) and, points only, between the digits of a code (П1.2)."""
    start = 0
    for match in re.finditer("[.,]", part):
        left, right = part[match.start() - 1], part[match.end()]
        whole = left.isdigit() and right.isdigit() and (match.group() == "." or _NUMBER.fullmatch(part[start:]))
        if not whole:
            yield part[start : match.start()]
            start = match.end()
    yield part[start:]


def _codes(piece: str) -> Iterator[str]:
    folded = piece.lower().translate(_LOOKALIKES)
    row = _ROW.fullmatch(folded)
    if row and 0 < int(row[3]) - int(row[2]) <= _LONGEST_ROW:
        yield from (f"{row[1]}{number}" for number in range(int(row[2]), int(row[3]) + 1))
        return
    yield _code(piece)
    atoms = piece.split("-")
    if len(atoms) > 1:
        yield from (_code(atom) for atom in atoms if is_code(atom))
        yield from (_word(atom) for atom in atoms if len(atom) > 3 and atom.isalpha() and _is_worth_it(atom))


def _code(text: str) -> str:
    return text.replace("-", "").lower().replace("ё", "е").translate(_LOOKALIKES)


def _is_worth_it(word: str) -> bool:
    return len(word) > 1 and word.lower().replace("ё", "е") not in STOP_WORDS


def _word(word: str) -> str:
    word = word.lower().replace("ё", "е")
    if re.search("[а-я]", word):
        return _stem("russian", word.translate(_LOOKALIKES))
    return _stem("english", word)


# A stemmer keeps the word it works on inside itself, so no two threads may share it.
_LOCK = threading.Lock()


@lru_cache(maxsize=50_000)
def _stem(language: str, word: str) -> str:
    with _LOCK:
        return _stemmer(language)(word)


@lru_cache(maxsize=2)
def _stemmer(language: str) -> Callable[[str], str]:
    snowball: Any = import_module("snowballstemmer")
    stem: Callable[[str], str] = snowball.stemmer(language).stemWord
    return stem


@lru_cache(maxsize=1)
def _vague_stems() -> frozenset[str]:
    return frozenset(_word(word) for word in VAGUE_WORDS)
