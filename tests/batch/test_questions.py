"""Questions of a job, and the tasks of documents and questions."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client.batch.questions import QuestionWithSettings, as_questions, make_tasks
from aizoomdoc_client.batch.task import BatchDocument, BatchQuestion, BatchSettings, BatchTask
from aizoomdoc_client.exceptions import ConfigurationError

HEIGHT = BatchQuestion(text="Какая высота этажа?")
NAMED = BatchQuestion(text="Какая высота этажа?", name="высота")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Какая высота этажа?", (HEIGHT,)),
        (NAMED, (NAMED,)),
        (["  Какая высота этажа?\n", BatchQuestion(text="Где ВРУ?")], (HEIGHT, BatchQuestion(text="Где ВРУ?"))),
        ({"высота": "Какая высота этажа?"}, (NAMED,)),
        (iter(["Где ВРУ?"]), (BatchQuestion(text="Где ВРУ?"),)),
    ],
)
def test_questions_are_given_as_python_has_them(given: Any, expected: tuple[BatchQuestion, ...]) -> None:
    """One, several, or by name; white space around a text does not make another question."""
    assert expected == as_questions(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "question 1 is empty"),
        (["Где ВРУ?", " \n"], "question 2 is empty"),
        ({"высота": ""}, "the question 'высота' is empty"),
        ([], "there are none"),
        ({}, "there are none"),
        ([5], "a question is a text or a BatchQuestion, not int"),
        ({"a": None}, "a question is a text or a BatchQuestion, not NoneType"),
        (["Где ВРУ?", "Где  ВРУ?"], "'Где  ВРУ?' is asked twice; leave one out"),
        ({"a": "Где ВРУ?", "b": "Где ВРУ?"}, "'b' is asked twice; leave one out"),
        (["a", BatchQuestion(text="b", name="a")], "two questions are named 'a'; give one of them another name"),
    ],
)
def test_what_cannot_be_asked_is_refused(given: Any, expected: str) -> None:
    """An answer that is paid for twice, two columns of one name, and what is no question."""
    with pytest.raises(ConfigurationError) as caught:
        as_questions(given)

    assert f"Questions: {expected}" == caught.value.message


def test_each_question_is_asked_about_each_document() -> None:
    """A document's questions stand side by side, in the order in which they were given."""
    documents = [BatchDocument(name="a"), BatchDocument(name="b")]
    questions = [HEIGHT, BatchQuestion(text="Где ВРУ?")]

    assert [BatchTask(document=d, question=q) for d in documents for q in questions] == make_tasks(documents, questions)


def test_a_questions_own_settings_count_first() -> None:
    """What it leaves open comes from the job, what both leave open stays with the user."""
    documents = [BatchDocument(name="a")]
    questions = [QuestionWithSettings(question=HEIGHT, settings=BatchSettings(role=3)), BatchQuestion(text="Где ВРУ?")]
    tasks = make_tasks(documents, questions, BatchSettings(role=1, model="complex"))

    assert [BatchSettings(role=3, model="complex"), BatchSettings(role=1, model="complex")] == [each.settings for each in tasks]
    assert [BatchSettings(role=3), BatchSettings()] == [each.settings for each in make_tasks(documents, questions)]
