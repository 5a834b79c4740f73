"""A file of named questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.batch.question_file import read_question_file
from aizoomdoc_client.batch.questions import QuestionWithSettings
from aizoomdoc_client.batch.task import BatchQuestion, BatchSettings
from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.models import Role

ROLES = [Role(id=1, name="ГИП"), Role(id=2, name="Электрик"), Role(id=3, name="Сметчик"), Role(id=4, name="сметчик")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "questions.toml"


def message(path: Path, source: str | bytes) -> str:
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    with pytest.raises(ConfigurationError) as caught:
        read_question_file(path).questions(ROLES)
    assert caught.value.message.startswith(f"{path}: "), caught.value.message
    return caught.value.message.removeprefix(f"{path}: ")


@pytest.mark.parametrize("begin", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_questions_have_names_and_settings_where_they_need_them(path: Path, begin: str, end: str) -> None:
    """In the order of the file; an editor's byte order mark and Windows' line ends make no difference."""
    lines = [
        "# вопросы",
        "[questions]",
        'height = "Какая высота этажа?"',
        '"где ВРУ" = """',
        "Где ВРУ?",
        '"""',
        "[questions.load]",
        'text = "Какая нагрузка?"',
        'role = "электрик"',
        'model = "complex"',
        "[questions.price]",
        'text = "Сколько стоит?"',
        "role = 3",
    ]
    path.write_bytes((begin + end.join(lines)).encode())
    file = read_question_file(path)

    assert file.names_roles
    assert (
        QuestionWithSettings(question=BatchQuestion(name="height", text="Какая высота этажа?")),
        QuestionWithSettings(question=BatchQuestion(name="где ВРУ", text="Где ВРУ?")),
        QuestionWithSettings(
            question=BatchQuestion(name="load", text="Какая нагрузка?"), settings=BatchSettings(role=2, model="complex")
        ),
        QuestionWithSettings(question=BatchQuestion(name="price", text="Сколько стоит?"), settings=BatchSettings(role=3)),
    ) == file.questions(ROLES)


def test_without_roles_no_server_is_needed(path: Path) -> None:
    """Models and texts are known here."""
    path.write_text('[questions]\na = "А?"\nb = {text = "Б?", model = "simple"}')

    assert not read_question_file(path).names_roles


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", 'there are no questions; write [questions], and below it lines such as height = "…"'),
        ("[questions]", "there are no questions"),
        ('questions = "А?"', "there are no questions"),
        ('height = "А?"', "line 1: 'height' is not known; questions stand in the table [questions]; there are no questions"),
        ('[question]\na = "А?"', "line 1: 'question' is not known"),
        ('[questions]\nвысота = "А?"', "line 2: this is no TOML"),
        ('[questions]\na = "А?\n', "line 2: this is no TOML"),
        (f"[questions]\na = {'9' * 5000}", "line 2: this is no TOML"),
        ('[questions]\na = """А?\n', "line 3: this is no TOML"),
        ('[questions]\na = "А?"\na = "Б?"', "line 3: a second question of the same name"),
        ('[questions.a]\ntext = "А?"\n[questions.a]\ntext = "Б?"', "line 3: a second question of the same name"),
        ('[questions]\na = "А?"\n"б" = ""\nc = 5', "line 3: the question 'б' is empty; line 4: the question 'c' is empty"),
        ('[questions.a]\nquestion = "А?"', "line 1: the question 'a' has 'question'; it can have text, role, model; line 1:"),
        ('[questions]\na.text = "А?"\na.model = "best"', "line 2: there is no model 'best'; there are: simple, complex"),
        ('\n[questions.a]\ntext = "А?"\nrole = "Повар"', "line 2: there is no role 'Повар'; there are: 1 ГИП, 2 Электрик"),
        ('[questions.a]\ntext = "А?"\nrole = "СМЕТЧИК"', "line 1: there are several roles 'СМЕТЧИК', give a number"),
        ('[questions.a]\ntext = "А?"\nrole = true', "line 1: a role is a name or a number"),
        ('[questions.a]\ntext = "А?"\nrole = 9', "line 1: there is no role '9'"),
        ('[questions]\na = "Высота?"'.encode("cp1251"), "line 2: the text is not UTF-8: save the file in this encoding"),
        ('[questions]\na = "Где ВРУ?"\nb = "Где  ВРУ?"', "line 3: 'b' is asked twice; leave one out"),
        (b"#" * (1024 * 1024 + 1), "the file is larger than 1 MB"),
    ],
)
def test_an_error_names_the_line_and_what_to_do(path: Path, source: str | bytes, expected: str) -> None:
    """In a file of hundreds of questions nobody searches for it."""
    assert message(path, source).startswith(expected)


def test_a_missing_file_is_named(path: Path) -> None:
    """With what the system says."""
    with pytest.raises(ConfigurationError, match=r"questions\.toml: the file cannot be opened \(No such file or directory\)"):
        read_question_file(path)
