"""Documents cut into passages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.local import Document, Page, read_document
from aizoomdoc_client.local.searching.passages import LARGEST_SIZE, USUAL_SIZE, passages
from tests.local.support import NOTE


def document(*pages: str) -> Document:
    found = tuple(Page(number, text) for number, text in enumerate(pages, start=1))
    return Document(name="a.md", pages=found, page_count=len(found), has_markup=True)


LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=300), max_size=40)


@given(LINES)
def test_no_letter_is_lost(lines: list[str]) -> None:
    """All passages together are the text, but for white space."""
    text = "\n".join(lines)

    assert "".join(text.split()) == "".join("".join(passage.text.split()) for passage in passages(document(text)))


@given(LINES)
def test_a_passage_can_be_quoted(lines: list[str]) -> None:
    """It is never empty and never a page long."""
    longest = LARGEST_SIZE + 2 * USUAL_SIZE
    assert all(passage.text.strip() and len(passage.text) <= longest for passage in passages(document("\n".join(lines))))


@pytest.mark.parametrize(
    "text",
    ["слово-\n" * 2000, "# Раздел\n" * 2000, "# Раздел\nслово\n" * 2000, "слово " * 20_000, "я" * 20_000],
    ids=["words that go on", "headings only", "short parts", "one line", "one word"],
)
def test_a_text_of_any_shape_is_cut(text: str) -> None:
    """Neither words that are divided at each line's end nor headings without a text between make one passage of a whole file."""
    found = list(passages(document(text)))

    assert "".join(text.split()) == "".join("".join(passage.text.split()) for passage in found)
    assert max(len(passage.text) for passage in found) <= LARGEST_SIZE + USUAL_SIZE


def test_one_line_of_megabytes_is_cut_in_linear_time() -> None:
    """Four times as long, it takes about four times as long; it used to take sixteen times."""
    short, long = (_seconds_to_cut("слово " * 500_000 * times) for times in (1, 4))

    assert long < 8 * short


def _seconds_to_cut(text: str) -> float:
    began = time.process_time()
    assert list(passages(document(text)))
    return time.process_time() - began


def test_a_passage_stands_under_its_headings() -> None:
    """Numbered ones and Markdown's, the outer ones included, over the end of a page."""
    found = list(
        passages(document("4 Вентиляция\n4.1 Система П1\nПриточная.\n4.2 Система В2\nВытяжная.", "Ещё о ней.\n# Прочее\nТекст."))
    )

    assert [
        (1, ("4 Вентиляция", "4.1 Система П1")),
        (1, ("4 Вентиляция", "4.2 Система В2")),
        (2, ("4 Вентиляция", "4.2 Система В2")),
        (2, ("Прочее",)),
    ] == [(passage.page, passage.headings) for passage in found]


def test_a_row_of_a_table_is_no_heading() -> None:
    """Although it begins with a number and a capital letter."""
    rows = "\n".join(f"{number} Вентилятор канальный 25{number} шт. 1 2,5 10" for number in range(1, 6))

    assert [()] == [passage.headings for passage in passages(document(rows))]
    assert [()] == [passage.headings for passage in passages(document("1.2 Насос 24 50 60 80\n1.3 Клапан 10 20 30 40"))]


def test_rows_of_a_table_stay_together() -> None:
    """Beyond the usual size."""
    rows = "\n".join(f"В{number} | Кабинеты | {number}00 м³/ч | ВК-{number}" for number in range(1, 26))

    assert USUAL_SIZE < len(rows) < LARGEST_SIZE
    assert [rows] == [passage.text for passage in passages(document(rows))]


def test_a_passage_ends_with_a_sentence() -> None:
    """Where there is one to end with."""
    text = "\n".join(
        f"Это предложение {number} занимает целую строку, и ещё немного\nпродолжается на следующей строке."
        for number in range(20)
    )

    assert all(passage.text.endswith(".") for passage in passages(document(text)))


@pytest.mark.parametrize("sign", ["-", "\u00ad"])
def test_a_passage_does_not_end_within_a_divided_word(sign: str) -> None:
    """Its two parts would be no word that anybody looks for."""
    line = "Насосы и трубы, краны и щиты "
    [first, second] = passages(document("\n".join([*[line] * 20, f"горячее водо{sign} ", "снабжение", *[line] * 10])))

    assert f"водо{sign}\nснабжение" in first.text.replace(" \n", "\n")
    assert line.strip() in second.text


def test_a_line_too_long_is_cut_between_sentences() -> None:
    """As text files without line ends have it."""
    text = " ".join(f"Это предложение номер {number}." for number in range(200))
    found = list(passages(document(text)))

    assert all(len(passage.text) <= USUAL_SIZE and passage.text.endswith(".") for passage in found)


def test_running_titles_are_left_out() -> None:
    """The sample note has the same line at the foot of its pages, but for the number; it still finds each page."""
    found = list(passages(read_document(NOTE)))

    assert [] == [passage.page for passage in found if "Лабораторно-административный корпус Лист" in passage.body]
    assert 7 == len({passage.page for passage in found})
    assert {1, 2, 3, 4, 5, 6, 7} >= {passage.page for passage in found if "Лабораторно-административный" in passage.left_out}


def words_of(*pages: str, has_markup: bool = False) -> list[tuple[int, str]]:
    """The words that the passages hold, by page."""
    made = tuple(Page(number, text) for number, text in enumerate(pages, start=1))
    found = passages(Document(name="a", pages=made, page_count=len(made), has_markup=has_markup))
    return [(each.page, word) for each in found for word in f"{each.body} {each.left_out}".split()]


EDGES = ["Масштаб 1:100", "Кабель ВВГнг-LS 3х1,5 {n} м", "Лист {p}", "Акт № {p}", "Акт № {p}, объём {n},5 м3", "", "12"]
MIDDLES = ["| Марка | Длина |", "|---|---|", "| ВВГ | {n} |", "1.2 Общее ..... {p}", "# rm", "```", "5 Насосы", "Насос"]
LINE = st.one_of(st.sampled_from(EDGES), st.sampled_from(MIDDLES), st.text(max_size=400))


@given(st.lists(st.lists(LINE, max_size=12), max_size=8), st.booleans())
def test_every_word_of_every_page_is_found(layout: list[list[str]], has_markup: bool) -> None:
    """Whatever repeats, counts, looks like a table, a heading or a list of contents."""
    pages = [
        "\n".join(line.replace("{p}", str(page)).replace("{n}", str(7 * page + at)) for at, line in enumerate(lines))
        for page, lines in enumerate(layout, start=1)
    ]
    whole = sorted((page, word) for page, text in enumerate(pages, start=1) for word in text.split())

    assert whole == sorted(words_of(*pages, has_markup=has_markup))


def test_rows_that_begin_and_end_pages_are_kept() -> None:
    """A cable journal of one type of cable."""
    pages = ["\n".join(f"К{20 * page + row} ВВГнг-LS 3х1,5 {row + 3} м" for row in range(20)) for page in range(6)]

    assert 120 == sum(word.startswith("К") for _, word in words_of(*pages))


def test_acts_that_differ_in_their_figures_are_kept() -> None:
    """The number counts with the pages, the volume does not."""
    found = passages(document(*(f"Акт скрытых работ № {n}, объём {n * 7 % 5},5 м3\nБетон.\nПодписи" for n in range(1, 9))))

    assert 8 == sum("Акт скрытых работ" in passage.body for passage in found)


def test_what_repeats_within_pages_is_kept() -> None:
    """Only the line at the edge is a running title."""
    pages = [f"Масштаб 1:100\nПлан этажа {n}\nМасштаб 1:100\nОси А-{n}\nКонец листа {n * n}" for n in range(1, 7)]
    found = [passage for passage in passages(document(*pages)) if "Масштаб 1:100" in passage.body]

    assert 6 == len(found)


def test_what_was_left_out_is_kept_beside_the_text() -> None:
    """So that it finds the page."""
    pages = [f"Масштаб 1:100\nПлан этажа\nСтадия П Лист {n}" for n in range(1, 7)]
    found = list(passages(document(*pages)))

    assert ["План этажа"] * 6 == [passage.body for passage in found]
    assert [f"Масштаб 1:100\nСтадия П Лист {n}" for n in range(1, 7)] == [passage.left_out for passage in found]


def test_a_page_of_two_lines_has_no_running_titles() -> None:
    """Nothing would be left of it."""
    found = list(passages(document(*(f"Масштаб 1:100\nСтадия П Лист {n}" for n in range(1, 7)))))

    assert [""] * 6 == [passage.left_out for passage in found]


def headings_of(text: str, *, has_markup: bool = False) -> list[tuple[str, ...]]:
    made = Document(name="a", pages=(Page(1, text),), page_count=1, has_markup=has_markup)
    return [passage.headings for passage in passages(made)]


def test_a_chapter_without_an_empty_line_before_it_is_one() -> None:
    """Its number is the next."""
    text = "4 Вентиляция\nПриточная установка П1 стоит в венткамере.\n5 Электроснабжение\nВвод от ТП-12."

    assert [("4 Вентиляция",), ("5 Электроснабжение",)] == headings_of("\n" + text)


def test_a_chapter_may_end_with_a_number() -> None:
    """As those of buildings, floors and stages do; what belongs to one must not be quoted under another."""
    text = "2 Корпус первый\nРасход тепла 245 кВт.\n3 Корпус 2\nРасход тепла 187 кВт.\n4 Корпус 3\nРасход тепла 98 кВт."

    assert [("2 Корпус первый",), ("3 Корпус 2",), ("4 Корпус 3",)] == headings_of("\n" + text)


def test_the_first_row_of_a_list_is_no_chapter() -> None:
    """Its number is the next one where there is no chapter yet."""
    assert [()] == headings_of("\nСостав узла.\n1 Насос 2\nКонец списка.")


@pytest.mark.parametrize("rows", ["3 Насос 2\n4 Клапан 6", "5 Насос 2", "2 Бак 1\n3 Насос 2"], ids=["before", "number", "after"])
def test_a_row_that_ends_with_a_number_is_no_chapter(rows: str) -> None:
    """Beside another row, or where its number is not the next one."""
    assert [("2 Корпус первый",)] == headings_of(f"\n2 Корпус первый\nРасход тепла 245 кВт.\n{rows}\nКонец списка.")


def test_a_clause_that_is_wrapped_is_no_heading() -> None:
    """It goes on in lower case up to its full stop."""
    text = "3 Насосы\n\n3.2 Насос должен быть установлен на фундаменте с\nвиброизоляцией и ограждён."

    assert [("3 Насосы",)] == headings_of(text)


def test_a_heading_of_two_lines_is_one() -> None:
    """What comes after it begins anew."""
    text = "4.1 Система вентиляции помещений корпуса\nи административной части\nПриточная установка П1."

    assert [("4.1 Система вентиляции помещений корпуса и административной части",)] == headings_of(text)


def test_the_number_of_a_clause_referred_to_is_no_heading() -> None:
    """The sentence goes on in the next line."""
    text = "Монтаж ведут по указаниям раздела 4 и согласно п.\n4.2 Кабели прокладывают в лотках."

    assert [()] == headings_of(text)


CHAPTER = "РАЗДЕЛ 5. СВЕДЕНИЯ О СЕТЯХ"
PROSE = "Воздухообмен помещений принят по кратности и по расчёту.\n"


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        (f"ОБЩИЕ УКАЗАНИЯ\n{PROSE}ВЕНТИЛЯЦИЯ:\n{PROSE}", [("ОБЩИЕ УКАЗАНИЯ",), ("ВЕНТИЛЯЦИЯ",)]),
        (f"3 ИНЖЕНЕРНЫЕ СИСТЕМЫ\nВЕНТИЛЯЦИЯ\n{PROSE}4 КРОВЛЯ\n{PROSE}", [("ВЕНТИЛЯЦИЯ",), ("4 КРОВЛЯ",)]),
        (f"2.1 Сети\n{PROSE}ВАЖНО\n{PROSE}2.1.1 Вода\n{PROSE}", [("2.1 Сети",), ("ВАЖНО",), ("2.1 Сети", "2.1.1 Вода")]),
        (
            f"МЕРОПРИЯТИЯ ПО ОБЕСПЕЧЕНИЮ\nПОЖАРНОЙ БЕЗОПАСНОСТИ\n\n{PROSE}",
            [("МЕРОПРИЯТИЯ ПО ОБЕСПЕЧЕНИЮ ПОЖАРНОЙ БЕЗОПАСНОСТИ",)],
        ),
        (f"2.1 Кровля\n{PROSE}ПРИЛОЖЕНИЕ Б\n{PROSE}", [("2.1 Кровля",), ("ПРИЛОЖЕНИЕ Б",)]),
        (f"РАЗДЕЛ 5. СВЕДЕНИЯ О СЕТЯХ\n{PROSE}5.1 Подраздел\n{PROSE}", [(CHAPTER,), (CHAPTER, "5.1 Подраздел")]),
        (f"GENERAL NOTES\nAll dimensions are in millimetres, levels in metres.\n{PROSE}", [("GENERAL NOTES",)]),
    ],
)
def test_a_heading_in_capitals_needs_no_number(text: str, headings: list[tuple[str, ...]]) -> None:
    """Whether it is a part of the chapter before it nothing tells: it stands alone, and ends no other heading."""
    assert headings == headings_of(text)


def test_the_running_title_of_a_chapter_ends_none_of_its_sections() -> None:
    """Where it differs from page to page it is no line that all pages have; other chapters begin with another number."""
    pages = ["Глава 3 Сети\n3.2 Вода\nТекст.", "Глава 3: Сети 14\nЕщё текст.", "ГЛАВА 3. 3.2\nИ ещё.", "Глава 4 Кровля\nТекст."]
    found = {passage.page: passage.headings for passage in passages(document(*pages))}
    assert [("Глава 3 Сети", "3.2 Вода")] * 3 + [("Глава 4 Кровля",)] == [found[number] for number in range(1, 5)]


@pytest.mark.parametrize(
    "text",
    [
        f"ООО ПРОЕКТ\nПОЯСНИТЕЛЬНАЯ ЗАПИСКА\nТом 5.4\n{PROSE}",  # a title page
        f"Щит принят\nЩИТ АВАРИЙНЫЙ\n{PROSE}",  # in the middle of a sentence
        f"ГОСТ 21.101\n{PROSE}ЩАО-2\n{PROSE}",  # codes
        f"ВРУ\n{PROSE}",  # an abbreviation
        4 * "МИНИСТЕРСТВО\n" + PROSE,  # more lines than a heading has
        "ВЕНТИЛЯЦИЯ\n| Помещение | Расход, м³/ч | Кратность, 1/ч |\n|---|---|---|\n",  # a label of a table
    ],
)
def test_capitals_that_no_prose_follows_are_no_heading(text: str) -> None:
    """Labels of drawings, title pages, codes."""
    assert {()} == set(headings_of(text))


def test_a_comment_in_a_listing_is_no_heading() -> None:
    """Neither in a PDF nor between the marks of Markdown."""
    assert [()] == headings_of("Выполните:\n# apt install nginx\nи проверьте.")
    text = "# Установка\nВыполните:\n```\n# apt install nginx\n```\nи всё.\n# Запуск\nОн идёт."
    assert [("Установка",), ("Запуск",)] == headings_of(text, has_markup=True)


def test_lines_of_dots_are_no_headings() -> None:
    """They are a table of contents, and told as one."""
    text = "\n".join(f"{n}.1 Системы {'.' * 20} {n + 4}" for n in range(1, 8))
    [found] = passages(Document(name="a", pages=(Page(1, text),), page_count=1))

    assert ((), True) == (found.headings, found.is_contents)


def test_rows_of_a_divided_table_have_its_heads() -> None:
    """In the text that is quoted; the body has each line once."""
    head = "| Марка | Длина, м |\n|---|---|"
    table = "\n".join(f"| ВВГнг-LS {n}х1,5 в гофрированной трубе по стене | {n} |" for n in range(60))
    found = list(passages(document(f"{head}\n{table}")))

    assert len(found) > 2
    assert all(passage.text.startswith(head) for passage in found)
    assert f"{head}\n{table}" == "\n".join(passage.body for passage in found)


HEAD = "| Поз. | Наименование | Кол. |\n|---|---|---|"
SUPPLY, EXHAUST = "| Приточная система П1 |  |  |", "| Вытяжная система В1 |  |  |"


def rows_of(system: int, count: int = 20) -> str:
    return "\n".join(f"| {system}.{n} | Клапан противопожарный с электроприводом КПУ-{n} | {n} |" for n in range(1, count))


def group_above(passage_text: str, row: str) -> str:
    """The last heading of a group above a row in what is quoted."""
    above = passage_text.partition(row)[0].split("\n")
    return next((line for line in reversed(above) if line in {SUPPLY, EXHAUST}), "")


def test_rows_of_a_divided_table_have_the_heading_of_their_group() -> None:
    """In each passage, below the heads; a passage that begins with another group has none of before."""
    table = f"{HEAD}\n{SUPPLY}\n{rows_of(1, 30)}\n{EXHAUST}\n{rows_of(2, 30)}"
    found = list(passages(document(table)))
    supply = [passage.text for passage in found if "| 1." in passage.text]
    exhaust = [passage.text for passage in found if "| 2." in passage.text]

    assert len(supply) > 1 < len(exhaust)
    assert {SUPPLY} == {group_above(text, "| 1.") for text in supply}
    assert {EXHAUST} == {group_above(text, "| 2.") for text in exhaust}
    assert table == "\n".join(passage.body for passage in found)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (f"{HEAD}\n{rows_of(1, 3)}", [SUPPLY]),
        (f"Лист 2\nСпецификация\n\n{HEAD}\n{rows_of(1, 3)}", [SUPPLY]),
        (f"{HEAD}\n{EXHAUST}\n{rows_of(1, 3)}", [EXHAUST]),
        (f"{HEAD.replace('Кол.', 'Масса')}\n{rows_of(1, 3)}", []),
        ("Первая строка.\n" * 5 + f"{HEAD}\n{rows_of(1, 3)}", []),
        (HEAD, []),
    ],
    ids=["goes on", "below a title", "another group", "another table", "below prose", "heads alone"],
)
def test_the_group_goes_on_with_the_table_on_the_next_page(page: str, expected: list[str]) -> None:
    """Below the heads that the table has again; only in a table that can be the same one."""
    found = list(passages(document(f"{HEAD}\n{SUPPLY}\n{rows_of(1, 3)}", page)))
    lines = [line for passage in found if passage.page == 2 for line in passage.text.split("\n")]

    assert expected == [line for line in lines if line in {SUPPLY, EXHAUST}]


@pytest.mark.parametrize("row", ["|  |  | 12 |", "| — |  |  |"])
def test_a_figure_alone_in_its_row_is_no_heading_of_a_group(row: str) -> None:
    """As a sum."""
    found = [passage.text for passage in passages(document(f"{HEAD}\n{row}\n{rows_of(1, 30)}"))]

    assert [1, *[0] * (len(found) - 1)] == [text.count(row) for text in found]


def test_long_heads_are_not_repeated() -> None:
    """They would take more of a quote than the rows."""
    head = HEAD.replace("Наименование", "Наименование и техническая характеристика " * 12)
    found = [passage.text for passage in passages(document(f"{head}\n{rows_of(1, 30)}"))]

    assert [True, *[False] * (len(found) - 1)] == ["техническая" in text for text in found]


def test_text_after_a_table_ends_its_group() -> None:
    """A table with the same heads on the next page is another one then."""
    found = list(passages(document(f"{HEAD}\n{SUPPLY}\n{rows_of(1, 3)}\nПримечание: с приводом.", f"{HEAD}\n{rows_of(1)}")))

    assert not any(SUPPLY in passage.text for passage in found if passage.page == 2)


def test_a_group_may_have_two_headings() -> None:
    """Of a part and of what stands below it; a single one later replaces both, since nothing tells its level."""
    part = "| Раздел 1. Вентиляция |  |  |"
    found = [
        passage.text for passage in passages(document(f"{HEAD}\n{part}\n{SUPPLY}\n{rows_of(1, 30)}\n{EXHAUST}\n{rows_of(2, 30)}"))
    ]

    assert f"{HEAD}\n{part}\n{SUPPLY}\n| 1." in found[1]
    assert f"{HEAD}\n{EXHAUST}\n| 2." in found[-1]


def test_long_headings_of_a_group_are_not_repeated() -> None:
    """They would take more of a quote than its rows."""
    note = f"| {'Оборудование поставляется заказчиком ' * 6} |  |  |"
    found = [passage.text for passage in passages(document(f"{HEAD}\n{note}\n{rows_of(1, 30)}"))]

    assert [1, *[0] * (len(found) - 1)] == [text.count(note) for text in found]


@pytest.mark.parametrize("heading", [EXHAUST, f"| Раздел 2. Вытяжка |  |  |\n{EXHAUST}"], ids=["one heading", "two headings"])
def test_a_passage_ends_before_the_next_group(heading: str) -> None:
    """The rows of a group are quoted together where there is room for them."""
    table = f"{HEAD}\n{SUPPLY}\n{rows_of(1, 10)}\n{heading}\n{rows_of(2, 15)}"
    first, second = (passage.text for passage in passages(document(table)))

    assert f"{HEAD}\n{SUPPLY}\n{rows_of(1, 10)}" == first
    assert f"{HEAD}\n{heading}\n{rows_of(2, 15)}" == second
