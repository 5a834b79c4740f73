"""The one catalogue mechanism: a text is its Russian and its English wording, and is shown in the language in force.

A `Text` takes both wordings, so that none can be forgotten, and stands where it is used. What is shown is decided when it is
shown: ``--lang``, then ``AIZOOMDOC_LANG``, ``LC_ALL``, ``LC_MESSAGES`` and ``LANG``, then English.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = ("ru", "en")
VARIABLES = ("AIZOOMDOC_LANG", "LC_ALL", "LC_MESSAGES", "LANG")

_in_force: list[Language] = ["en"]


class Text(NamedTuple):
    """A text in both languages; its ``str`` is the one in force."""

    ru: str
    en: str

    def __str__(self) -> str:
        return self.ru if _in_force[0] == "ru" else self.en

    def of(self, **values: object) -> str:
        """The text in the language in force, its ``{names}`` filled in."""
        return str(self).format(**values)


def in_russian() -> bool:
    """Whether Russian is in force."""
    return _in_force[0] == "ru"


def speak(language: Language) -> None:
    """Puts a language in force."""
    _in_force[0] = language


def wanted_language(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> Language:
    """The language that a command line asks for, or else its environment.

    The command line is searched before it is parsed, because ``--help --lang ru`` is shown before ``--lang`` is reached.
    """
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if argument == "--":
            break
        if name == "--lang":
            value = value or (arguments[index + 1] if index + 1 < len(arguments) else "")
            if value in LANGUAGES:
                return value
    said = next((found for name in VARIABLES if (found := environ.get(name))), "")
    return "ru" if said.lower().startswith("ru") else "en"


def count(number: int, ru: tuple[str, str, str], en: tuple[str, str]) -> str:
    """`number` with its noun: ``1 файл, 2 файла, 5 файлов``; ``1 file, 2 files``."""
    if _in_force[0] == "en":
        return f"{number} {en[0] if number == 1 else en[1]}"
    if number % 10 == 1 and number % 100 != 11:
        return f"{number} {ru[0]}"
    few = number % 10 in {2, 3, 4} and number % 100 not in {12, 13, 14}
    return f"{number} {ru[1] if few else ru[2]}"
