"""The catalogues of what errors and warnings say."""

from __future__ import annotations

import pytest

from aizoomdoc_client.catalog import LANGUAGES, LocalizedText, placeholders, templates, text


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
