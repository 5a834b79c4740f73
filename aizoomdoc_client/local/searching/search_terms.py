"""Text as search terms: words as their stems, numbers and codes (В2, ВРУ-1, П1.2) as they are.

A code has letters and digits. Its hyphens are dropped (ВРУ-1 = ВРУ1), and Latin letters that look like Cyrillic ones become those
(B2 = В2), because drawings mix them. A range of codes such as В1-В4 stands for each of them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any
from unicodedata import normalize

_DASHES = re.compile("[\u2010\u2011\u2012\u2013\u2014\u2212]")
_DIVIDED_WORD = re.compile(r"(?<=\w)[-\u00ad]\s*\n\s*(?=\w)")
_CHUNK = re.compile(r"[^\W_]+(?:[-.,/][^\W_]+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_RANGE = re.compile(r"([^\W\d]+)(\d{1,3})-\1(\d{1,3})")
_ABBREVIATION = re.compile(r"[A-ZА-ЯЁ]{2,5}")
_NUMBER_SIGN = re.compile(r"\s+(?:№\s*)?|№")
_LOOKALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")
_LONGEST_RANGE = 20
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE)
_COMPARING = re.compile(r"\b(?:сравн|сопостав|отлич|различ|разниц|compar|differ)", re.IGNORECASE)

_RUSSIAN_STOP_WORDS = """
а без более больше будет будто бы был была были было быть в вам вас ведь весь вместе во вот все всего всей всем всех всю всё вся
вы где да даже для до его её ей ему если есть еще ещё же за здесь и из или им ими их к как какая какие каким какими каких какова
каково каковы какого какое какой каком какому какую ко когда которая которого которое которой котором которые который которых кто
куда ли либо между меня мне много может можно мой мы на над надо найди найти находится находятся находиться нам нас наш не него
нее неё ней нет ни них но ну нужно о об однако он она они оно описать опиши от откуда ответь перечисли перечислить по под
пожалуйста покажи показать после потом почему при про проанализируй проанализировать расскажи рассказать с сам самый свой своего
себе себя сейчас скажи сколько со сравни сравнить так также такая такие такое такой там тебе тем то тогда того тоже той только том
тому тот тут ты у уже укажи указать уточни чего чей чем что чтобы чье чьё чья эта эти этим этими этих это этого этой этом этому
этот эту является являются я
"""

_ENGLISH_STOP_WORDS = """
a about all an and any are as at be been but by can compare could describe did do does find for from had has have he her his how i
if in into is it its list may me my no not of on or our please shall she should show so such tell than that the their them then
there these they this those to was we were what when where which who whose why will with would you your
"""

# Words about documents as such: they are in the index, but a question is not searched for them.
_DOCUMENT_WORD_FORMS = """
документ документа документе документы документов документам документах файл файла файле файлы файлов файлах план плана плане
планы планов планах чертеж чертежа чертеже чертежи чертежей чертежах лист листа листе листы листов проект проекта проекте страница
странице document documents file files plan plans drawing drawings sheet page
"""

_STOP_WORDS = frozenset((_RUSSIAN_STOP_WORDS + _ENGLISH_STOP_WORDS).replace("ё", "е").split())
_DOCUMENT_WORDS = frozenset(_DOCUMENT_WORD_FORMS.replace("ё", "е").split())


def terms(text: str) -> list[str]:
    """The search terms of `text` in order, without stop words."""
    text = _DASHES.sub("-", _DIVIDED_WORD.sub("", normalize("NFC", text)))
    found: list[str] = []
    last: re.Match[str] | None = None
    for match in _CHUNK.finditer(text):
        chunk = match.group()
        found.extend(_chunk_terms(chunk))
        if last and chunk.isdigit() and _is_code_written_apart(text, last, match):
            found.append(_code(last.group() + chunk))
        last = match
    return found


def _is_code_written_apart(text: str, word: re.Match[str], number: re.Match[str]) -> bool:
    """Whether `word` and `number` are one code, as in ВРУ 1 and ВРУ № 1."""
    gap = _NUMBER_SIGN.fullmatch(text, word.end(), number.start())
    return gap is not None and _ABBREVIATION.fullmatch(word.group()) is not None


def question_terms(question: str) -> tuple[str, ...]:
    """The terms to search for, each once; none for a question about documents as such, as "Проанализируй этот документ" is."""
    found = dict.fromkeys(terms(_LIST_NUMBER.sub(" ", question)))
    return tuple(term for term in found if term not in _document_word_stems())


def asks_to_compare(question: str) -> bool:
    """Whether the question asks to compare documents."""
    return _COMPARING.search(question) is not None


def is_code(term: str) -> bool:
    """Whether the term has letters and digits."""
    return any(map(str.isdigit, term)) and any(map(str.isalpha, term))


def _chunk_terms(chunk: str) -> Iterator[str]:
    for part in re.split("/", chunk):
        for piece in _split_at_points(part):
            if _NUMBER.fullmatch(piece):
                yield piece.replace(",", ".")
            elif is_code(piece):
                yield from _codes(piece)
            else:
                yield from (_word(word) for word in piece.split("-") if _is_indexed(word))


def _split_at_points(part: str) -> Iterator[str]:
    """`part` split at points and commas, except in numbers (3,0) and, for points, between the digits of a code (П1.2)."""
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
    codes = _RANGE.fullmatch(folded)
    if codes and 0 < int(codes[3]) - int(codes[2]) <= _LONGEST_RANGE:
        yield from (f"{codes[1]}{number}" for number in range(int(codes[2]), int(codes[3]) + 1))
        return
    yield _code(piece)
    parts = piece.split("-")
    if len(parts) > 1:
        yield from (_code(part) for part in parts if is_code(part))
        yield from (_word(part) for part in parts if len(part) > 3 and part.isalpha() and _is_indexed(part))


def _code(text: str) -> str:
    return text.replace("-", "").lower().replace("ё", "е").translate(_LOOKALIKES)


def _is_indexed(word: str) -> bool:
    return len(word) > 1 and word.lower().replace("ё", "е") not in _STOP_WORDS


def _word(word: str) -> str:
    word = word.lower().replace("ё", "е")
    if re.search("[а-я]", word):
        return _stem("russian", word.translate(_LOOKALIKES))
    return _stem("english", word)


# A stemmer holds the word that it works on, so two threads cannot use it at once.
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
def _document_word_stems() -> frozenset[str]:
    return frozenset(_word(word) for word in _DOCUMENT_WORDS)
