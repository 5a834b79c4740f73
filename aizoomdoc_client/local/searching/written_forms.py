"""One form for what people write in many: dimensions, units, numbers with gaps, diameters, names of norms.

`unified` rewrites a text before it is divided into terms; what it makes of a document it makes of a question, too.
"""

from __future__ import annotations

import re
from unicodedata import normalize

_DASHES = re.compile("[\u2010\u2011\u2012\u2013\u2014\u2212]")
_DIVIDED_WORD = re.compile(r"(?<=\w)[-\u00ad]\s*\n\s*(?=\w)")
_SPACES = re.compile("[\u00a0\u2007\u2009\u202f]")
_POWERS = str.maketrans("²³", "23")
_CUBIC = re.compile(r"\bкуб\.?\s?м\b\.?", re.IGNORECASE)
_SQUARE = re.compile(r"\bкв\.?\s?м\b\.?", re.IGNORECASE)
_NUMBER = r"\d+(?:[.,]\d+)?"
_DIMENSIONS = re.compile(rf"(?<![\w.,]){_NUMBER}(?:\s?[xхXХ×*]\s?{_NUMBER})+(?!\d)")
_DIAMETER = re.compile(r"(?:[Øø⌀∅Φφ]\s?|(?<![\w-])(?:[dDдДфФ]|диам\.)\s?=?\s?)(?=\d{2,4}(?!\d))")
_NOMINAL_DIAMETER = re.compile(r"(?<!\w)(?:DN|ДУ|Ду|ду)\s?(?=\d)")
_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3})+(?![\d.]|,\d{3})")
_NORM = re.compile(r"(?<!\w)(СП|СНиП|СанПиН|ГОСТ(?: Р)?|ВСН|РД|ТУ|ISO|EN)[ \n]?(?=\d)")
_RUSSIAN_UNITS = """
м мм см км м2 м3 мм2 кг г т л квт вт мвт в кв ква а ка па кпа мпа бар с ч мин сут дб лк гц шт чел
"""
_ENGLISH_UNITS = "m=м mm=мм cm=см km=км m2=м2 m3=м3 mm2=мм2 kg=кг t=т l=л kw=квт w=вт mw=мвт v=в kv=кв kva=ква a=а ka=ка"
_MORE_ENGLISH_UNITS = "pa=па kpa=кпа mpa=мпа bar=бар s=с h=ч min=мин db=дб lx=лк hz=гц pcs=шт"
_TRANSLATED = (pair.partition("=") for pair in f"{_ENGLISH_UNITS} {_MORE_ENGLISH_UNITS}".split())
UNITS: dict[str, str] = {unit: unit for unit in _RUSSIAN_UNITS.split()} | {english: unit for english, _, unit in _TRANSLATED}
"""Units that follow a number with or without a space, in lower case, and how they are written in Russian."""


def unified(text: str) -> str:
    """The text with one form for each of these."""
    if text.isascii():  # English prose has none of the other characters
        text = _DIVIDED_WORD.sub("", text)
    else:
        text = _SPACES.sub(" ", normalize("NFC", text).translate(_POWERS))
        text = _DASHES.sub("-", _DIVIDED_WORD.sub("", text))
        text = _SQUARE.sub("м2", _CUBIC.sub("м3", text))
    text = _DIMENSIONS.sub(lambda found: re.sub(r"\s?[xхXХ×*]\s?", "х", found.group()).replace(",", "."), text)
    text = _NOMINAL_DIAMETER.sub("ду", _DIAMETER.sub("d", text))
    return _NORM.sub(lambda found: found[1].replace(" ", ""), text)


def spaced_numbers(text: str) -> list[str]:
    """The numbers in the text that are written with a space before each three digits."""
    return [found.group() for found in _THOUSANDS.finditer(text)]
