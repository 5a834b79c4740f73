"""Pages of PDFs that are pictures, recognized by Tesseract."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import attrs
import pytest
from fpdf import FPDF
from PIL import Image

from aizoomdoc_client.local.reading import UnreadableDocumentError, UnreadPart, read_document
from aizoomdoc_client.local.reading.ocr import GreyPicture, Recognizer, installed_recognizer
from aizoomdoc_client.local.reading.pdf.page_picture import page_picture
from aizoomdoc_client.local.reading.pdf.pdf_file import open_pdf
from tests.local.reading.made_pdf import A1, A4, MadePage, at, made

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
SENTENCES = ("Расчётная мощность котельной составляет 245 кВт.", "Пожарный кран установлен на высоте 1,35 м от пола.")
SCAN = MadePage(image=A4)
PICTURE = GreyPicture(8, 8, 200, bytes(64))
HEADS = ["level", "page_num", "block_num", "par_num", "line_num", "word_num", "left", "top", "width", "height", "conf", "text"]

tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")
posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a shebang")


def rows(*words: tuple[int, int, int, float, str]) -> str:
    """Tesseract's table of words, each with its block, paragraph, line and confidence."""
    lines = [[5, 1, block, par, line, 1, 0, 0, 9, 9, conf, word] for block, par, line, conf, word in words]
    return "\n".join("\t".join(map(str, line)) for line in [HEADS, [1, 1, 0, 0, 0, 0, 0, 0, 9, 9, -1, ""], *lines])


FOUND = rows(
    (1, 1, 1, 96, "Мощность"),
    (1, 1, 1, 91.5, "котельной"),
    (1, 1, 1, 12, "|_"),
    (1, 1, 2, 93, "245"),
    (1, 2, 1, 95, "Кран"),
    (2, 1, 1, 3, "~~"),
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def stand_in(folder: Path, *, languages: str = "eng osd rus", says: str = FOUND, then: str = "") -> Path:
    """An executable in the place of Tesseract's, which keeps what it is given beside itself."""
    script = folder / "tesseract"
    script.write_text(
        f"#!{sys.executable}\n"
        "import sys, time, os\n"
        f"here = {str(folder)!r}\n"
        "if '--list-langs' in sys.argv:\n"
        f"    print('List of available languages (3):', *{languages!r}.split(), sep='\\n')\n"
        "    sys.exit()\n"
        "data = sys.stdin.buffer.read()\n"
        "open(here + '/given', 'wb').write(data)\n"
        "open(here + '/run', 'a').write(' '.join([*sys.argv[1:], os.environ['OMP_THREAD_LIMIT']]) + '\\n')\n"
        f"{then}\n"
        f"sys.stdout.buffer.write({says!r}.encode())\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    return folder


def recognizer() -> Recognizer:
    found = installed_recognizer()
    assert found is not None
    return found


def scanned(path: Path, *, turned: int = 0) -> Path:
    """A PDF of one page that is a picture of the sentences."""
    written = FPDF()
    written.add_font("DejaVu", "", str(FONT))
    written.set_font("DejaVu", size=11)
    written.add_page()
    written.multi_cell(0, 6, "\n".join(SENTENCES * 6))
    written.output(str(path))
    with open_pdf(path) as file, file.page(0) as page:
        assert page is not None
        picture = page_picture(page)
    assert picture is not None
    image = Image.frombytes("L", (picture.width, picture.height), picture.pixels).rotate(turned, expand=True)
    scan = FPDF(format=(image.width * 72 / 200, image.height * 72 / 200), unit="pt")
    scan.add_page()
    scan.image(image, x=0, y=0, w=scan.w, h=scan.h)
    scan.output(str(path))
    return path


@tesseract
@pytest.mark.parametrize("turned", [0, 90, 180])
def test_a_scan_is_read(tmp_path: Path, turned: int) -> None:
    """In Russian, also where it was put into the scanner sideways or upside down; it is said that the text was recognized."""
    if not FONT.exists() or not {"rus", "osd"} <= set(recognizer().languages):
        pytest.skip("a font or a language is not installed")
    document = read_document(scanned(tmp_path / "a.pdf", turned=turned), recognizer=recognizer())

    assert (UnreadPart(kind="recognized", pages=(1,)),) == document.unread
    for sentence in SENTENCES:
        assert document.pages[0].text.count(sentence) >= 5  # of 6: a letter may be taken for another


@tesseract
def test_a_picture_without_letters_has_no_text(tmp_path: Path) -> None:
    """Nothing is invented, and the page is still named as one without text."""
    document = read_document(made(tmp_path / "a.pdf", at(50, 800, "Строка текста"), SCAN), recognizer=recognizer())

    assert (UnreadPart(kind="no_text", pages=(2,)),) == document.unread


@posix
def test_certain_words_are_taken_by_lines_and_paragraphs(path: Path) -> None:
    """What is hardly certain is a line of the drawing or a stain."""
    stand_in(path)

    assert "Мощность котельной\n245\n\nКран" == recognizer().text(PICTURE)


@posix
def test_the_executable_gets_the_picture_and_the_languages_that_are_installed(path: Path) -> None:
    """On its standard input, with the resolution; it uses one core."""
    stand_in(path, languages="eng rus deu")
    recognizer().text(PICTURE)

    assert b"P5\n8 8\n255\n" + bytes(64) == (path / "given").read_bytes()
    assert "stdin stdout -l rus+eng --dpi 200 tsv 1\n" == (path / "run").read_text()


def test_without_the_executable_the_message_says_what_to_install(path: Path, tmp_path: Path) -> None:
    """With the commands of the usual systems, in both languages."""
    with pytest.raises(UnreadableDocumentError, match="apt install tesseract-ocr tesseract-ocr-rus") as caught:
        read_document(made(tmp_path / "a.pdf", SCAN), recognizer=installed_recognizer())

    assert "brew install tesseract tesseract-lang" in caught.value.localized("ru")


@posix
@pytest.mark.parametrize(("languages", "taken"), [("eng", ("eng",)), ("osd rus eng", ("rus", "eng", "osd")), ("deu osd", None)])
def test_russian_and_english_are_taken_where_installed(path: Path, languages: str, taken: tuple[str, ...] | None) -> None:
    """Without either of them nothing is recognized."""
    stand_in(path, languages=languages)
    found = installed_recognizer()

    assert taken == (found and found.languages)


@posix
@pytest.mark.parametrize("then", ["sys.exit(1)", "os.abort()"])
def test_an_executable_that_fails_recognizes_nothing(path: Path, tmp_path: Path, then: str) -> None:
    """The document is read all the same."""
    stand_in(path, then=then)
    document = read_document(made(tmp_path / "a.pdf", at(50, 800, "Строка текста"), SCAN), recognizer=recognizer())

    assert (UnreadPart(kind="no_text", pages=(2,)),) == document.unread


@posix
def test_a_scan_of_which_nothing_is_recognized_says_so(path: Path, tmp_path: Path) -> None:
    """What is installed need not be installed again."""
    stand_in(path, says=rows())

    with pytest.raises(UnreadableDocumentError, match="none was recognized"):
        read_document(made(tmp_path / "a.pdf", SCAN), recognizer=recognizer())


@posix
def test_no_page_takes_longer_than_its_time_and_three_end_the_recognition(path: Path, tmp_path: Path) -> None:
    """Pages after those are not tried: they would take as long."""
    stand_in(path, then="time.sleep(60)")
    begun: list[float] = []
    slow = attrs.evolve(recognizer(), seconds=0.5, before_picture=begun.append)
    pages = [at(50, 800, "Строка текста"), *[SCAN] * 6]

    assert (UnreadPart(kind="no_text", pages=(2, 3, 4, 5, 6, 7)),) == read_document(
        made(tmp_path / "a.pdf", *pages), recognizer=slow
    ).unread
    assert [0.5] * 3 == begun


@posix
def test_a_large_sheet_may_take_longer(path: Path, tmp_path: Path) -> None:
    """In proportion to its pixels, where they are more than those of a usual page."""
    stand_in(path)
    told: list[float] = []
    sheets = attrs.evolve(recognizer(), before_picture=told.append)
    for size in ((2_480, 3_508), (4_000, 6_000), (9_933, 14_043)):
        Image.new("1", size, 1).save(tmp_path / "a.png")
        read_document(tmp_path / "a.png", recognizer=sheets)

    assert [15, 30, 174] == [round(seconds) for seconds in told]


@posix
def test_only_pages_that_are_pictures_are_recognized(path: Path, tmp_path: Path) -> None:
    """Their text stands at their place, between that of the others."""
    stand_in(path)
    text, blank = at(50, 800, "Строка текста"), b""
    document = read_document(made(tmp_path / "a.pdf", text, SCAN, blank, text, SCAN), recognizer=recognizer())

    assert (UnreadPart(kind="recognized", pages=(2, 5)),) == document.unread
    assert [1, 2, 4, 5] == [page.number for page in document.pages]
    assert "Мощность котельной" in document.pages[1].text
    assert 2 == len((path / "run").read_text().splitlines())


@posix
def test_the_title_block_of_a_large_scan_is_not_doubled(path: Path, tmp_path: Path) -> None:
    """It is text already; what is recognized around it is added."""
    stand_in(path, says=rows((1, 1, 1, 90, "Котельная"), (2, 1, 1, 90, "ПЛАН"), (2, 1, 1, 90, "вентиляции")))
    sheet = MadePage(at(2000, 40, "План вентиляции"), size=A1, image=A1)
    document = read_document(made(tmp_path / "a.pdf", sheet), recognizer=recognizer())

    assert (UnreadPart(kind="recognized", pages=(1,)),) == document.unread
    assert ["План вентиляции", "Котельная"] == re.findall(r"\S.*", document.pages[0].text)


@posix
@pytest.mark.parametrize("size", [A4, A1, (14400.0, 14400.0), (14400.0, 3.0)])
def test_a_sheet_of_any_size_is_drawn_with_limited_pixels(path: Path, tmp_path: Path, size: tuple[float, float]) -> None:
    """At 200 dots per inch where that is not too many, and coarser otherwise."""
    stand_in(path)
    read_document(made(tmp_path / "a.pdf", at(2, 1, "Строка", size=1), MadePage(size=size, image=size)), recognizer=recognizer())
    _, wide_high, _, pixels = (path / "given").read_bytes().split(b"\n", 3)
    width, height = map(int, wide_high.split())

    assert width * height == len(pixels) <= 12_000_000
    assert (size != A4) or (1652, 2338) == (width, height)
