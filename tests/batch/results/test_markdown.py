"""Results as a page of Markdown."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from aizoomdoc_client.answer_source import AnswerSource
from aizoomdoc_client.batch.results.markdown import write_markdown
from aizoomdoc_client.batch.results.row import ResultRow
from aizoomdoc_client.batch.results.wording import local_time
from aizoomdoc_client.catalog import Language

from .sample import MOMENT, SUMMARY, answer, failed, row

HERE = Path(tempfile.gettempdir())


def page(*rows: ResultRow, language: Language = "ru") -> str:
    file = io.BytesIO()
    write_markdown(rows, file, summary=SUMMARY, language=language, folder=HERE, home=Path("/jobs"))
    return file.getvalue().decode()


def test_failures_stand_first_and_then_each_document() -> None:
    """With its questions, whenever their rows came; an answer with its sources, notes, fields and duration."""
    place = AnswerSource(document="АР_1.pdf", page=3)
    whole = answer("Высота **3,3 м**", sources=(place, place), notes=("Страница 5 пуста.",))
    found = page(
        row(name="АР.pdf", path=Path("/jobs/АР.pdf"), answer=whole, parsed={"h": 3.3, "m": None}, seconds=2.04),
        failed(name="ОВ.pdf"),
        row(name="АР.pdf", path=Path("/jobs/АР.pdf"), question="Где ВРУ?", state="waiting", answer=None),
    ).split("\n## ")

    assert [
        "Не удалось\n\n- **ОВ.pdf** — Какая высота этажа? — не удаётся записать результаты в x.csv: на диске нет места\n",
        (
            "[АР.pdf](<./%D0%90%D0%A0.pdf>)\n\n### Какая высота этажа?\n\n> Высота **3,3 м**\n\n- h: 3.3\n- m: \n\n"
            "Источники:\n\n- АР\\_1.pdf, с. 3\n\n*Примечание: Страница 5 пуста.*\n\n*2,0 с*\n\n### Где ВРУ?\n\n*ожидает*\n"
        ),
        "ОВ.pdf\n\n### Какая высота этажа?\n\n**ошибка**: не удаётся записать результаты в x.csv: на диске нет места\n",
    ] == found[1:]
    assert found[0].startswith("# Корпус 3\n\n- Сервер: https://docs.example.org\n- Начато: 2026-03-0")


def test_a_row_has_the_users_own_columns_and_what_it_took() -> None:
    """Columns before the fields of the answer, attempts where there were several, the time of its end."""
    found = page(row(columns={"Корпус": 2}, parsed={"h": 3.3}, seconds=2.04, attempts=3, finished_at=MOMENT))

    assert "- Корпус: 2\n- h: 3.3\n" in found
    assert f"*2,0 с; Попыток: 3; Завершено: {local_time(MOMENT)}*" in found


def test_what_was_not_asked_at_all_is_among_the_failures() -> None:
    """It has no answer either."""
    assert "- **ОВ.pdf** — Какая высота этажа? — " in page(failed(name="ОВ.pdf", state="skipped"))


def test_names_and_errors_are_no_markup() -> None:
    """Of documents, questions, sources, fields, notes."""
    bad = "<b>*x*</b>\n# y"
    rows = [
        row(name=bad, question=bad, answer=answer(bad, sources=(AnswerSource(document=bad),), notes=(bad,)), parsed={bad: bad}),
        failed(name=bad, question=bad, raw_text=bad),
    ]
    found = page(*rows, language="en")

    assert ("<b>" in found.replace("\\<b\\>", ""), "*x*" in found.replace("> &lt;b>*x*", "")) == (False, False)
    assert 1 == sum(line.startswith("# ") for line in found.splitlines())
    assert "What the model answered" in found
