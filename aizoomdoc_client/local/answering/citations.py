"""Citations in a model's text, checked against the passages that the model was given."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...answer_source import AnswerSource
from ...catalog import Language
from ...protocol.redaction import flattened
from .answerer import Quote
from .grounding import place_of

_LONGEST_CITATION = 60  # characters; a longer text between brackets is no citation
_LONGEST_RANGE = 60  # passages
# [1], [2, 3], [1–3], [passage 2], [№ 4], 【1†source】; ~ is a gap within the line.
_CITATION = re.compile(
    r"""[\[【]~
    (?:(?:passages?|sources?|documents?|doc|выдержк[аи]|фрагмент[ыа]?|источник[иа]?|документ[ыа]?)~)?
    [№\#^]?~
    (?P<numbers>\d{1,3}(?:~(?:[,;–—-]|and|и)~[№\#^]?\d{1,3})*)
    (?:†[^\]】\n]*)?
    ~[\]】]""".replace("~", r"[^\S\n]*"),
    re.IGNORECASE | re.VERBOSE,
)
# At the end of the text so far: "[1", "[see page", or a backtick that may become a fence of three.
_BEGINNING = re.compile(rf"(?:[\[【][^\[\]【】\n]{{0,{_LONGEST_CITATION}}}|(?<!`)`+)\Z")
_CODE_FENCE = re.compile("(`{3,})")
_NUMBER_OR_RANGE = re.compile(r"(\d{1,3})(?:\s*[–—-]\s*[№#^]?(\d{1,3}))?")

_SOURCES = {"en": "Sources:", "ru": "Источники:"}
_PLACE = {"en": "- [{number}] {document}, p. {page}", "ru": "- [{number}] «{document}», стр. {page}"}
_NONE_CITED = {
    "en": "The model did not say which places of the documents this answer rests on.",
    "ru": "Модель не указала, на какие места документов опирается ответ.",
}
_UNKNOWN = {
    "en": "A number with a question mark: the model cites a passage that it was not given.",
    "ru": "Номер с вопросительным знаком: модель ссылается на выдержку, которой у неё не было.",
}


class CitationChecker:
    """Renumbers the citations of a text that comes in deltas, so that ``[1]`` is the first place cited.

    `quotes` are the passages that the model knows as 1, 2, ...; passages of one page are one place. A number without a passage
    gets a question mark. A citation may be divided over deltas, so what may be the beginning of one is held back. In a block of
    code nothing is a citation: ``[12]`` of JSON is a list.
    """

    def __init__(self, quotes: Sequence[Quote]) -> None:
        self._quotes = quotes
        self._held = ""
        self._cited: dict[AnswerSource, Quote] = {}
        self._has_unknown = False
        self._in_code = False

    @property
    def cited(self) -> tuple[Quote, ...]:
        """The first passage cited of each place, in the order of the numbers in the text."""
        return tuple(self._cited.values())

    def feed(self, delta: str) -> str:
        """The checked text that can be shown now."""
        text = self._held + delta
        beginning = _BEGINNING.search(text)
        self._held = text[beginning.start() :] if beginning else ""
        return "".join(self._check_part(part) for part in _CODE_FENCE.split(text.removesuffix(self._held)))

    def finish(self) -> str:
        """The text that is still held back, at the end of the answer."""
        rest, self._held = self._held, ""
        return rest

    def source_list(self, language: Language) -> str:
        """The list of places cited, to follow the text, or a sentence that there are none; empty without passages."""
        blocks = list[str]()
        if self._cited:
            blocks.append("\n".join([_SOURCES[language], "", *self._places(language)]))
        elif self._quotes:
            blocks.append(_NONE_CITED[language])
        if self._has_unknown:
            blocks.append(_UNKNOWN[language])
        return "".join(f"\n\n{block}" for block in blocks)

    def _check_part(self, part: str) -> str:
        """Checks a fence of a block of code, or the text between two fences."""
        if _CODE_FENCE.fullmatch(part):
            self._in_code = not self._in_code
        return part if self._in_code else _CITATION.sub(self._renumber, part)

    def _places(self, language: Language) -> list[str]:
        template = _PLACE[language]
        return [
            template.format(number=number, document=flattened(place.document), page=place.page)
            for number, place in enumerate(self._cited, start=1)
        ]

    def _renumber(self, found: re.Match[str]) -> str:
        numbers = list[str]()
        for part in _NUMBER_OR_RANGE.finditer(found["numbers"]):
            numbers += map(self._number, _expand(int(part[1]), int(part[2] or part[1])))
        return f"[{', '.join(dict.fromkeys(numbers))}]"

    def _number(self, number: int) -> str:
        if not 1 <= number <= len(self._quotes):
            self._has_unknown = True
            return f"{number}?"
        quote = self._quotes[number - 1]
        self._cited.setdefault(place_of(quote), quote)
        return str(list(self._cited).index(place_of(quote)) + 1)


def _expand(first: int, last: int) -> Sequence[int]:
    """The numbers of a range; only its ends where it is reversed or implausibly long."""
    if first <= last < first + _LONGEST_RANGE:
        return range(first, last + 1)
    return (first, last)
