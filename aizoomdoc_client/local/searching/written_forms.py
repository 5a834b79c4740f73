"""One form for what people write in many: dimensions, units, numbers with gaps, diameters, names of norms.

`unified` rewrites a text before it is divided into terms; what it makes of a document it makes of a question, too. Nearly all of
it can be done to each string between white space alone: `may_be_apart` tells which texts have to be seen as a whole.
"""

from __future__ import annotations

import re
from unicodedata import normalize

# Each expression begins with a set of characters, which is searched for quickly, and looks behind it only where one is found.
_DIVIDED_WORD = re.compile(r"[-\u00ad](?<=\w.)\s*\n\s*(?=\w)")
_ALWAYS_MARKS = r"\u2070\u00b9\u2074-\u2079\u207a\u207b"
_SUPERSCRIPTS = re.compile(
    rf"[\u00b2\u00b3{_ALWAYS_MARKS}](?:(?<=\d.)[\u00b2\u00b3{_ALWAYS_MARKS}]*|(?<=[{_ALWAYS_MARKS}])[{_ALWAYS_MARKS}]*)"
)
"""Marks of footnotes and powers of numbers; after a letter, 2 and 3 are of units."""
_SPACES = "\u00a0\u2007\u2009\u202f"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_AREA_OR_VOLUME = re.compile(r"[Кк](?<!\w.)(?:([Уу][Бб])|[Вв])\.?\s?[Мм]\b\.?")  # кв. м or куб.м
_TIMES = r"\s?[xхXХ×*]\s?"
_DIMENSIONS = re.compile(rf"\d(?<![\w.,].)\d*(?:[.,]\d+)?(?:{_TIMES}\d+(?:[.,]\d+)?)+(?!\d)")  # 400 × 200
_LETTER_AND_NUMBER = re.compile(r"[Øø⌀∅ΦφdDдДфФм=NуУПТНРДON]\.?\s{0,2}\d")
"""Finds something in each text in which one of the next three expressions does; м is the end of диам."""
_DIAMETER = re.compile(r"(?:[Øø⌀∅Φφ]\s?|(?<![\w-])(?:[dDдДфФ]|диам\.)\s?=?\s?)(?=\d{2,4}(?!\d))")  # of Ø 160, d = 160
_NOMINAL_DIAMETER = re.compile(r"(?<!\w)(?:DN|ДУ|Ду|ду)\s?(?=\d)")  # of DN 50
_NORM = re.compile(r"(?<!\w)(СП|СНиП|СанПиН|ГОСТ(?: Р)?|ВСН|РД|ТУ|ISO|EN)[ \n]?(?=\d)")
_UNIFIED_NORM = re.compile(r"(?:СП|СНиП|СанПиН|ГОСТР?|ВСН|РД|ТУ|ISO|EN)-?(\d.*)")
_THOUSANDS = re.compile(r"\d(?<![\w.,].)\d{0,2}(?: \d{3})+(?![\d.]|,\d{3})")  # 17 300
_RUSSIAN_UNITS = """
м мм см км м2 м3 мм2 кг г т л квт вт мвт в кв ква а ка па кпа мпа бар с ч мин сут дб лк гц шт чел
"""
_ENGLISH_UNITS = "m=м mm=мм cm=см km=км m2=м2 m3=м3 mm2=мм2 kg=кг t=т l=л kw=квт w=вт mw=мвт v=в kv=кв kva=ква a=а ka=ка"
_MORE_ENGLISH_UNITS = "pa=па kpa=кпа mpa=мпа bar=бар s=с h=ч min=мин db=дб lx=лк hz=гц pcs=шт"
_TRANSLATED = (pair.partition("=") for pair in f"{_ENGLISH_UNITS} {_MORE_ENGLISH_UNITS}".split())
UNITS: dict[str, str] = {unit: unit for unit in _RUSSIAN_UNITS.split()} | {english: unit for english, _, unit in _TRANSLATED}
"""Units that follow a number with or without a space, in lower case, and how they are written in Russian."""


_APART = re.compile(
    rf"""[0-9A-ZА-ЯЁxх×*Øø⌀∅Φφуdдф.=]\s(?:
      (?<=\d\s)\s*(?:[xхXХ×*]|\d{{3}}|(?i:{"|".join(sorted(UNITS, key=len, reverse=True))})(?![^\W_]))  # 3,3 м, 400 × 200, 17 300
    | (?=[\d\s№=Р])(?:
          (?<=[A-ZА-ЯЁ]{{2}}\s|и[ПН]\s|[Дд]у\s|\d[xхXХ×*]\s)\s*(?:№\s*)?\d  # ВРУ № 1, СП 60, СНиП 41, Ду 100, 400x 200
        | (?<=Т\s)Р\d | (?<=Т[ ]Р\s)\d  # ГОСТ Р 21
        | (?<=[Øø⌀∅Φφ]\s)\d | (?<=[dDдДфФ.]=\s)\d
        | (?:(?<![\w-][dDдДфФ]\s)(?<=[dDдДфФ]\s)|(?<=м\.\s))(?:=\s?|\s)?\d  # d = 160, диам. 160
      )
    )""",
    re.VERBOSE,
)
"""Where something with a number in it may be written apart.

Every text is searched for it; without a class such as \\d in the first set that takes two thirds of the time.
"""


def with_usual_characters(text: str) -> str:
    """The text with one character for each that is written in several ways."""
    if text.isascii():
        return text
    text = _SUPERSCRIPTS.sub(" ", normalize("NFC", text)).replace("²", "2").replace("³", "3")
    for space in _SPACES:
        text = text.replace(space, " ")
    return text


def may_be_apart(text: str) -> bool:
    """Whether something in a text of usual characters may be written with white space in it: a number, its unit, a code, a word.

    Where nothing is, `unified` can be called with each string between white space alone, and no two of them are one term.
    """
    if _APART.search(text) or (not text.isascii() and _AREA_OR_VOLUME.search(text)):
        return True
    return ("-" in text or "\u00ad" in text) and _DIVIDED_WORD.search(text) is not None


def unified(text: str) -> str:
    """The text with one form for dimensions, squares and cubes, diameters, names of norms, dashes and divided words."""
    text = _DIVIDED_WORD.sub("", with_usual_characters(text))
    if not text.isascii():  # English prose has none of the other characters
        for dash in _DASHES:
            text = text.replace(dash, "-")
        text = _AREA_OR_VOLUME.sub(lambda found: "м3" if found[1] else "м2", text)
    text = _DIMENSIONS.sub(lambda found: re.sub(_TIMES, "х", found.group()).replace(",", "."), text)
    if _LETTER_AND_NUMBER.search(text):
        text = _NOMINAL_DIAMETER.sub("ду", _DIAMETER.sub("d", text))
        text = _NORM.sub(lambda found: found[1].replace(" ", ""), text)
    return text


def number_of_norm(code: str) -> str | None:
    """The number of a norm, with its year if it has one, of the norm's name as `unified` writes it; None for other codes."""
    found = _UNIFIED_NORM.fullmatch(code)
    return found and found[1]


def spaced_numbers(text: str) -> list[str]:
    """The numbers in the text that are written with a space before each three digits."""
    return _THOUSANDS.findall(text)
