"""A table is quoted as its heads and the rows that answer."""

from __future__ import annotations

from aizoomdoc_client.local.searching.fts_index import Candidate
from aizoomdoc_client.local.searching.quoting import narrowed
from aizoomdoc_client.local.searching.search_terms import question_terms

HEAD = "| Система | Расход |\n| --- | --- |"
ROWS = [f"| В{number} | {number}00 м³/ч |" for number in range(1, 21)]


def quoted(text: str, question: str) -> str:
    candidate = Candidate(
        key="a", name="a.pdf", page=1, heading="", text=text, heading_terms=frozenset(), body_terms=frozenset(), score=1.0
    )
    return narrowed(candidate, question_terms(question)).text


def test_a_row_is_quoted_under_its_heads() -> None:
    """With its neighbours, and with what stands above and below the table."""
    table = "\n".join([HEAD, *ROWS])

    expected = "\n".join(["Таблица 1", HEAD, *ROWS[5:8], "Примечание."])
    assert expected == quoted(f"Таблица 1\n{table}\nПримечание.", "расход В7")


def test_all_rows_that_answer_equally_are_quoted() -> None:
    """A journal with one cable type in each row is quoted whole."""
    table = "\n".join([HEAD, *(f"| ВВГнг {number} | 10 |" for number in range(20))])

    assert table == quoted(table, "ВВГнг")


def test_a_table_without_an_answer_in_its_rows_is_quoted_whole() -> None:
    """As where the question has words of its heads only."""
    table = "\n".join([HEAD, *ROWS])

    assert table == quoted(table, "система")


def test_a_short_table_is_quoted_whole() -> None:
    """Its rows explain each other."""
    table = "\n".join([HEAD, *ROWS[:5]])

    assert table == quoted(table, "расход В2")


def test_lines_that_are_no_table_stay() -> None:
    """Also those between bars, without heads."""
    text = "\n".join(["Первая строка.", *ROWS])

    assert text == quoted(text, "расход В2")


def test_a_running_title_that_answers_is_quoted() -> None:
    """It is no part of the passage's text otherwise, nor where the passage has the word itself."""
    candidate = Candidate(
        key="a",
        name="a.pdf",
        page=1,
        heading="",
        text="План этажа",
        heading_terms=frozenset({"масштаб"}),
        body_terms=frozenset({"план", "этаж"}),
        score=1.0,
        left_out="Масштаб 1:100\nСтадия П Лист 3",
    )

    assert "Масштаб 1:100\nПлан этажа" == narrowed(candidate, question_terms("масштаб плана на листе")).text
    assert "План этажа" == narrowed(candidate, question_terms("план этажа, лист")).text


def test_a_row_is_quoted_with_the_heading_of_its_group() -> None:
    """Not with those of other groups."""
    table = "\n".join([HEAD, "| Приточные |  |", *ROWS[:10], "| Вытяжные |  |", *ROWS[10:]])

    assert "\n".join([HEAD, "| Вытяжные |  |", *ROWS[14:17]]) == quoted(table, "расход В16")


def test_each_thing_that_is_asked_for_has_its_row() -> None:
    """Though another row has more of the question: one term of it is a second code, or a row of heads has its other words."""
    table = "\n".join([HEAD, *ROWS[:6], "| Система | Расход |", *ROWS[6:12], "| Шумоглушитель | 5 |", *ROWS[12:]])
    both = quoted(table, "расход системы В4 и шумоглушителя")

    assert {ROWS[3], "| Шумоглушитель | 5 |"} <= set(both.split("\n"))
    assert not {ROWS[0], ROWS[8], ROWS[15]} & set(both.split("\n"))


def test_of_many_rows_for_a_further_term_a_few_are_quoted() -> None:
    """A word that most rows have would bring the whole table."""
    table = "\n".join([HEAD, "| ВРУ-1 | щит ввод |", *(f"| К{number} | кабель |" for number in range(20))])

    assert "| К5 | кабель |" == quoted(table, "щит ВРУ-1 ввод и кабель").split("\n")[-1]


def test_rows_of_the_next_group_are_no_neighbours() -> None:
    """Its heading below the row that answers would be read as that of this row."""
    table = "\n".join([HEAD, "| Приточные |  |", *ROWS[:10], "| Вытяжные |  |", *ROWS[10:]])

    assert "\n".join([HEAD, "| Приточные |  |", *ROWS[8:10]]) == quoted(table, "расход В10")
    assert "\n".join([HEAD, "| Вытяжные |  |", *ROWS[10:12]]) == quoted(table, "расход В11")


def test_a_group_that_is_asked_for_is_quoted_whole() -> None:
    """Its heading alone answers nothing."""
    table = "\n".join([HEAD, "| Приточные |  |", *ROWS[:10], "| Вытяжные |  |", *ROWS[10:14], "| Прочие |  |", *ROWS[14:]])

    assert "\n".join([HEAD, "| Вытяжные |  |", *ROWS[10:14]]) == quoted(table, "вытяжные")


def test_a_row_has_the_terms_of_the_heading_of_its_group() -> None:
    """The same name stands in each group, and the question names the group."""
    floors = [f"| {floor} этаж |  |\n| Вестибюль | {floor}1,5 |\n| Библиотека | {floor}2,5 |" for floor in (1, 2, 3)]

    assert f"{HEAD}\n{floors[1]}" == quoted("\n".join([HEAD, *floors]), "площадь библиотеки на 2 этаже")
