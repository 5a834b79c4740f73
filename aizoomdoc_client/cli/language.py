"""The language of texts for users.

The source has the English texts: in ``_()`` where they are shown at once, in ``N_()`` where they are stored and translated when
they are shown, since one process may show them in either language. ``locale/ru/LC_MESSAGES/aizoomdoc.po`` has them in Russian,
and those of click, which calls gettext for each sentence; ``nox -s messages`` updates and compiles it.
"""

from __future__ import annotations

import contextlib
import gettext
import os
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..catalog import Language

LANGUAGES: tuple[Language, ...] = ("ru", "en")
VARIABLES = ("AIZOOMDOC_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_DOMAIN = "aizoomdoc"
_FOLDER = os.path.join(os.path.dirname(__file__), "locale")  # noqa: PTH118, PTH120 - pathlib would make help slower

_translations = [gettext.NullTranslations()]


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """`text` unchanged, marked for the catalogue; it is translated when it is shown."""
    return text


TERMS = {
    # statuses
    *(N_("active"), N_("inactive"), N_("healthy"), N_("degraded"), N_("unhealthy")),
    # kinds of nodes, and of the files made of a document
    *(N_("client"), N_("project"), N_("section"), N_("folder"), N_("document")),
    *(N_("result_md"), N_("ocr_html"), N_("crop"), N_("annotation")),
    # phases, tools and images of an answer
    *(N_("search"), N_("processing"), N_("llm"), N_("flash_stage"), N_("tool_execution"), N_("pro_stage"), N_("zoom")),
    *(N_("request_images"), N_("request_documents"), N_("overview")),
    # settings
    *(N_("low"), N_("medium"), N_("high")),
}
"""Words of the wire that users see."""


def _(text: str) -> str:
    """`text` in the language in force."""
    return _translations[-1].gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a text for `count`, in the language in force."""
    return _translations[-1].ngettext(one, many, count)


def term(word: str) -> str:
    """A word of the wire in the language in force; an unknown word is unchanged."""
    return _(word) if word in TERMS else word


def language_in_force() -> Language:
    """The language that texts are shown in."""
    return "en" if type(_translations[-1]) is gettext.NullTranslations else "ru"


@contextlib.contextmanager
def speaking(language: Language) -> Generator[None]:
    """Shows texts in `language`, click's too; afterwards gettext and the environment are as before."""
    domain, variable = gettext.textdomain(), os.environ.get("LANGUAGE")
    _translations.append(gettext.translation(_DOMAIN, _FOLDER, [language], fallback=True))
    # For click: gettext reads the environment, where "C" means the sentences of the source.
    gettext.bindtextdomain(_DOMAIN, _FOLDER)
    gettext.textdomain(_DOMAIN)
    os.environ["LANGUAGE"] = "C" if language == "en" else language
    try:
        yield
    finally:
        _translations.pop()
        gettext.textdomain(domain)
        os.environ.pop("LANGUAGE")
        if variable is not None:
            os.environ["LANGUAGE"] = variable


def wanted_language(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> Language:
    """The language that a command line chooses, or else its environment, or else English.

    The command line is searched before it is parsed: for ``--help --lang ru`` click shows the help before it reads ``--lang``.
    """
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if argument == "--":
            break
        if name == "--lang":
            value = value or (arguments[index + 1] if index + 1 < len(arguments) else "")
            if value in LANGUAGES:
                return value
    locale_name = next((found for name in VARIABLES if (found := environ.get(name))), "")
    return "ru" if locale_name.lower().startswith("ru") else "en"
