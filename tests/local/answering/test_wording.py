"""The sentences of answers in Russian and English."""

from __future__ import annotations

import string
from typing import get_args

import pytest

from aizoomdoc_client.catalog import Language
from aizoomdoc_client.cli.reading_status import PARTS
from aizoomdoc_client.local.answering.wording import EN, RU, enumeration, sentence
from aizoomdoc_client.local.reading.document import UnreadKind


def values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_say_the_same_with_the_same_values() -> None:
    """No sentence is missing in one of them."""
    assert {code: values(sentence) for code, sentence in RU.items()} == {code: values(sentence) for code, sentence in EN.items()}


def test_each_kind_of_what_was_not_read_has_its_words() -> None:
    """For one document and for many, and in the tree of projects."""
    kinds = set(get_args(UnreadKind))

    assert kinds | {f"{kind}_many" for kind in kinds} <= RU.keys()
    assert kinds == PARTS.keys()


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        ("ru", 1, "Прочитаны не все страницы 1 документа: x."),
        ("ru", 22, "Прочитаны не все страницы 22 документов: x."),
        ("ru", 1000, "Прочитаны не все страницы 1\u00a0000 документов: x."),
        ("en", 1, "Not all pages of 1 document were read: x."),
        ("en", 1000, "Not all pages of 1,000 documents were read: x."),
    ],
)
def test_a_number_stands_with_the_form_of_the_word_that_it_needs(language: Language, count: int, expected: str) -> None:
    """Its thousands are divided as the language does."""
    assert expected == sentence("too_many_pages_many", language, documents=count, names="x")


@pytest.mark.parametrize(
    ("count", "form"),
    [(1, "документ"), (2, "документа"), (5, "документов"), (11, "документов"), (21, "документ"), (112, "документов")],
)
def test_russian_has_three_forms(count: int, form: str) -> None:
    """By the last digit, but for 11 to 14."""
    assert f"Не удалось прочитать {count} {form}: x." == sentence("unreadable_many", "ru", all=count, names="x")


def test_of_many_names_the_first_are_said() -> None:
    """And how many more there are."""
    names = [str(number) for number in range(300)]

    assert ("0, 1, 2 и ещё 297", "0, 1, 2 and 297 more") == (enumeration(names, 3, "ru"), enumeration(names, 3, "en"))
    assert "0, 1, 2" == enumeration(names[:3], 3, "en")
