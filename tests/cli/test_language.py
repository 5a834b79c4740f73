"""Which language is spoken, and that all of a text is in it."""

from __future__ import annotations

import ast
import gettext
import os
import string
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from aizoomdoc_client import cli
from aizoomdoc_client._tools import click_sentences
from aizoomdoc_client.cli.language import _, language_in_force, ngettext, speaking, term, wanted_language
from tests.cli.program import Program

FOLDER = Path(cli.__file__).parent
CATALOGUE = FOLDER / "locale" / "ru" / "LC_MESSAGES" / "aizoomdoc.po"
Text = str | tuple[str, str]


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        ([], {}, "en"),
        ([], {"LANG": "ru_RU.UTF-8"}, "ru"),
        ([], {"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "de_DE.UTF-8"}, "en"),
        ([], {"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ([], {"LC_ALL": "C", "AIZOOMDOC_LANG": "ru"}, "ru"),
        (["--lang", "ru"], {"AIZOOMDOC_LANG": "en"}, "ru"),
        (["chat", "send", "?", "--lang=ru"], {}, "ru"),
        (["--help", "--lang", "ru"], {}, "ru"),
        (["--lang"], {}, "en"),
        (["--lang", "de"], {}, "en"),
        (["chat", "send", "--", "--lang", "ru"], {}, "en"),
    ],
)
def test_the_language_is_found(arguments: list[str], environ: dict[str, str], expected: str) -> None:
    """The command line decides, then AIZOOMDOC_LANG, LC_ALL, LC_MESSAGES and LANG, then it is English."""
    assert expected == wanted_language(arguments, environ)


@pytest.mark.parametrize("variable", [None, "de:fr"])
def test_nothing_stays_changed(monkeypatch: pytest.MonkeyPatch, variable: str | None) -> None:
    """After a run, gettext and the environment of the process are as they were."""
    monkeypatch.delenv("LANGUAGE", raising=False)
    if variable:
        monkeypatch.setenv("LANGUAGE", variable)
    before = os.environ.get("LANGUAGE"), gettext.textdomain(), language_in_force()
    with speaking("ru"):
        inside = gettext.gettext("Options"), _("Options"), language_in_force()

    assert ("Параметры", "Параметры", "ru") == inside
    assert before == (os.environ.get("LANGUAGE"), gettext.textdomain(), language_in_force())
    assert ("Options", "Options") == (gettext.gettext("Options"), _("Options"))


def test_english_is_spoken_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where English is asked for, a Russian locale changes no text."""
    monkeypatch.setenv("LANGUAGE", "ru")
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    with speaking("en"):
        assert ("Options", "Options", "active") == (gettext.gettext("Options"), _("Options"), term("active"))


def test_runs_one_after_another_speak_their_own_language(program: Program) -> None:
    """In one process, each command line has the language that it asks for, in help, errors and results."""
    languages = ("ru", "en", "ru")
    pages = [program("chat", "--help", "--lang", language).out for language in languages]
    errors = [program("chat", "send", "--lang", language).errors[0] for language in languages]

    assert ["Использование: aizoomdoc chat", "Usage: aizoomdoc chat"] * 2 == [
        page[: page.index(" [")] for page in [*pages, pages[1]]
    ]
    assert ["Ошибка: не хватает аргумента ВОПРОС", "Error: Missing argument QUESTION"] == errors[:2]
    assert (pages[0], errors[0]) == (pages[2], errors[2])


def test_only_words_of_the_wire_are_translated() -> None:
    """A word that a server made up is shown as it is, though it is an English word of a text."""
    with speaking("ru"):
        assert ("документ", "Options", "thesis") == (term("document"), term("Options"), term("thesis"))


def test_russian_counts() -> None:
    """A Russian noun takes the form that its number wants."""
    with speaking("ru"):
        told = [
            ngettext("{count} attempt", "{count} attempts", number).format(count=number) for number in (1, 2, 5, 11, 21, 22, 112)
        ]

    assert ["1 попытка", "2 попытки", "5 попыток", "11 попыток", "21 попытка", "22 попытки", "112 попыток"] == told


# -- the catalogue -------------------------------------------------------------------------------------------------------------


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file)


def texts_of(path: Path) -> Iterator[Text]:
    """The texts that a module marks for translation."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "N_", "ngettext"}:
            literals = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if literals:
                yield literals[0] if len(literals) == 1 else (literals[0], literals[1])


def known_texts() -> dict[Text, str | tuple[str, ...]]:
    """Each text of the catalogue with its translation."""
    return {
        message.id if isinstance(message.id, str) else tuple(message.id): message.string for message in catalogue() if message.id
    }


def test_the_catalogue_has_the_texts_of_the_source() -> None:
    """Each text that is marked in the source, or is one of click's, is translated; no other one is left in the catalogue."""
    sources = [*FOLDER.rglob("*.py"), Path(click_sentences.__file__)]
    marked = {text for source in sources for text in texts_of(source)}
    translated = {text for text, string in known_texts().items() if all([string] if isinstance(string, str) else string)}

    assert (set(), set()) == (marked - translated, known_texts().keys() - marked)


def test_click_says_what_is_translated_for_it() -> None:
    """Each sentence that is translated for click is one of its own still."""
    texts = texts_of(Path(click_sentences.__file__))
    sentences = {sentence for text in texts for sentence in ([text] if isinstance(text, str) else text)}
    said = {
        node.value
        for source in Path(click.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert set() == sentences - said


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    """The file that is read when a command runs was compiled from the one that people edit: run ``nox -s messages``."""
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    shown = {text: _both_forms(compiled, text) for text in known_texts()}

    assert shown == {text: string if isinstance(string, str) else tuple(string) for text, string in known_texts().items()}


def _both_forms(compiled: gettext.GNUTranslations, text: Text) -> str | tuple[str, ...]:
    return compiled.gettext(text) if isinstance(text, str) else tuple(compiled.ngettext(*text, number) for number in (1, 2, 5))


def places(text: str) -> set[str]:
    return {field[1] for field in string.Formatter().parse(text) if field[1] is not None}


def test_a_translation_shows_no_value_that_is_not_there() -> None:
    """What a translation fills in is named in its English text, and lines that a program writes lose none of it."""
    strange = {
        text: translated
        for text, forms in known_texts().items()
        for translated in ([forms] if isinstance(forms, str) else forms)
        if not places(translated) <= places(text if isinstance(text, str) else text[1])
    }

    assert {} == strange
