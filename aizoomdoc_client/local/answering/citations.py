"""Citations in a model's text, checked against the passages that the model was given."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...answer_source import AnswerSource
from ...catalog import Language
from ...protocol.redaction import flattened
from .answerer import Quote
from .grounding import place_of

_LONGEST = 60  # characters of a citation; what is longer between brackets is text
_CITATION = re.compile(
    r"""[\[【]~
    (?:(?:passages?|sources?|documents?|doc|выдержк[аи]|фрагмент[ыа]?|источник[иа]?|документ[ыа]?)~)?
    [№\#^]?~
    (?P<numbers>\d{1,3}(?:~(?:[,;–—-]|and|и)~[№\#^]?\d{1,3})*)
    (?:†[^\]】\n]*)?
    ~[\]】]""".replace("~", r"[^\S\n]*"),
    re.IGNORECASE | re.VERBOSE,
)
_MAYBE_BEGUN = re.compile(rf"(?:[\[【][^\[\]【】\n]{{0,{_LONGEST}}}|(?<!`)`+)\Z")
_CODE_MARK = re.compile("(`{3,})")
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

    `quotes` are the passages that the model knows as 1, 2, ...; passages of one page are one place. A number that is none of
    theirs gets a question mark. A citation may be divided over deltas: what may be the beginning of one is held back. There are
    none in a block of code: ``[12]`` of JSON is a list.
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
        """What of the text can be shown now."""
        text = self._held + delta
        begun = _MAYBE_BEGUN.search(text)
        self._held = text[begun.start() :] if begun else ""
        return "".join(self._part(part) for part in _CODE_MARK.split(text.removesuffix(self._held)))

    def finish(self) -> str:
        """What was held back until the end of the text."""
        rest, self._held = self._held, ""
        return rest

    def source_list(self, language: Language) -> str:
        """What stands below the text: the places cited, or that there are none; empty where the model had no passages."""
        blocks = list[str]()
        if self._cited:
            blocks.append("\n".join([_SOURCES[language], "", *self._places(language)]))
        elif self._quotes:
            blocks.append(_NONE_CITED[language])
        if self._has_unknown:
            blocks.append(_UNKNOWN[language])
        return "".join(f"\n\n{block}" for block in blocks)

    def _part(self, part: str) -> str:
        """A mark of code, or what stands between two of them."""
        if _CODE_MARK.fullmatch(part):
            self._in_code = not self._in_code
        return part if self._in_code else _CITATION.sub(self._checked, part)

    def _places(self, language: Language) -> list[str]:
        template = _PLACE[language]
        return [
            template.format(number=number, document=flattened(place.document), page=place.page)
            for number, place in enumerate(self._cited, start=1)
        ]

    def _checked(self, found: re.Match[str]) -> str:
        shown = list[str]()
        for part in _NUMBER_OR_RANGE.finditer(found["numbers"]):
            shown += map(self._number, _expanded(int(part[1]), int(part[2] or part[1])))
        return f"[{', '.join(dict.fromkeys(shown))}]"

    def _number(self, number: int) -> str:
        if not 1 <= number <= len(self._quotes):
            self._has_unknown = True
            return f"{number}?"
        quote = self._quotes[number - 1]
        self._cited.setdefault(place_of(quote), quote)
        return str(list(self._cited).index(place_of(quote)) + 1)


def _expanded(first: int, last: int) -> Sequence[int]:
    """The numbers of a range; both ends where it is no range that anybody would mean."""
    if first <= last < first + _LONGEST:
        return range(first, last + 1)
    return (first, last)
