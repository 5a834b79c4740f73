"""``serve``: what it says, in which form, and that it stops."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from aizoomdoc_client.cli.language import speaking
from aizoomdoc_client.cli.serve_lines import tell_read
from aizoomdoc_client.local import DocumentSummary
from tests.cli.conftest import SAMPLE
from tests.cli.program import TOKEN, Program, ended, told
from tests.cli.terminal import Terminal
from tests.local.reading.test_ocr import posix, stand_in

EN = r"""Listening on (http://127\.0\.0\.1:\d+)

In another terminal:
  aizoomdoc login --server \1 --token (\S+)
  aizoomdoc ask "QUESTION"

Documents:  (\d+) in {projects}; still to be read: \3
Answers:    extracts; --llm-url: a language model
Data:       {data}
Page:       \1/
Stop:       Ctrl-C
"""
RU = r"""Слушаю (http://127\.0\.0\.1:\d+)

В другом терминале:
  aizoomdoc login --server \1 --token (\S+)
  aizoomdoc ask "ВОПРОС"

Документы:   (\d+) в {projects}; ещё не прочитано: \3
Ответы:      выдержки; языковая модель — с --llm-url
Данные:      {data}
Страница:    \1/
Остановить:  Ctrl-C
"""


def lines(process: subprocess.Popen[bytes], count: int) -> str:
    assert process.stdout is not None
    return b"".join(process.stdout.readline() for _ in range(count)).decode()


@pytest.mark.parametrize(
    ("language", "block", "read"), [("en", EN, "Read:  {0} of {0}\n"), ("ru", RU, "Прочитано:  {0} из {0}\n")]
)
def test_it_says_where_it_listens_what_to_type_and_what_it_has(
    program: Program, tmp_path: Path, language: str, block: str, read: str
) -> None:
    """Then that all is read; the login that it names works; SIGTERM ends it with 0."""
    data, projects = tmp_path / "data", tmp_path / "projects"
    projects.mkdir()
    shutil.copy(SAMPLE / "note.pdf", projects)
    process = program.start(
        *("serve", "--port", "0", "--data", str(data), "--projects", str(projects), "--pace", "0", "--lang", language)
    )
    said = lines(process, 11)
    found = re.fullmatch(block.format(projects=re.escape(str(projects)), data=re.escape(str(data))), said)
    assert found, said
    assert read.format(found[3]) == lines(process, 1)
    assert 0 == program("login", "--server", found[1], "--token", found[2]).code
    assert "user1" in program("me").out
    outcome = ended(process, send=signal.SIGTERM)
    assert (0, "", "") == (outcome.code, outcome.out, outcome.err)


def test_for_a_program_it_is_one_object_on_one_line(program: Program, tmp_path: Path) -> None:
    """Unreadable documents by name; the token where the server made it, not where it was given."""
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "пустой.pdf").write_bytes(b"")
    common = ("serve", "--port", "0", "--data", str(tmp_path / "data"), "--projects", str(tmp_path / "projects"), "--json")
    process = program.start(*common)
    first = told(process)
    login = program("login", "--server", first["url"], "--token", first["token"]), program("projects", "tree")
    ended(process, send=signal.SIGINT)
    process = program.start(*common, "--token", TOKEN)
    second = told(process)
    outcome = ended(process, send=signal.SIGINT)

    assert [0, 0] == [each.code for each in login]
    assert (1, 1, []) == (first["documents"], first["waiting"], first["unreadable"])
    assert (1, 0, ["пустой.pdf"]) == (second["documents"], second["waiting"], second["unreadable"])
    assert (None, str(tmp_path / "data"), str(tmp_path / "projects")) == (second["token"], second["data"], second["projects"])
    assert (0, "", "") == (outcome.code, outcome.out, outcome.err)


@posix
def test_text_is_not_recognized_where_that_is_turned_off(program: Program, tmp_path: Path) -> None:
    """An image is then not read; without the option it is, at the next start."""
    for name in ("bin", "projects"):
        (tmp_path / name).mkdir()
    path = f"{stand_in(tmp_path / 'bin')}{os.pathsep}{os.environ['PATH']}"
    Image.new("L", (20, 20), "white").save(tmp_path / "projects" / "scan.png")
    common = ("serve", "--port", "0", "--data", str(tmp_path / "data"), "--projects", str(tmp_path / "projects"), "--lang", "en")
    said = list[str]()
    for options in (("--no-ocr",), ()):
        process = program.start(*common, *options, env={"PATH": path})
        said.append(" ".join(lines(process, 12).splitlines()[-1].split()))
        ended(process, send=signal.SIGINT)

    assert ["Read: 0 of 1", "Read: 1 of 1"] == said


def test_without_documents_it_says_how_to_ask_about_a_file(program: Program, tmp_path: Path) -> None:
    """And a token that was given is not printed: the login asks for it."""
    process = program.start("serve", "--port", "0", "--data", str(tmp_path / "data"), "--token", TOKEN)
    said = lines(process, 10)
    outcome = ended(process, send=signal.SIGINT)

    assert re.search(
        r"\n  aizoomdoc login --server http://127\.0\.0\.1:\d+\n  aizoomdoc ask FILE \"QUESTION\"\n\nAnswers:", said
    ), said
    assert (0, "", False) == (outcome.code, outcome.out, TOKEN in said)


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (1, "0.pdf"),
        (3, "0.pdf, 1.pdf, 2.pdf"),
        (4, "0.pdf, 1.pdf, 2.pdf and 1 more"),
        (300, "0.pdf, 1.pdf, 2.pdf and 297 more"),
    ],
)
def test_at_most_three_unreadable_documents_are_named(capsys: pytest.CaptureFixture[str], count: int, names: str) -> None:
    """However many there are."""
    summary = DocumentSummary(documents=count + 2, waiting=0, unreadable=tuple(f"{number}.pdf" for number in range(count)))
    with speaking("en"):
        tell_read(summary)

    assert f"Read:        2 of {count + 2}\nUnreadable:  {names}\n" == capsys.readouterr().out


def test_requests_are_shown_with_verbose(program: Program, tmp_path: Path) -> None:
    """A line each on standard error, without the token."""
    process = program.start("serve", "--port", "0", "--data", str(tmp_path / "data"), "--json", "--verbose")
    server = told(process)
    program("login", "--server", server["url"], "--token", server["token"])
    outcome = ended(process, send=signal.SIGINT)

    assert re.search(r"DEBUG aizoomdoc_client\.local\.requests: POST /auth/exchange 200 \d+ ms user1\n", outcome.err)
    assert server["token"] not in outcome.err


def test_at_a_narrow_terminal_long_lists_are_broken_between_words(program: Program, tmp_path: Path) -> None:
    """The commands are one line each, as they have to be copied; Ctrl-C stops the server."""
    (tmp_path / "projects").mkdir()
    names = [f"Сломанный документ {number}.pdf" for number in range(4)]
    for name in names:
        (tmp_path / "projects" / name).write_bytes(b"")
    arguments = ("serve", "--port", "0", "--data", str(tmp_path / "data"), "--projects", str(tmp_path / "projects"))
    with Terminal(program.environment(), *arguments, width=60, height=40) as terminal:
        terminal.until("and 1 more")
        terminal.type("\x03")
        code = terminal.end()

    said = "Read:        0 of 4\r\nUnreadable:  Сломанный документ 0.pdf, Сломанный документ\r\n             1.pdf,"
    assert (0, True) == (code, said in terminal.output)
