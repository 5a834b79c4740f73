"""What the rest of the package and click say in English, as the terminal says it in either language.

Messages of other rooms are meant for programmers; these are the ones that a person at a terminal meets, by pattern.
"""

from __future__ import annotations

import re

from .language import Text

_KNOWN: tuple[tuple[str, Text], ...] = (
    (
        r"No server: pass server_url.*",
        Text(
            "сервер не указан: задайте --server или AIZOOMDOC_SERVER либо войдите: aizoomdoc login",
            "no server: give --server or AIZOOMDOC_SERVER, or log in: aizoomdoc login",
        ),
    ),
    (r"Nobody is logged in:.*", Text("вход не выполнен", "nobody is logged in")),
    (r"No such command '(.+?)'\.(.*)", Text("нет такой команды: {0}{1}", "there is no command {0}{1}")),
    (r"No such option:? '?(-[^' ]+)'?\.?(.*)", Text("нет такого параметра: {0}{1}", "there is no option {0}{1}")),
    (r"Missing argument '(.+?)'\.(.*)", Text("не хватает аргумента {0}{1}", "the argument {0} is missing{1}")),
    (r"Missing option '(.+?)'\.(.*)", Text("не хватает параметра {0}{1}", "the option {0} is missing{1}")),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), text) for pattern, text in _KNOWN)


def known_wording(message: str) -> str | None:
    """`message` in the language in force; None where it is not among the known ones."""
    for pattern, text in _PATTERNS:
        found = pattern.fullmatch(message)
        if found:
            return str(text).format(*(group or "" for group in found.groups()))
    return None


def worded(message: str) -> str:
    """`message` in the language in force, or as it is."""
    return known_wording(message) or message
