"""What the search is compared with: BM25 over pages, words in lower case, nothing else."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

import snowballstemmer  # type: ignore[import-untyped]

from aizoomdoc_client.local.reading import Document

K1, B = 1.2, 0.75
"""BM25's parameters, as Lucene has them by default: saturation of term frequency, and normalization by length."""

Words = Callable[[str], list[str]]


class Found(NamedTuple):
    """A place that an answer would quote."""

    document: str
    page: int
    text: str


def words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return re.findall(r"\w+", text.lower())


def stems(text: str) -> list[str]:
    """The same words by their Snowball stems, Russian ones and others."""
    return [_stem(word) for word in words(text)]


@cache
def _stem(word: str) -> str:
    return str(snowballstemmer.stemmer("russian" if re.search("[а-яё]", word) else "english").stemWord(word))


class PagesBM25:
    """The pages of documents, ranked by BM25."""

    def __init__(self, documents: Iterable[tuple[str, Document]], words_of: Words = words) -> None:
        self._words_of = words_of
        self._pages = [Found(name, page.number, page.text) for name, document in documents for page in document.pages]
        self._counts = [Counter(words_of(page.text)) for page in self._pages]
        self._lengths = [counts.total() for counts in self._counts]
        self._mean = sum(self._lengths) / max(1, len(self._pages))
        self._pages_with = Counter(word for counts in self._counts for word in counts)

    def search(self, question: str, limit: int) -> Sequence[Found]:
        """At most `limit` pages that have a word of the question, the best first."""
        asked = set(self._words_of(question))
        scores = [
            (sum(self._score(counts[word], length, word) for word in asked if word in counts), -number)
            for number, (counts, length) in enumerate(zip(self._counts, self._lengths, strict=True))
        ]
        return [self._pages[-number] for score, number in sorted(scores, reverse=True)[:limit] if score > 0]

    def _score(self, count: int, length: int, word: str) -> float:
        having = self._pages_with[word]
        rarity = math.log(1 + (len(self._pages) - having + 0.5) / (having + 0.5))
        return rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * length / self._mean))
