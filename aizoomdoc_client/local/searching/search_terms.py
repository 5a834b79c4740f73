"""Text as search terms: words as the stems of their dictionary forms, numbers and codes (В2, ВРУ-1, П1.2) as they are.

A code has letters and digits. Its hyphens are dropped (ВРУ-1 = ВРУ1), and Latin letters that look like Cyrillic ones become those
(B2 = В2), because drawings mix them. A range of codes such as В1-В4 stands for each of them. A code is found by its letters, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from .word_forms import folded, may_be_abbreviation, word_term, word_terms
from .written_forms import UNITS, may_be_apart, number_of_norm, spaced_numbers, unified, with_usual_characters

_CHUNK = re.compile(r"[^\W_]++(?:[-.,/][^\W_]++)*")
"""Words, numbers and codes, and several of them with one of these signs between: вода, ВРУ-1, П1.2, приточно-вытяжная."""
_DIGIT_OR_DASH = re.compile(r"[\d\u2010-\u2014\u2212]")
_BETWEEN_WORDS = re.compile("[-.,/]")
_PUNCTUATION = ".,;:!?()[]{}<>«»\"'“”‘’*"
_MOST_KEPT = 200_000  # chunks, and strings between white space, whose terms are kept
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_MEASURE = re.compile(r"(\d+(?:[.,]\d+)?)([^\W\d]+[23]?)")  # 3,5м2
_DIMENSIONS = re.compile(r"\d+(?:\.\d+)?(?:х\d+(?:\.\d+)?)+")  # 400х200, as `unified` writes it
_YEAR = re.compile(r"(.*\d)[.-](?:19|20)\d\d")  # ГОСТ31996-2012 or СП60.13330.2020
_SHORT_YEAR = re.compile(r"(.*\d)-\d\d")  # ГОСТ21.101-97
_DATED_NUMBER = re.compile(r"(?!(?:19|20)\d\d-)[\d-]*\d{3}-(?:19|20)\d\d")
"""The number of a norm with its year, as 31996-2012, but not two years, as 2012-2020."""
_RANGE = re.compile(r"([^\W\d]+)(\d{1,3})-\1(\d{1,3})")  # в1-в4
_LETTERS = re.compile(r"([^\W\d]{2,6})-?\d")  # those that begin ВРУ-1
_ABBREVIATION = re.compile(r"[A-ZА-ЯЁ]{2,5}")
_NUMBER_SIGN = re.compile(r"\s+(?:№\s*)?|№")
_CODE_APART = re.compile(r"[A-ZА-ЯЁ][\s№]+\d")  # ВРУ № 1
_UNIT_APART = re.compile(rf"\d\s+(?:{'|'.join(sorted(UNITS, key=len, reverse=True))})(?![^\W_])", re.IGNORECASE)  # 3,3 м
"""A text in which neither of these two finds anything has no two chunks that are one term."""
_LONGEST_RANGE = 20  # codes
_FEWEST_DIGITS = 4
"""Of a number by which a norm is found alone; shorter ones are everywhere."""
_LIST_NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE)
_COMPARING = re.compile(r"\b(?:сравн|сопостав|отлич|различ|разниц|compar|differ)", re.IGNORECASE)

_LONGEST_QUESTION = 20_000  # characters
_MOST_TERMS = 64  # of a question
_WEAK = 0.25
"""The weight, which is else 1, of a term that is only a part of another of the question, or that nearly every document has."""

_RUSSIAN_STOP_WORDS = """
а без более больше будет будто бы был была были было быть в вам вас ведь весь вместе во вот все всего всей всем всех всю всё вся
вы где говорится да даже для до его её ей ему если есть еще ещё же за здесь и из или им ими их к как какая какие каким какими
каких какова каково каковы какого какое какой каком какому какую ко когда которая которого которое которой котором которые который
которых кто куда ли либо между меня мне много может можно мой мы на над надо найди написано найти находится находятся находиться
нам нас наш не него нее неё ней нет ни них но ну нужно о об однако он она они оно описать опиши от откуда ответь перечисли
перечислить по под пожалуйста покажи показать после потом почему при про проанализируй проанализировать расскажи рассказать с сам
самый свой своего себе себя сейчас скажи сказано сколько со сравни сравнить так также такая такие такое такой там тебе тем то
тогда того тоже той только том тому тот тут ты у уже укажи указать уточни часто чего чей чем что чтобы чье чьё чья эта эти этим
этими этих это этого этой этом этому этот эту является являются я
"""

_ENGLISH_STOP_WORDS = """
a about all an and any are as at be been but by can compare could describe did do does find for from had has have he her his how i
if in into is it its list may me my no not of on or our please shall she should show so such tell than that the their them then
there these they this those to was we were what when where which who whose why will with would you your
"""

# They are in the index, but a question that has no other words is not searched for them.
_FORMS_OF_WORDS_ABOUT_DOCUMENTS = """
документ документа документе документы документов документам документах файл файла файле файлы файлов файлах план плана плане
планы планов планах чертеж чертежа чертеже чертежи чертежей чертежах лист листа листе листы листов проект проекта проекте страница
странице document documents file files plan plans drawing drawings sheet page
"""

_STOP_WORDS = frozenset((_RUSSIAN_STOP_WORDS + _ENGLISH_STOP_WORDS).replace("ё", "е").split())
_WORDS_ABOUT_DOCUMENTS = frozenset(_FORMS_OF_WORDS_ABOUT_DOCUMENTS.replace("ё", "е").split())


def terms(text: str) -> list[str]:
    """The search terms of a document's text, without stop words."""
    return joined_terms(text).split()


def joined_terms(text: str) -> str:
    """The search terms of a document's text with a space between each two, as they are stored."""
    text = with_usual_characters(text)
    if may_be_apart(text):
        return " ".join(_terms_of_whole(text))
    return " ".join(filter(None, map(_TERMS_OF_STRINGS.__getitem__, text.split())))


def _terms_of_whole(text: str) -> list[str]:
    """The terms of a text, some of which may be written with white space in them."""
    text = unified(text)
    found = [number.replace(" ", "") for number in spaced_numbers(text)]
    if not (_CODE_APART.search(text) or _UNIT_APART.search(text)):
        found += chain.from_iterable(map(_TERMS_OF_CHUNKS.__getitem__, _CHUNK.findall(text)))
        return found
    left = ""
    for gap, right in _gaps_and_chunks(text):
        found += _TERMS_OF_CHUNKS[right]
        if joined := _written_apart(left, gap, right):
            found.append(joined)
        left = right
    return found


def question_terms(question: str) -> dict[str, float]:
    """The terms to search for, at most 64, with their weight, which is at most 1.

    Empty for a question about documents as such, as "Проанализируй этот документ" is.
    """
    text = unified(_LIST_NUMBER.sub(" ", question[:_LONGEST_QUESTION]))
    weights: dict[str, float] = {}
    parts: set[str] = set()
    left = ""
    for gap, right in _gaps_and_chunks(text):
        for term, weight in _weighted_terms(right):
            weights[term] = max(weight, weights.get(term, 0))
        if joined := _written_apart(left, gap, right):
            weights[joined] = 1.0
            parts |= {*_TERMS_OF_CHUNKS[left], *_TERMS_OF_CHUNKS[right]}
        left = right
    for number in spaced_numbers(text):
        weights[number.replace(" ", "")] = 1.0
        parts |= set(number.split())
    weights |= {term: _WEAK for term in parts if term in weights}
    if not any(term not in _terms_about_documents() for term in weights):
        return {}
    return dict(sorted(weights.items(), key=lambda item: -item[1])[:_MOST_TERMS])


def asks_to_compare(question: str) -> bool:
    """Whether the question asks to compare documents."""
    return _COMPARING.search(question) is not None


def names_exactly(question: str) -> bool:
    """Whether the question has a code, an abbreviation or a name with a capital inside, as ВРУ-1, NMU and Alt-Ergo are.

    Capitals say nothing where it is written in capitals as a whole.
    """
    chunks = _CHUNK.findall(question[:_LONGEST_QUESTION])
    return any(map(is_code, chunks)) or (not question.isupper() and any(chunk[1:] != chunk[1:].lower() for chunk in chunks))


def is_code(term: str) -> bool:
    """Whether the term has letters and digits."""
    return any(map(str.isdigit, term)) and any(map(str.isalpha, term))


def _gaps_and_chunks(text: str) -> Iterator[tuple[str, str]]:
    """The chunks of the text, each after what stands before it."""
    end = 0
    for found in _CHUNK.finditer(text):
        yield text[end : found.start()], found[0]
        end = found.end()


def _written_apart(left: str, gap: str, right: str) -> str | None:
    """The one term of what stands apart: a code, as in ВРУ 1 and ВРУ № 1, or a number with its unit, as in 3,3 м."""
    if right.isdecimal() and _ABBREVIATION.fullmatch(left):
        return _code(left + right) if _NUMBER_SIGN.fullmatch(gap) else None
    if left[-1:].isdigit() and gap.isspace() and (unit := UNITS.get(right.lower())) and _NUMBER.fullmatch(left):
        return left.replace(",", ".") + unit
    return None


class _ChunkTerms(dict[str, tuple[str, ...]]):
    """The terms that a chunk of a document is found by; those of many chunks are kept.

    A dictionary, because calling a cached function takes longer than most of what is done for a word.
    """

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        if len(self) >= _MOST_KEPT:
            self.clear()
        found = self[chunk] = self._found(chunk)
        return found

    def _found(self, chunk: str) -> tuple[str, ...]:
        if chunk.isalpha():
            return tuple(dict.fromkeys(_terms_of("word", chunk))) if _is_indexed(chunk) else ()
        if chunk.isdecimal():
            return (chunk,)
        if _NUMBER.fullmatch(chunk):
            return (chunk.replace(",", "."),)
        words = _BETWEEN_WORDS.split(chunk)
        if all(map(str.isalpha, words)):
            return tuple(dict.fromkeys(chain.from_iterable(map(self.__getitem__, words))))
        return tuple(dict.fromkeys(term for kind, piece in _elements(chunk) for term in _terms_of(kind, piece)))


_TERMS_OF_CHUNKS = _ChunkTerms()


class _StringTerms(dict[str, str]):
    """The terms, joined, of a string between white space, in a text no term of which has any in it; those of many are kept.

    The same strings come again and again, and to look one up takes less than to find the chunks and the numbers in a text.
    """

    def __missing__(self, string: str) -> str:
        if len(self) >= _MOST_KEPT:
            self.clear()
        found = self[string] = " ".join(self._found(string))
        return found

    def _found(self, string: str) -> Iterable[str]:
        word = string.strip(_PUNCTUATION)
        if word.isalpha() or word.isdecimal():  # has one form only
            return _TERMS_OF_CHUNKS[word]
        if not _DIGIT_OR_DASH.search(word):
            return chain.from_iterable(map(_TERMS_OF_CHUNKS.__getitem__, _CHUNK.findall(word)))
        return _terms_of_whole(string)


_TERMS_OF_STRINGS = _StringTerms()


_Element = tuple[str, str]
"""Something that a chunk has, after its kind: a "word" as written, or as a term a "number", a "code" or a "part" of one."""


def _terms_of(kind: str, piece: str) -> Iterator[str]:
    """The terms that an element of a document's chunk is found by."""
    if kind == "word":
        if _ABBREVIATION.fullmatch(piece):
            yield _code(piece)
        yield from word_terms(piece)
    else:
        yield piece


def _weighted_terms(chunk: str) -> Iterator[tuple[str, float]]:
    """The terms that a question's chunk is searched by, each with its weight."""
    for kind, piece in _elements(chunk):
        if kind != "word":
            yield piece, _WEAK if kind == "part" else 1.0
            continue
        is_abbreviation = may_be_abbreviation(piece)
        if is_abbreviation:
            yield _code(piece), 1.0
        if not (is_abbreviation and piece.isupper()):
            term = word_term(piece)
            yield term, _WEAK if term in _terms_about_documents() else 1.0


def _elements(chunk: str) -> Iterator[_Element]:
    """The words, numbers and codes that a chunk is made of, and the parts of these that it is found by, too."""
    for part in chunk.split("/"):
        for piece in _split_at_points(part):
            if _NUMBER.fullmatch(piece):
                yield "number", piece.replace(",", ".")
            elif is_code(piece):
                yield from _elements_of_code(piece)
            else:
                words = piece.split("-")
                year = words[-1] if _DATED_NUMBER.fullmatch(piece) else None
                for word in words:
                    if _is_indexed(word):
                        is_word = any(map(str.isalpha, word))
                        yield "part" if word == year else "word" if is_word else "number", word


def _split_at_points(part: str) -> Iterator[str]:
    """`part` split at points and commas, except in numbers (3,0) and, for points, between the digits of a code (П1.2)."""
    start = 0
    for match in re.finditer("[.,]", part):
        left, right = part[match.start() - 1], part[match.end()]
        is_number = _NUMBER.fullmatch(part[start:]) or _MEASURE.fullmatch(part[start:])
        whole = left.isdigit() and right.isdigit() and (match.group() == "." or is_number)
        if not whole:
            yield part[start : match.start()]
            start = match.end()
    yield part[start:]


def _elements_of_code(piece: str) -> Iterator[_Element]:
    """Dimensions, a measure, each code of a range, or one code; and their parts."""
    code = folded(piece)
    if _DIMENSIONS.fullmatch(code):
        yield "code", code
        yield from (("part", number) for number in code.split("х"))
        return
    if (measure := _MEASURE.fullmatch(piece)) and (unit := UNITS.get(measure[2].lower())):
        number = measure[1].replace(",", ".")
        yield "code", number + unit
        yield "part", number
        return
    codes = _RANGE.fullmatch(code)
    if codes and 0 < int(codes[3]) - int(codes[2]) <= _LONGEST_RANGE:
        yield from (("code", f"{codes[1]}{number}") for number in range(int(codes[2]), int(codes[3]) + 1))
    else:
        yield from _one_code(piece)
    if letters := _LETTERS.match(piece):
        yield "part", _code(letters[1])


def _one_code(piece: str) -> Iterator[_Element]:
    """The code, also without a year at its end; as its parts what is between hyphens, and the numbers of a norm."""
    yield "code", _code(piece)
    norm = number_of_norm(piece)
    dated = _YEAR.fullmatch(piece) or (norm and _SHORT_YEAR.fullmatch(piece))
    if dated:  # a norm without its year
        yield "code", _code(dated[1])
    parts = piece.split("-")
    if len(parts) > 1:
        yield from (("part", _code(part)) for part in parts if is_code(part))
        yield from (("word", part) for part in parts if len(part) > 3 and part.isalpha() and _is_indexed(part))
    if norm:
        yield from (("part", number) for number in _numbers_of_norm(norm))


def _numbers_of_norm(norm: str) -> Iterator[str]:
    """What people write of a norm's number without the letters before it: 31996 of 31996-2012, 60.13330 of 60.13330.2020."""
    if dated := _YEAR.fullmatch(norm):
        yield from _numbers_of_norm(dated[1])
        if dated.end(1) == norm.rfind("."):
            yield norm
    else:
        yield from (number for number in norm.split("-") if sum(map(str.isdigit, number)) >= _FEWEST_DIGITS)


def _code(text: str) -> str:
    """The term of a code, however it is written."""
    return folded(text.replace("-", ""))


def _is_indexed(word: str) -> bool:
    return len(word) > 1 and word.lower().replace("ё", "е") not in _STOP_WORDS


@lru_cache(maxsize=1)
def _terms_about_documents() -> frozenset[str]:
    return frozenset(word_term(word) for word in _WORDS_ABOUT_DOCUMENTS)
