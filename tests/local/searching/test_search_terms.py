"""Text as search terms."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.local.searching.search_terms import asks_to_compare, is_code, question_terms, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("В2", ["в2"]),
        ("система B2, латиницей", ["систем", "в2", "латиниц"]),
        ("ВРУ-1 ВРУ1 ВРУ–1 ВРУ 1 ВРУ № 1 BPУ-1", ["вру1", "вру1", "вру1", "вру", "1", "вру1", "вру", "1", "вру1", "вру1"]),
        ("П1.2 и П1, П2", ["п1.2", "п1", "п2"]),
        ("В1-В4", ["в1", "в2", "в3", "в4"]),
        ("В1,В2/В3", ["в1", "в2", "в3"]),
        ("В2.Вентилятор", ["в2", "вентилятор"]),
        ("3,0 м и 0.000", ["3.0", "0.000"]),
        ("380/220 В", ["380", "220"]),
        ("щит ЩС-В2", ["щит", "щсв2", "в2"]),
        ("приточно-вытяжная", ["приточн", "вытяжн"]),
        ("вентиля-\nция, ВРУ-\n1", ["вентиляц", "вру1"]),
        ("ёлка елка е\u0308лка", ["елк", "елк", "елк"]),
        ("серый серыи\u0306", ["сер", "сер"]),
        ("Какой и где на the with", []),
        ("Bысота помещений", ["высот", "помещен"]),
        ("fans and pumps", ["fan", "pump"]),
        ("", []),
    ],
)
def test_terms_are_stems_numbers_and_whole_codes(text: str, expected: list[str]) -> None:
    """Latin letters that look Cyrillic are read as those; hyphens in codes and at line ends are dropped."""
    assert expected == terms(text)


@pytest.mark.parametrize("form", ["вентиляция", "вентиляции", "вентиляцией", "Вентиляцию"])
def test_inflected_forms_are_one_term(form: str) -> None:
    """Whatever the case, of either kind."""
    assert terms("вентиляция") == terms(form)


def test_a_question_is_searched_for_what_it_is_about() -> None:
    """Each term once, without question words, list numbers and words about documents as such."""
    question = "Проанализируй размещение ВРУ-1 на плане:\n1. Пути эвакуации\n2. Доступ к ВРУ-1"

    assert ("размещен", "вру1", "пут", "эвакуац", "доступ") == question_terms(question)
    assert () == question_terms("Проанализируй этот документ")


@pytest.mark.parametrize(("question", "expected"), [("Сравни планы", True), ("Чем отличаются?", True), ("Где ВРУ-1?", False)])
def test_a_wish_to_compare_is_seen(question: str, expected: bool) -> None:
    """By its verb."""
    assert expected == asks_to_compare(question)


@given(st.text())
def test_any_text_has_terms_that_fit_the_index(text: str) -> None:
    """Letters, digits and points only: the index needs no escaping, and nobody can write a query of their own."""
    assert all(term and all(char.isalnum() or char == "." for char in term) for term in terms(text))


@pytest.mark.parametrize(("term", "expected"), [("в2", True), ("2.5", False), ("вру", False), ("п1.2", True)])
def test_a_code_has_letters_and_digits(term: str, expected: bool) -> None:
    """Both of them."""
    assert expected == is_code(term)
