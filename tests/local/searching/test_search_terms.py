"""Text as search terms."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.local.searching import search_terms
from aizoomdoc_client.local.searching.search_terms import asks_to_compare, is_code, names_exactly, question_terms, terms
from aizoomdoc_client.local.searching.written_forms import UNITS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("В2", ["в2"]),
        ("система B2, латиницей", ["систем", "в2", "латиниц"]),
        ("ВРУ-1 ВРУ1 ВРУ–1 BPУ-1", ["вру1", "вру"] * 4),
        ("АВР 1, АВР № 1", ["авр", "1", "авр1", "авр", "1", "авр1"]),
        ("П1.2 и П1, П2", ["п1.2", "п1", "п2"]),
        ("В1-В4", ["в1", "в2", "в3", "в4"]),
        ("В1,В2/В3", ["в1", "в2", "в3"]),
        ("В2.Вентилятор", ["в2", "вентилятор"]),
        ("3,0 м и 0.000", ["3.0", "3.0м", "0.000"]),
        ("380/220 В", ["380", "220"]),
        ("щит ЩС-В2", ["щит", "щсв2", "в2"]),
        ("приточно-вытяжная", ["приточн", "вытяжн"]),
        ("вентиля-\nция, ВРУ-\n1", ["вентиляц", "вру1", "вру"]),
        ("ёлка елка е\u0308лка", ["елк", "елк", "елк"]),
        ("серый серыи\u0306", ["сер", "сер"]),
        ("Какой и где на the with", []),
        ("Как часто моют северную часть", ["мыт", "северн", "част"]),
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

    whole = {"размещен", "вру1", "пут", "эвакуац", "доступ"}
    assert whole == {term for term, weight in question_terms(question).items() if weight == 1}
    assert {"вру", "план"} == question_terms(question).keys() - whole
    assert {} == question_terms("Проанализируй этот документ")


@pytest.mark.parametrize(
    "forms",
    [
        ["3,3м", "3.3 m", "3,3 м", "3.3м", "3,3\u00a0м"],
        ["17300", "17 300", "17\u00a0300", "17\u202f300"],
        ["400 х 200", "400x200", "400×200", "400 × 200", "400X200", "400*200"],
        ["3х1,5", "3x1.5", "3 × 1,5"],
        ["СП60.13330", "СП 60.13330.2020", "СП 60.13330", "СП\u00a060.13330.2016"],
        ["ГОСТ 31996-2012", "ГОСТ31996", "ГОСТ 31996"],
        ["ГОСТ 14918-80", "ГОСТ 14918", "ГОСТ14918-80"],
        ["12 м²", "12 м2", "12м²", "12 кв. м", "12 кв.м", "12 m2"],
        ["8 м³", "8 м3", "8 куб. м", "8 куб.м"],
        ["Ø160", "d160", "ø 160", "d 160", "D160", "⌀160", "ф160", "d=160"],
        ["ДУ50", "Ду 50", "DN50", "DN 50"],
        ["5 кВт", "5 kW", "5кВт"],
        ["ПЁ1", "ПЕ1", "ПЁ1-ПЁ3", "ПЕ1-ПЕ3"],
        ["окно", "окон", "окна", "окнами", "ОКНО"],
        ["кровля", "кровель", "кровли"],
        ["дверь", "дверей", "дверями"],
        ["помещение", "помещений"],
        ["сталь", "стали", "сталью"],
        ["ёмкость", "емкостей"],
        ["идёт", "идут"],
    ],
)
def test_what_is_written_in_many_forms_is_found_by_each(forms: list[str]) -> None:
    """Each form as a question has a term of full weight that each form as a document has."""
    for question in forms:
        whole = {term for term, weight in question_terms(question).items() if weight == 1}
        assert [set()] * len(forms) == [set[str]() if whole & set(terms(form)) else {question, form} for form in forms]


@pytest.mark.parametrize(
    ("letters", "code"), [("ВРУ", "ВРУ-1"), ("АВР", "АВР2"), ("ГРЩ", "ГРЩ-1.2"), ("ПЧ", "ПЧ-3"), ("вру", "ВРУ-1")]
)
def test_a_code_is_found_by_its_letters(letters: str, code: str) -> None:
    """Which are a weak term of a question for the code itself."""
    term = next(term for term, weight in question_terms(letters).items() if term in terms(code) and weight == 1)

    assert question_terms(code)[term] < 1


@pytest.mark.parametrize(
    ("asked", "norm"),
    [
        ("31996-2012", "ГОСТ 31996-2012"),
        ("53315", "ГОСТ Р 53315-2009"),
        ("14918", "ГОСТ 14918-80"),
        ("60.13330", "СП 60.13330.2020"),
        ("60.13330.2020", "СП60.13330.2020"),
        ("4863-077-43490759", "ТУ 4863-077-43490759-2015"),
        ("2.2.4.3359", "СанПиН 2.2.4.3359-16"),
    ],
)
def test_a_norm_is_found_by_its_number_alone(asked: str, norm: str) -> None:
    """Which is a weak term of a question for the norm itself."""
    term = next(term for term, weight in question_terms(asked).items() if term in terms(norm) and weight == 1)

    assert question_terms(norm)[term] < 1


@pytest.mark.parametrize(
    ("asked", "norm"), [("2012", "ГОСТ 31996-2012"), ("077", "ТУ 4863-077-43490759"), ("16", "СанПиН 2.2.4.3359-16")]
)
def test_a_norm_is_not_found_by_its_year_or_a_short_part(asked: str, norm: str) -> None:
    """They say nothing of a norm and are in many."""
    assert not question_terms(asked).keys() & {*terms(norm)}


@pytest.mark.parametrize(
    ("asked", "weight"),
    [("31996-2012", 0.25), ("4863-077-43490759-2012", 0.25), ("1990-2012", 1.0), ("12-2012", 1.0), ("2012", 1.0)],
)
def test_the_year_of_a_norm_s_number_is_a_weak_term(asked: str, weight: float) -> None:
    """Else whatever has that year is quoted beside the norm."""
    assert weight == question_terms(asked)["2012"]


def test_a_number_of_no_norm_is_found_by_its_code_only() -> None:
    """As parts of a pump's code are everywhere."""
    assert ["нд2004500", "нд"] == terms("НД-200-4500")


def test_words_about_documents_are_weak_terms() -> None:
    """A question that has others is searched for them, too; they find nothing alone."""
    weights = question_terms("шифр плана вентиляции масштаб")

    assert weights["план"] < weights["вентиляц"] == weights["шифр"] == weights["масштаб"] == 1


def test_a_question_of_many_words_is_searched_for_some() -> None:
    """Whoever sends 100,000 words keeps nobody else waiting."""
    assert 64 == len(question_terms(" ".join(f"слово{number}" for number in range(100_000))))


@pytest.mark.parametrize(("question", "expected"), [("Сравни планы", True), ("Чем отличаются?", True), ("Где ВРУ-1?", False)])
def test_a_wish_to_compare_is_seen(question: str, expected: bool) -> None:
    """By its verb."""
    assert expected == asks_to_compare(question)


@given(st.text())
def test_any_text_has_terms_that_fit_the_index(text: str) -> None:
    """Letters, digits and points only: the index needs no escaping, and nobody can write a query of their own."""
    assert all(term and all(char.isalnum() or char == "." for char in term) for term in terms(text))


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("text", ["длина 3,5 {} ", "Length (3.5\n{}), and so on", "3,5\u00a0{}"])
def test_a_number_and_a_unit_that_stand_apart_are_one_term(unit: str, text: str) -> None:
    """Whatever stands around them, in small letters and in capitals."""
    assert f"3.5{UNITS[unit]}" in terms(text.format(unit))
    assert f"3.5{UNITS[unit]}" in terms(text.format(unit.upper()))


def test_what_is_kept_of_the_pieces_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are found as well, and have the same terms again."""
    monkeypatch.setattr(search_terms, "_MOST_KEPT", 3)
    words = ["насос", "кабель", "12", "ВРУ-1", "window", "щит"]
    first = [terms(word) for word in words]
    assert [terms(word) for word in words] == first
    assert len(search_terms._TERMS_OF_CHUNKS) <= 3
    assert len(search_terms._TERMS_OF_STRINGS) <= 3


_WRITTEN = """
d D д Ф Ø диам. диам.= = x х × * 400 200 12,5 000 17 300 м м2 м² кв куб кв. м. квм кубм М кВт kw В ВРУ № №1 СП ГОСТ Р Р52 СНиП
60.13330 DN Ду ду 100 П1 А-Б - foo- слово ё й е\u0308 \u212a ² 5² – −5 .5 ,5 T. EN 54 ISO9001 мм шт. h A AB AB2 [12] (d 5)
под\u00ad
"""
_GAPS = [" ", "  ", "\n", "\u00a0", "", "\t", " №", "-", "=", "\x1f"]


@given(st.lists(st.tuples(st.sampled_from(_WRITTEN.split()), st.sampled_from(_GAPS)), max_size=12))
def test_the_pieces_of_a_text_have_its_terms(parts: list[tuple[str, str]]) -> None:
    """A text that is divided at its white space first has the terms, in their order, of the text as a whole."""
    text = "".join(chain.from_iterable(parts))
    assert search_terms._terms_of_whole(text) == terms(text)


@given(st.lists(st.tuples(st.sampled_from(_WRITTEN.split()), st.sampled_from(_GAPS)), max_size=12))
def test_what_is_looked_up_is_what_the_long_way_finds(parts: list[tuple[str, str]]) -> None:
    """For each piece of a text and each two of them, whatever is known of the text or of plain words."""
    text, left = search_terms.unified("".join(chain.from_iterable(parts))), ""
    expected = [number.replace(" ", "") for number in search_terms.spaced_numbers(text)]
    for gap, chunk in search_terms._gaps_and_chunks(text):
        elements = search_terms._elements(chunk)
        expected += dict.fromkeys(term for kind, piece in elements for term in search_terms._terms_of(kind, piece))
        expected += filter(None, [search_terms._written_apart(left, gap, chunk)])
        left = chunk
    assert expected == search_terms._terms_of_whole("".join(chain.from_iterable(parts)))


@pytest.mark.parametrize(("term", "expected"), [("в2", True), ("2.5", False), ("вру", False), ("п1.2", True)])
def test_a_code_has_letters_and_digits(term: str, expected: bool) -> None:
    """Both of them."""
    assert expected == is_code(term)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("ток вводной панели ВРУ", True),
        ("где стоит вру-1?", True),
        ("воздуховод d160", True),
        ("NMU upload to DELAYED how many days", True),
        ("run Alt-Ergo prover from the command line", True),
        ("arguments of MeasureLine", True),
        ("Какая высота этажа?", False),
        ("Отопление жилого дома. Сколько секций в доме 5", False),
        ("КАКАЯ ВЫСОТА ЭТАЖА", False),
        ("КАКОЙ ТОК У ВРУ-1", True),
        ("", False),
    ],
)
def test_codes_abbreviations_and_names_are_noticed(question: str, expected: bool) -> None:
    """Not the first word of a sentence, and no capitals where all are."""
    assert expected == names_exactly(question)


@pytest.mark.parametrize("text", ["Здание¹", "Здание¹²", "Здание⁴)"])
def test_the_mark_of_a_footnote_is_no_part_of_a_word(text: str) -> None:
    """Whoever asks for the word does not know of the mark."""
    assert {*terms("Здание")} <= {*terms(text)}


@pytest.mark.parametrize("text", ["2400¹ м", "2400² м", "2400 ³ м"])
def test_a_figure_is_found_without_the_mark_of_its_footnote(text: str) -> None:
    """And that of a unit stays with its unit."""
    assert "2400" in terms(text)
    assert terms("12 м2") == terms("12 м²")


@pytest.mark.parametrize("asked", ["Что сказано в пункте 2.2?", "Что говорится в п. 2.2", "Что написано в разделе 2.2?"])
def test_words_for_being_said_somewhere_are_not_searched_for(asked: str) -> None:
    """A clause is asked for by its number, which alone is a small part of the question else."""
    assert {"2.2"} <= set(question_terms(asked)) <= {"2.2", "пункт", "раздел"}
