"""Results as one HTML page, parsed, and opened in Chromium where it is installed."""

from __future__ import annotations

import html
import io
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from aizoomdoc_client.answer_source import AnswerSource
from aizoomdoc_client.batch.results.html_assets import POLICY, SCRIPT, STYLE
from aizoomdoc_client.batch.results.html_page import write_html
from aizoomdoc_client.batch.results.row import ResultRow
from aizoomdoc_client.batch.results.wording import local_time
from aizoomdoc_client.catalog import Language
from aizoomdoc_client.events import ImageReady

from .sample import MOMENT, SUMMARY, answer, failed, row
from .test_answer_markup import HOSTILE, Tags

HERE = Path(tempfile.gettempdir())
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
in_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def page(*rows: ResultRow, language: Language = "ru") -> str:
    file = io.BytesIO()
    write_html(rows, file, summary=SUMMARY, language=language, folder=HERE, home=Path("/jobs"))
    return file.getvalue().decode()


def hostile_page() -> str:
    rows = [
        row(
            name=bad,
            question=bad,
            answer=answer(
                bad, sources=(AnswerSource(document=bad),), notes=(bad,), images=(image(bad), image("https://a.org/?<b>"))
            ),
            parsed={bad: bad},
        )
        for bad in [*HOSTILE, '"><svg onload="document.title=1">', "' autofocus onfocus=x '"]
    ]
    return page(*rows, *(failed(name=bad, question=bad, raw_text=bad) for bad in HOSTILE))


def image(url: str) -> ImageReady:
    return ImageReady(timestamp=None, block_id="b", url=url)


def in_browser(content: str, folder: Path) -> str:
    """The document as Chromium has it after its scripts have run."""
    path = folder / "page.html"
    path.write_text(content, encoding="utf-8")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--virtual-time-budget=2000"]
    done = subprocess.run(
        [str(CHROMIUM), *arguments, "--dump-dom", path.as_uri()], capture_output=True, check=True, timeout=50, text=True
    )
    return done.stdout


def test_the_page_needs_and_loads_nothing_else() -> None:
    """No tag that loads, no attribute that runs, no style or script but its own."""
    content = hostile_page()
    found = Tags(content.replace("<!DOCTYPE html>", "").replace("<meta ", "<hr ").replace("<input ", "<br "))

    assert [] == found.open
    assert set() == {tag for tag, _ in found.tags} & {"img", "svg", "iframe", "object", "embed", "link", "base", "form", "b"}
    assert [1, 1] == [sum(tag == each for tag, _ in found.tags) for each in ("script", "style")]
    assert set() == {
        name for _, each in found.tags for name in each if name.startswith("on") or name in {"src", "style", "srcset"}
    }
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_the_policy_allows_the_pages_own_style_and_script_only() -> None:
    """By their digests: what stands in an answer has another one."""
    assert POLICY in html.unescape(page(row()))
    assert ("default-src 'none'", False) == (POLICY.split(";")[0], "unsafe" in POLICY)


def test_failures_stand_first_and_lead_to_their_documents() -> None:
    """In the language of the page."""
    content = page(row(name="АР.pdf"), failed(name="ОВ.pdf"))
    failures = content.index('<h2 id="failures">Не удалось</h2>')

    assert failures < content.index('<article class="document" id="d1"') < content.index('<article class="document" id="d2"')
    assert (
        '<a href="#d2">ОВ.pdf</a> — Какая высота этажа? — не удаётся записать результаты в x.csv: на диске нет места' in content
    )


def test_an_answer_has_all_that_it_rests_on() -> None:
    """Sources, images as links, notes, fields, duration."""
    whole = answer(
        "Высота **3,3 м**",
        sources=(AnswerSource(document="АР.pdf", page=3),),
        images=(image("https://a.org/x.png"), image("javascript:x")),
        notes=("Страница 5 пуста.",),
    )
    content = page(row(answer=whole, parsed={"h": 3.3}, seconds=2.04))

    for part in (
        "<p>Высота <strong>3,3 м</strong></p>",
        '<dt>h</dt><dd dir="auto">3.3</dd>',
        '<li dir="auto">АР.pdf, с. 3</li>',
        '<a href="https://a.org/x.png" rel="noopener noreferrer nofollow">https://a.org/x.png</a>',
        "Примечание: Страница 5 пуста.",
        "2,0 с",
    ):
        assert part in content
    assert "javascript" not in content


def test_a_row_has_the_users_own_columns_and_what_it_took() -> None:
    """Columns before the fields of the answer, attempts where there were several, the time of its end."""
    content = page(row(columns={"Корпус": 2}, parsed={"h": 3.3}, seconds=2.04, attempts=3, finished_at=MOMENT))

    assert content.index('<dt>Корпус</dt><dd dir="auto">2</dd>') < content.index("<dt>h</dt>")
    assert f"2,0 с; Попыток: 3; Завершено: {local_time(MOMENT)}" in content
    assert "Попыток" not in page(row())


def test_what_was_not_asked_at_all_is_among_the_failures() -> None:
    """It has no answer either."""
    assert "ОВ.pdf</a> — Какая высота этажа? — " in page(failed(name="ОВ.pdf", state="skipped"))


@pytest.mark.parametrize(("language", "words"), [("en", "Answers"), ("ru", "Ответы")])
def test_the_page_says_its_language(language: Language, words: str) -> None:
    """For who has it read aloud, in the words that people see as well."""
    content = page(row(), language=language)

    assert (f'<html lang="{language}">' in content, words in content) == (True, True)


def test_the_page_can_be_used_by_keyboard_on_a_phone_at_night_and_on_paper() -> None:
    """A link to the answers, a named filter, a width, two colour schemes, a print style."""
    content = page(row())

    assert '<a class="skip" href="#answers">' in content
    assert '<label for="filter">' in content
    assert 'name="viewport" content="width=device-width' in content
    assert all(f"@media {each}" in STYLE for each in ("(prefers-color-scheme: dark)", "(max-width", "print"))


@in_chromium
@pytest.mark.timeout(120)
def test_nothing_of_an_answer_runs_in_a_browser(tmp_path: Path) -> None:
    """The page's own script does: without it the filter is hidden."""
    found = in_browser(hostile_page(), tmp_path)

    assert "<title>Корпус 3</title>" in found
    assert '<div class="filter"><label' in found


@in_chromium
@pytest.mark.timeout(120)
def test_the_filter_shows_the_documents_that_have_a_text(tmp_path: Path) -> None:
    """In upper and lower case, and only those failures."""
    content = page(row(name="АР.pdf"), row(name="ОВ.pdf", answer=answer("Вентилятор")), failed(name="КЖ.pdf"))
    typed = (
        "<script>var f = document.getElementById('filter'); f.value = 'вентиЛЯ'; f.dispatchEvent(new Event('input'));</script>"
    )
    without_policy = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", content)
    found = in_browser(without_policy.replace("</body>", f"{typed}</body>"), tmp_path)
    hidden = {
        name: tail.startswith(' aria-labelledby="h') and "hidden" in tail
        for name, tail in re.findall(r'id="(d\d)"([^>]*)>', found)
    }

    assert {"d1": True, "d2": False, "d3": True} == hidden
    assert SCRIPT.strip() in found
