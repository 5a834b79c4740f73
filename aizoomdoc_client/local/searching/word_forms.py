"""Words as terms: the stem of their dictionary form, so that окон finds окно and вентиляция вентиляционный.

Russian goes by the dictionary of pymorphy3, where it has the word, then by Snowball's stemmer, English by the stemmer alone.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

_CYRILLIC = re.compile("[а-я]")
_LOOKALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")
"""Latin letters that look like Cyrillic ones, as they are mixed in words and codes."""

_MOST_FORMS = 3
_LONGEST_ABBREVIATION = 5  # letters

# Parts of speech, as pymorphy3 names them.
_NOUN = "NOUN"
_NOMINAL = {_NOUN, "ADJF", "ADJS", "NUMR"}  # nouns, adjectives in their full and short form, numerals

# Neither a stemmer nor the dictionary can be used by two threads at once.
_LOCK = threading.Lock()


def word_term(word: str) -> str:
    """The term that a question's word is searched by."""
    return _russian_terms(folded(word))[0] if _is_russian(word) else _stem("english", word.lower())


def word_terms(word: str) -> tuple[str, ...]:
    """All terms that a document's word is found by: стали is a form of сталь and of стать."""
    is_russian = not word.isascii() and _is_russian(word)
    return _russian_terms(folded(word)) if is_russian else (_stem("english", word.lower()),)


def may_be_abbreviation(word: str) -> bool:
    """Whether a word, also in small letters, may be an abbreviation: вру is a form of врать, and ВРУ a switchboard."""
    return len(word) <= _LONGEST_ABBREVIATION and _is_russian(word) and not _is_nominal(folded(word))


@lru_cache(maxsize=10_000)
def _is_nominal(word: str) -> bool:
    with _LOCK:
        return any(_NOMINAL & parse.tag.grammemes for parse in _dictionary().parse(word))


def _is_russian(word: str) -> bool:
    return _CYRILLIC.search(word.lower().replace("ё", "е")) is not None


def folded(word: str) -> str:
    """A word or a code in small letters, without ё, and with Cyrillic letters for the Latin ones that look like them."""
    return word.lower().replace("ё", "е").translate(_LOOKALIKES)


@lru_cache(maxsize=100_000)
def _russian_terms(word: str) -> tuple[str, ...]:
    """The stems of the word's dictionary forms, that of a noun first."""
    with _LOCK:
        forms = _dictionary_forms(word) or [word]
    return tuple(dict.fromkeys(_stem("russian", form.replace("ё", "е")) for form in forms))


def _dictionary_forms(word: str) -> list[str]:
    """The nouns among its dictionary forms, then the likeliest form; none where the dictionary has no such word.

    Most words have only one form. Then it need not be known how likely each reading is, which takes longer than all else.
    """
    analyzer = _dictionary()
    spellings: list[tuple[str, list[tuple[int, int]]]] = analyzer.dictionary.words.similar_items(word, analyzer.char_substitutes)
    build = analyzer.dictionary.build_normal_form
    forms = {build(paradigm, place, spelled) for spelled, places in spellings for paradigm, place in places}
    if len(forms) < 2:
        return list(forms)
    parses: list[Any] = analyzer.parse(word)
    nouns = [parse.normal_form for parse in parses if _NOUN in parse.tag]
    return [*nouns, parses[0].normal_form][:_MOST_FORMS]


def _stem(language: str, word: str) -> str:
    with _LOCK:
        return _stemmer(language)(word)


@lru_cache(maxsize=2)
def _stemmer(language: str) -> Callable[[str], str]:
    snowball: Any = import_module("snowballstemmer")
    stemmer = snowball.stemmer(language)
    stemmer.maxCacheSize = 0  # to look a word up would take it longer than to find the stem
    stem: Callable[[str], str] = stemmer.stemWord
    return stem


@lru_cache(maxsize=1)
def _dictionary() -> Any:
    pymorphy: Any = import_module("pymorphy3")
    return pymorphy.MorphAnalyzer(lang="ru")
