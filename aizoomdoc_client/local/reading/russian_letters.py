"""Which words can be Russian: by the pairs of adjacent letters, and by the places of capitals."""

from __future__ import annotations

from collections.abc import Sequence

# Each letter, and the letters that follow it in Russian words.
_FOLLOWERS = (
    "а абвгдежзийклмнопрстуфхцчшщюяё",
    "б абвгдезийклмнопрстухсцчшщъыьэюяё",
    "в абвгдежзийклмнопрстухцчшщъыьэюяё",
    "г абвгдеиклмнорстуцчшъыэ",
    "д абвгдежзийклмнопрстухцчшщъыьэюяё",
    "е абвгдежзийклмнопрстуфхцчшщюяё",
    "ж абвгдеийклмнорстучьэюё",
    "з абвгдежзийклмнопрстуфхцчшъыьэюяё",
    "и абвгдежзийклмнопрстуфхцчшщъэюя",
    "й абвгдежзиклмнопрстуфхцчшщ",
    "к абвгдежзийклмнопрстуфхцчшщъыэюяё",
    "л абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "м абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "н абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "о абвгдежзийклмнопрстуфхцчшщэюяё",
    "п аеийклмнопрстуфцчшыьэяё",
    "р абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "с абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "т абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "у абвгдежзийклмнопрстуфхцчшщюяё",
    "ф абгдеиклмнопрстуфчшыьюё",
    "х абвгдежийклмнопрстухцчшщыьэяё",
    "ц авгдеиклмопрстуцчшыьэюя",
    "ч авгдеиклмнопртучшьюё",
    "ш авгеийклмнопрстуфцчшьюё",
    "щ авеилмнорстуьё",
    "ъ еёюя",
    "ы бвгдежзйклмнопрстхцчшщюя",
    "ь бвгдезжийкмнопстуфцчшщюяё",
    "э вгджзйклмнопрстфхцэ",
    "ю абвгдежзиклмнопрстхцчшщюя",
    "я бвгдежзийклмнопрстухцчшщюя",
    "ё бвгджзйклмнопрстхцчшщ",
)
_PAIRS = frozenset(letter[0] + second for letter in _FOLLOWERS for second in letter[2:])
_VOWELS = frozenset("аеиоуыэюяё")
_FREQUENT = frozenset("оеаинтсрвл")
_NOT_FIRST = ("ь", "ъ", "ы")  # letters with which no Russian word begins


def are_russian(words: Sequence[str], *, at_least: int) -> bool:
    """Whether the words are certainly Russian; False where they have fewer than `at_least` letters together."""
    text = "".join(words).lower()
    if len(text) < at_least or not words:
        return False
    pairs = [word[place : place + 2].lower() for word in words for place in range(len(word) - 1)]
    vowels = sum(char in _VOWELS for char in text) / len(text)
    usual = sum(pair in _PAIRS for pair in pairs)
    cased = sum(has_usual_case(word) and not word.lower().startswith(_NOT_FIRST) for word in words)
    return 0.25 <= vowels <= 0.65 and usual >= 0.97 * len(pairs) > 0 and cased >= 0.9 * len(words)


def russian_likeness(words: Sequence[str]) -> float:
    """From 0 to 2: the share of pairs of letters that are usual in Russian, plus that of its ten most frequent letters."""
    signs = sum(map(len, words))
    pairs = signs - len(words)
    usual = sum(
        word[place : place + 2].lower() in _PAIRS for word in words if has_usual_case(word) for place in range(len(word) - 1)
    )
    frequent = sum(char in _FREQUENT for word in words for char in word.lower())
    return (usual / pairs if pairs else 0.0) + (frequent / signs if signs else 0.0)


def has_usual_case(word: str) -> bool:
    """Whether the word is in lower case, in capitals, or begins with its only capital."""
    return word.islower() or word.isupper() or (word[:1].isupper() and word[1:].islower())
