"""The catalogues of what errors and warnings say."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.catalog import LANGUAGES, LocalizedText, placeholders, system_reason, templates, text
from aizoomdoc_client.filesystem.locks import LockHeldError


def test_every_code_has_both_languages() -> None:
    """Each template of one language has its counterpart in the other."""
    english, russian = templates("en"), templates("ru")
    assert english.keys() == russian.keys()


@pytest.mark.parametrize("code", sorted(templates("en")))
def test_both_languages_show_the_same_values(code: str) -> None:
    """A translation names no value that the English sentence does not have; what it leaves out is left out on purpose."""
    assert placeholders(templates("ru")[code]) <= placeholders(templates("en")[code])


def test_values_that_a_template_does_not_name_are_refused() -> None:
    """A wrong placeholder is an error where the text is made, not where it is shown."""
    with pytest.raises(TypeError, match="verbatim"):
        text("verbatim", line="x")


def test_a_text_inside_a_text_is_rendered_in_the_same_language() -> None:
    """A reason that is a text of its own is shown in the language of the sentence around it."""
    inner = LocalizedText("verbatim", {"text": "inside"})
    assert [text("verbatim", text=inner).render(language) for language in LANGUAGES] == ["inside", "inside"]


@pytest.mark.parametrize(
    ("count", "english", "russian"),
    [
        (12, "12 bytes", "12 байт"),
        (1536, "1.5 KB", "1,5 КБ"),
        (100 * 2**20, "100 MB", "100 МБ"),
        (3 * 2**40, "3072 GB", "3072 ГБ"),
    ],
)
def test_bytes_are_shown_in_a_readable_unit(count: int, english: str, russian: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``{size:bytes}`` chooses the unit, and writes it in the language."""
    for language, expected in (("en", english), ("ru", russian)):
        module = __import__(f"aizoomdoc_client.catalog.{language}", fromlist=["TEMPLATES"])
        monkeypatch.setattr(module, "TEMPLATES", {"size": "{size:bytes}"})
        assert expected == LocalizedText("size", {"size": count}).render(language)


@pytest.mark.parametrize(
    ("template", "value", "english", "russian"),
    [
        ("{x:list}", ["a", "b"], "a, b", "a, b"),
        ("{x:line}", ["a", "b"], "a; b", "a; b"),
        ("{x:items}", ["a" * 300, "b"], "a" * 300 + "; b", "a" * 300 + "; b"),
        ("{x:,}", 1_234_567, "1,234,567", "1\u00a0234\u00a0567"),
        ("{x:g}", 0.5, "0.5", "0,5"),
        ("{x:g}", 3.0, "3", "3"),
        ("{x:quoted}", "a", "'a'", "«a»"),
        ("{x:quoted}", 2.5, "2.5", "2.5"),
        ("no{x:after: }", "a", "no: a", "no: a"),
        ("no{x:after: }", "", "no", "no"),
        ("no{x:unsaid}", "a", "no", "no"),
    ],
)
def test_templates_have_formats_of_their_own(
    template: str, value: Any, english: str, russian: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists, thousands, fractions, quotation marks, and values that are shown only where there is something to show."""
    for language, expected in (("en", english), ("ru", russian)):
        module = __import__(f"aizoomdoc_client.catalog.{language}", fromlist=["TEMPLATES"])
        monkeypatch.setattr(module, "TEMPLATES", {"x": template})
        assert expected == LocalizedText("x", {"x": value}).render(language)


def test_a_line_of_problems_is_cut() -> None:
    """Three hundred characters at most, however many problems there are."""
    problems = [text("invalid_field", field="x", reason="y" * 50)] * 20

    assert (300, "…") == (len(line := text("invalid_fields", problems=problems).render()), line[-1])


def test_values_are_kept_as_they_can_be_pickled() -> None:
    """Paths become text, lists tuples, and what only its owner understands is kept as it is shown."""
    kept = text("not_a_count", name=Path("a"), least=[1], value=object).values

    assert {"name": "a", "least": (1,), "value": "<class 'object'>"} == kept


@pytest.mark.parametrize(
    ("error", "english", "russian"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), os.strerror(errno.ENOSPC), "на диске нет места"),
        (OSError(errno.ENOSPC, "the tape is full"), "the tape is full", "the tape is full"),
        (OSError("odd"), "odd", "odd"),
        (OSError(), "OSError", "OSError"),
        (LockHeldError(text("the_file")), "The file", "файл"),
    ],
)
def test_the_systems_reasons_can_be_translated(error: OSError, english: str, russian: str) -> None:
    """Its own words for a known number are; words that a library put in their place stay."""
    reason = text("verbatim", text=system_reason(error))

    assert (english, russian) == (reason.render("en"), reason.render("ru"))
