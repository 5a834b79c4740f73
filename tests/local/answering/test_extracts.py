"""Answers without a model: extracts."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.local.answering.answerer import Group, Question, Quote
from aizoomdoc_client.local.answering.extracts import extracts, words
from aizoomdoc_client.models import Settings
from tests.local.support import User

QUOTE = Quote(document="Записка.pdf", page=3, heading="2 Решения › 2.2 Высота", text="2.2 Высота\nВысота 3,0 м.")
GROUP = Group(documents=("Записка.pdf",), quotes=(QUOTE,))


def question(*groups: Group) -> Question:
    return Question(text="Какая высота?", groups=groups, settings=Settings())


def test_a_passage_is_quoted_with_document_and_page() -> None:
    """In Markdown, under those headings that it does not hold itself, and said to be an extract."""
    assert (
        "Это выдержки из документов, а не ответ модели: сервер работает без неё.\n\n"
        "> **2 Решения**\n>\n> 2.2 Высота\n> Высота 3,0 м.\n>\n> — «Записка.pdf», стр. 3"
    ) == extracts(question(GROUP))


def test_rows_of_a_table_stay_apart() -> None:
    """Markdown would join them; lines of prose it may join."""
    text = (
        "Длинная строка текста, за которой идёт\nещё одна такая же длинная строка текста\nП1 Кабинеты 8600 620\nП2 Цех 2700 540"
    )
    answer = extracts(question(attrs.evolve(GROUP, quotes=(attrs.evolve(QUOTE, text=text),))))

    assert "за которой идёт\n> ещё одна такая же длинная строка текста\n> П1 Кабинеты 8600 620  \n> П2 Цех 2700 540\n>" in answer


def test_nothing_found_says_where_was_looked() -> None:
    """At most ten names."""
    few, many = Group(documents=("a.pdf", "b.pdf")), Group(documents=tuple(f"{number}.pdf" for number in range(12)))

    assert "ничего не найдено. Просмотрены: «a.pdf», «b.pdf»." in extracts(question(few))
    assert "«9.pdf» и ещё 2." in extracts(question(many))


def test_no_documents_says_how_to_bring_some() -> None:
    """By the commands that do it."""
    answer = extracts(question(Group(documents=())))

    assert (True, True) == ("aizoomdoc chat send --file" in answer, "aizoomdoc serve --projects" in answer)


def test_an_unreadable_document_is_named_where_nothing_was_found() -> None:
    """It is the reason of that; beside passages of others it is one of the notes, and no part of the text."""
    scan = attrs.evolve(GROUP, documents=("Записка.pdf", "скан.pdf"), unreadable=(("скан.pdf", "в файле нет текста"),))
    alone = Group(documents=("скан.pdf",), unreadable=(("скан.pdf", "в файле нет текста"),))

    assert extracts(question(scan)).endswith("> — «Записка.pdf», стр. 3")
    assert extracts(question(attrs.evolve(scan, quotes=()))).endswith(
        "ничего не найдено. Просмотрены: «Записка.pdf». Не удалось прочитать «скан.pdf»: в файле нет текста."
    )
    assert extracts(question(alone)).endswith("\n\nНе удалось прочитать «скан.pdf»: в файле нет текста.")


def test_three_hundred_unreadable_documents_take_one_line() -> None:
    """Three are named."""
    names = [f"{number}.pdf" for number in range(300)]
    answer = extracts(question(Group(documents=tuple(names), unreadable=tuple((name, "файл пуст") for name in names))))
    expected = "Не удалось прочитать 300 документов: «0.pdf» (файл пуст), «1.pdf» (файл пуст), «2.pdf» (файл пуст) и ещё 297."

    assert expected == answer.splitlines()[-1]


def test_an_english_question_gets_english_words_around_the_quotes() -> None:
    """The quotes stay as they are; so do those of a comparison."""
    asked = Question(text="What is the height?", groups=(GROUP, Group(documents=("b.pdf",))), settings=Settings())

    assert (
        "These are extracts from the documents, not a model's answer: the server works without one.\n\n"
        "### Group 1: “Записка.pdf”\n\n> **2 Решения**\n>\n> 2.2 Высота\n> Высота 3,0 м.\n>\n> — “Записка.pdf”, p. 3\n\n"
        "### Group 2: “b.pdf”\n\nNothing was found for this question. Searched: “b.pdf”."
    ) == extracts(asked)
    assert extracts(attrs.evolve(asked, groups=())).startswith("There is nothing to ask about yet")


def test_documents_that_are_still_being_read_are_no_documents_without_an_answer() -> None:
    """It is said that they are read, and from how many the answer is."""
    some, none = Group(documents=("a.pdf", "b.pdf"), pending=1), Group(documents=("a.pdf", "b.pdf"), pending=2)

    assert extracts(question(some)).endswith(
        "По этому вопросу пока ничего не найдено. Ответ дан по 1 из 2 документов; остальные ещё читаются."
    )
    assert extracts(question(none)).endswith("\n\nДокументы ещё читаются (2); спросите немного позже.")


def test_a_table_stays_a_table() -> None:
    """With its heads, without hard breaks, and between blank lines, so that no line of text becomes a row."""
    text = (
        "Состав оборудования\n| Система | Расход, м³/ч |\n|---|---|\n| П1 | 6400 |\n| П2 \\| П3 | 5200 |\nПримечание: по проекту."
    )
    answer = extracts(question(attrs.evolve(GROUP, quotes=(attrs.evolve(QUOTE, heading="", text=text),))))

    assert answer.endswith(
        "> Состав оборудования\n>\n> | Система | Расход, м³/ч |\n> |---|---|\n> | П1 | 6400 |\n> | П2 \\| П3 | 5200 |\n>\n"
        "> Примечание: по проекту.\n>\n> — «Записка.pdf», стр. 3"
    )


def test_a_quote_that_is_a_table_alone_has_no_double_blank_lines() -> None:
    """Two tables in one passage stay two."""
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n\n| c | d |\n|---|---|\n| 3 | 4 |"
    answer = extracts(question(attrs.evolve(GROUP, quotes=(attrs.evolve(QUOTE, heading="1 Щиты", text=text),))))

    assert answer.endswith(
        "> **1 Щиты**\n>\n> | a | b |\n> |---|---|\n> | 1 | 2 |\n>\n> | c | d |\n> |---|---|\n> | 3 | 4 |\n>\n"
        "> — «Записка.pdf», стр. 3"
    )


def test_characters_that_move_a_cursor_are_left_out() -> None:
    """Documents are written by others."""
    hostile = attrs.evolve(QUOTE, text="\x1b[2Jтекст\u202e\x07", document="\x1b]0;a\x07.pdf")

    assert not {"\x1b", "\x07", "\u202e"} & set(extracts(question(attrs.evolve(GROUP, quotes=(hostile,)))))


@given(st.text())
def test_the_words_joined_are_the_text(text: str) -> None:
    """None is empty."""
    assert (text, True) == ("".join(words(text)), all(words(text)))


async def test_a_file_that_cannot_be_read_is_stored_and_explained(user: User) -> None:
    """Its upload succeeds; the answer says which file could not be read and why."""
    file = await user.upload("скан.pdf", b"%PDF-1.7 broken")
    answer = await user.answer("Где ВРУ-1?", attached_file_ids=[file.body["id"]])

    assert 201 == file.status
    assert "Не удалось прочитать «скан.pdf»: файл PDF повреждён; сохраните или скачайте его заново." in answer


@pytest.mark.parametrize("text", ["Где ВРУ-1?", "Проанализируй этот документ", "???"])
async def test_without_documents_the_answer_helps(user: User, text: str) -> None:
    """Whatever was asked."""
    assert "нет ни одного документа" in await user.answer(text)
