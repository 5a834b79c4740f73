"""One question about documents, here or on a server."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image

from aizoomdoc_client.local import LocalServer
from aizoomdoc_client.testing import ScriptedServer
from tests.cli.conftest import SAMPLE
from tests.cli.program import TOKEN, Program
from tests.local.hostile_files import deflate_bomb
from tests.local.reading.test_ocr import posix, stand_in

NOTE = str(SAMPLE / "note.pdf")
QUESTION = "Какое оборудование установлено в системе В2?"


def write_pdf(path: Path, *pages: str, password: str | None = None) -> str:
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for text in pages:
        pdf.add_page()
        if text:
            pdf.cell(text=text)
        else:
            for number in range(20):
                pdf.line(10, 10 * number, 100, 100)
    if password:
        pdf.set_encryption("owner", user_password=password)
    pdf.output(str(path))
    return str(path)


def test_a_document_is_asked_without_any_setup(program: Program) -> None:
    """`ask --local` quotes the document with its page, and leaves no login and no configuration behind."""
    outcome = program("ask", NOTE, QUESTION, "--local")

    assert (0, "", True) == (outcome.code, outcome.err, "«note.pdf», стр. 5" in outcome.out)
    assert not program.folder.exists()


@pytest.mark.parametrize("arguments", [(QUESTION, "--projects", str(SAMPLE)), (str(SAMPLE), QUESTION)])
def test_a_folder_is_asked(program: Program, arguments: tuple[str, ...]) -> None:
    """Without a file, by `--projects` or in the place of one."""
    outcome = program("ask", *arguments, "--local")

    assert (0, True) == (outcome.code, "КВ 50-30" in outcome.out)


def test_local_reads_a_document_once(program: Program, tmp_path: Path) -> None:
    """The index is kept between questions: a copy of the file is asked about without being read."""
    copy = tmp_path / "again" / "note.pdf"
    copy.parent.mkdir()
    copy.write_bytes(Path(NOTE).read_bytes())
    first = program("ask", NOTE, QUESTION, "--local")
    [index] = (program.folder.parent / "cache" / "aizoomdoc" / "local-index").glob("*.sqlite3")
    with closing(sqlite3.connect(index)) as db:
        db.execute("UPDATE passages SET text = replace(text, 'вентилятор', 'ВЕНТИЛЯТОР')")
        db.commit()
    second = program("ask", str(copy), QUESTION, "--local")

    assert (0, 0) == (first.code, second.code)
    assert ("вентилятор" in first.out, "ВЕНТИЛЯТОР" in second.out) == (True, True)


def test_a_damaged_cache_is_not_used(program: Program) -> None:
    """Nor is it an error."""
    program("ask", NOTE, QUESTION, "--local")
    [index] = (program.folder.parent / "cache" / "aizoomdoc" / "local-index").glob("*.sqlite3")
    index.write_bytes(b"nonsense" * 1000)

    assert 0 == program("ask", NOTE, QUESTION, "--local").code


def test_a_hostile_document_ends_no_command(program: Program, tmp_path: Path) -> None:
    """What bursts the memory of its reader is named, as any file that cannot be read."""
    (tmp_path / "bomb.pdf").write_bytes(deflate_bomb())
    outcome = program("ask", str(tmp_path / "bomb.pdf"), "?", "--local")

    assert (7, True) == (outcome.code, "the reader broke on it twice" in outcome.err)


def test_local_needs_no_working_configuration(program: Program) -> None:
    """What is named on no command line, such as a broken environment of another server, does not matter to `--local`."""
    outcome = program("ask", NOTE, QUESTION, "--local", env={"AIZOOMDOC_SERVER": "https://192.0.2.1", "AIZOOMDOC_TOKEN": "x"})

    assert 0 == outcome.code, outcome


def test_a_server_is_asked_with_the_files(logged_in: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """Without `--local` the files go to the server, and the chat is called like the question."""
    (tmp_path / "план.txt").write_text("План")
    outcome = logged_in("ask", str(tmp_path / "план.txt"), "Что на плане?")
    run = server.model_runs[0]

    assert (0, "Что на плане?") == (outcome.code, run.chat.title)
    assert ["план.txt"] == [server.store.files[file_id].filename for file_id in run.question.attached_file_ids]


def test_the_local_server_answers_a_login(program: Program, local_server: LocalServer) -> None:
    """The whole way of the contract against a real server: login, chat, question, history."""
    program("login", "--server", local_server.url, "--token", TOKEN)
    program("chat", "new", "Анализ ВРУ")
    answer = program("chat", "send", "Где находится ВРУ-1?")
    history = program("chat", "history")

    assert ("ВРУ-1" in answer.out, True) == (True, history.out.startswith("You: Где находится ВРУ-1?\nAnswer: "))
    assert answer.out in history.out + "\n"


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_unreadable_documents_are_named_before_anything_is_asked(program: Program, tmp_path: Path, lang: str) -> None:
    """A scan, an encrypted, a broken, an empty and a foreign file are each one line with the file's name and a reason."""
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "drawing.dwg").write_bytes(b"AC1032" + bytes(200))
    files = {
        "scan.pdf": write_pdf(tmp_path / "scan.pdf", ""),
        "secret.pdf": write_pdf(tmp_path / "secret.pdf", "text", password="x"),
        **{name: str(tmp_path / name) for name in ("broken.pdf", "empty.txt", "drawing.dwg")},
    }
    outcomes = {name: program("ask", NOTE, path, "?", "--local", "--lang", lang) for name, path in files.items()}
    in_russian = lang == "ru"

    assert dict.fromkeys(files, (7, "", 1, True)) == {
        name: (outcome.code, outcome.out, len(outcome.errors), name in outcome.err) for name, outcome in outcomes.items()
    }
    assert {in_russian} == {"файл" in outcome.err or "сервер" in outcome.err for outcome in outcomes.values()}


def test_a_big_file_of_no_kind_is_one_line(program: Program, tmp_path: Path) -> None:
    """Fifty megabytes of noise are refused as quickly as a byte."""
    (tmp_path / "big.bin").write_bytes(bytes(range(256)) * 4096 * 50)
    outcome = program("ask", str(tmp_path / "big.bin"), "?", "--local")

    assert (7, 1, True) == (outcome.code, len(outcome.errors), "big.bin" in outcome.err)


def test_pages_without_text_are_told(program: Program, tmp_path: Path) -> None:
    """A document that is a scan in part is asked, and a warning says how much of it is not read."""
    outcome = program("ask", write_pdf(tmp_path / "mixed.pdf", "ventilation fan", "", ""), "ventilation", "--local")

    assert (0, ["Warning: 2 of 3 pages of “mixed.pdf” have no text (scan or drawing)."]) == (outcome.code, outcome.errors)
    assert "have no text" not in outcome.out


@posix
def test_text_is_not_recognized_where_that_is_turned_off(program: Program, tmp_path: Path) -> None:
    """An image then says so; without the option its text is found, also after that."""
    (tmp_path / "bin").mkdir()
    path = f"{stand_in(tmp_path / 'bin')}{os.pathsep}{os.environ['PATH']}"
    Image.new("L", (20, 20), "white").save(tmp_path / "scan.png")
    without = program("ask", str(tmp_path / "scan.png"), "Мощность?", "--local", "--no-ocr", "--lang", "en", env={"PATH": path})
    recognized = program("ask", str(tmp_path / "scan.png"), "Мощность котельной?", "--local", env={"PATH": path})

    assert (7, True) == (without.code, "turned off (--no-ocr)" in without.err)
    assert (0, True, True) == (recognized.code, "245" in recognized.out, "распознан" in recognized.err)


def test_a_program_reads_the_notes_in_json(program: Program, tmp_path: Path) -> None:
    """In the final event, in the language of the question; nothing else is said of them."""
    document = write_pdf(tmp_path / "mixed.pdf", "ventilation fan", "", "")
    outcome = program("ask", document, "Где ventilation?", "--local", "--json")
    final = next(event["data"] for event in map(json.loads, outcome.lines) if event["event"] == "llm_final")

    assert (["В «mixed.pdf» 2 из 3 страниц без текста (скан или чертёж)."], "") == (final["notes"], outcome.err)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("ask", "нет.pdf", "?", "--local"), "Error: There is no file 'нет.pdf'"),
        (("ask", str(SAMPLE), "?"), f"Error: '{SAMPLE}' is a folder"),
        (("ask", NOTE, str(SAMPLE), "?", "--local"), f"Error: '{SAMPLE}' is a folder"),
        (("ask", str(SAMPLE), "?", "--local", "--projects", str(SAMPLE)), f"Error: '{SAMPLE}' is a folder"),
        (("ask", "?", "--local"), "Error: A document and a question are needed"),
        (("ask", NOTE), "Error: A document and a question are needed"),
        (("ask", NOTE, "?", "--projects", str(SAMPLE)), "Error: --projects goes with --local only"),
        (("ask", NOTE, "?", "--no-ocr"), "Error: --no-ocr goes with --local only"),
        (("ask", NOTE, " ", "--local"), "Error: The question is empty"),
    ],
)
def test_what_cannot_be_asked_is_an_error_of_use(program: Program, arguments: tuple[str, ...], expected: str) -> None:
    """Wrong arguments are one clear line and, where it helps, one that says what to write."""
    outcome = program(*arguments)

    assert (2, expected, True) == (outcome.code, outcome.errors[0], len(outcome.errors) <= 2)
