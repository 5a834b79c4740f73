"""Documents as text, page by page, or the reason why not."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given, strategies as st

from aizoomdoc_client.catalog import LANGUAGES
from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.local import UnreadableDocumentError, read_document
from aizoomdoc_client.local.reading import Limits, UnreadPart
from aizoomdoc_client.local.reading.encodings import text_of
from tests.local.support import NOTE

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def pdf(path: Path, *pages: str, password: str = "") -> Path:
    document = FPDF()
    document.set_font("helvetica", size=12)
    if password:
        document.set_encryption(owner_password=password + "!", user_password=password)
    for text in pages:
        document.add_page()
        document.multi_cell(0, 8, text)
    document.output(str(path))
    return path


def test_a_pdf_is_read_page_by_page() -> None:
    """Each page with its number and its own text."""
    document = read_document(NOTE)

    assert ("note.pdf", 7, 0, [1, 2, 3, 4, 5, 6, 7]) == (
        document.name,
        document.page_count,
        document.blank_pages,
        [page.number for page in document.pages],
    )
    assert [6] == [page.number for page in document.pages if "ВРУ-1 находится в электрощитовой" in page.text]


@pytest.mark.skipif(not FONT.exists(), reason="DejaVu Sans is not installed, and the standard fonts have no Cyrillic")
def test_russian_letters_of_an_embedded_font_are_read(tmp_path: Path) -> None:
    """As most drawings have them."""
    document = FPDF()
    document.add_font("DejaVu", "", str(FONT))
    document.set_font("DejaVu", size=12)
    document.add_page()
    document.cell(text="Щит ВРУ-1, ёмкость 5 м³")
    document.output(str(tmp_path / "a.pdf"))

    assert "Щит ВРУ-1, ёмкость 5 м³" == read_document(tmp_path / "a.pdf").pages[0].text.strip()


def test_pages_without_text_are_counted(tmp_path: Path) -> None:
    """A partly scanned document is read as far as it goes, with true page numbers."""
    document = read_document(pdf(tmp_path / "a.pdf", "first", "", "third"))

    assert ([1, 3], 3, 1) == ([page.number for page in document.pages], document.page_count, document.blank_pages)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.log", "no suffix"])
def test_text_is_read_in_its_encoding(tmp_path: Path, encoding: str, name: str) -> None:
    """Line ends become line feeds."""
    path = written(tmp_path / name, "Щит ВРУ-1\r\nстоит — там".encode(encoding))

    assert "Щит ВРУ-1\nстоит — там" == read_document(path).pages[0].text


PARAGRAPH = """Щит ВРУ-1 стоит в электрощитовой на отметке минус три. Расчётная мощность котельной 245 кВт.
СХЕМА ПОДКЛЮЧЕНИЯ. Кабель ВВГнг-LS проложен в лотке, ёмкость бака 5 м."""


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866", "utf-8", "utf-16-be"])
@pytest.mark.parametrize("text", [PARAGRAPH, PARAGRAPH.upper(), PARAGRAPH.split("\n", maxsplit=1)[0]])
def test_russian_text_is_read_in_each_of_its_encodings(tmp_path: Path, encoding: str, text: str) -> None:
    """Told by its letters where nothing else tells."""
    assert text == read_document(written(tmp_path / "a.txt", text.encode(encoding))).pages[0].text


@given(st.text("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё ОЕАИНТСРВЛ.,\n", max_size=200))
def test_short_or_odd_russian_text_is_taken_for_that_of_windows(text: str) -> None:
    """Where other encodings are not clearly better."""
    data = ("Щит ВРУ-1 стоит в электрощитовой на отметке минус три. " + text).encode("cp1251")

    assert data == text_of(data).encode("cp1251")


def test_text_of_western_europe_is_read(tmp_path: Path) -> None:
    """Its single letters stand among those of ASCII."""
    text = "Prüfung des Gerätes für Wärme, façade, señal"

    assert text == read_document(written(tmp_path / "a.txt", text.encode("cp1252"))).pages[0].text


def test_a_broken_byte_costs_one_character(tmp_path: Path) -> None:
    """The whole text was taken for another encoding, and not a word of it found."""
    path = written(tmp_path / "a.txt", PARAGRAPH.encode() + b"\xff" + PARAGRAPH.encode()[:-2] + "м".encode()[:1])

    assert read_document(path).pages[0].text.startswith(PARAGRAPH + "\ufffd" + PARAGRAPH[:-2])


@pytest.mark.parametrize("encoding", ["koi8-r", "cp866"])
def test_html_that_declares_nothing_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    """As text is."""
    data = f"<html><p>{PARAGRAPH}</html>".encode(encoding)

    assert PARAGRAPH.replace("\n", " ") == read_document(written(tmp_path / "a.html", data)).pages[0].text


@pytest.mark.parametrize("declared", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "utf-16", "hex"])
def test_a_declared_encoding_that_no_page_has_is_not_believed(tmp_path: Path, declared: str) -> None:
    """Some raised errors of their own, or made of text what is none."""
    html = f"<meta charset={declared}><p>a-b \\ud800 +AEE- текст"

    assert "a-b \\ud800 +AEE- текст" == read_document(written(tmp_path / "a.html", html.encode())).pages[0].text


def test_pages_of_text_beyond_the_limit_are_named(tmp_path: Path) -> None:
    """A form feed takes one byte: a file of 4 MB had two million pages."""
    document = read_document(written(tmp_path / "a.txt", b"one\ftwo\fthree\ffour"), limits=Limits(pages=2))

    assert (["one", "two"], 4, (UnreadPart(kind="too_many_pages", pages=(3, 4)),)) == (
        [page.text for page in document.pages],
        document.page_count,
        document.unread,
    )


@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_text_of_more_than_64_mb_is_told(tmp_path: Path, name: str) -> None:
    """Instead of leaving its end out in silence."""
    with pytest.raises(UnreadableDocumentError, match="more than 64 MB"):
        read_document(written(tmp_path / name, "слово ".encode() * (6 * 1024 * 1024)))


def test_documents_of_open_office_are_named(tmp_path: Path) -> None:
    """They are archives as those of other offices are."""
    with zipfile.ZipFile(tmp_path / "a.odt", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")

    with pytest.raises(UnreadableDocumentError, match="OpenDocument"):
        read_document(tmp_path / "a.odt")


def test_a_form_feed_begins_a_new_page(tmp_path: Path) -> None:
    """As printers understand it; empty pages are left out and counted."""
    document = read_document(written(tmp_path / "a.txt", b"one\f\fthree"))

    assert ([(1, "one"), (3, "three")], 3) == ([(page.number, page.text) for page in document.pages], document.page_count)


HTML = """<!DOCTYPE html><html><head><title>no</title><style>p {}</style>{}</head><body><script>no</script>
<h2>Щиты</h2><p>Щит <b>ВРУ-1</b>
стоит&nbsp;там.</p><table><tr><th>Щит</th><th>Ток</th></tr><tr><td>ВРУ-1</td><td>400 А</td></tr></table></body></html>"""


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
@pytest.mark.parametrize("meta", ["", '<meta charset="{}">', '<meta charset="wrong">'])
def test_html_becomes_lines(tmp_path: Path, encoding: str, meta: str) -> None:
    """Headings, paragraphs and table rows a line each, the title first; scripts and styles are no text; the encoding is found."""
    html = HTML.replace("{}</head>", meta.format(encoding) + "</head>").encode(encoding)

    text = read_document(written(tmp_path / "a.html", html)).pages[0].text
    lines = ["# no", "## Щиты", "Щит ВРУ-1 стоит там.", "| Щит | Ток |", "|---|---|", "| ВРУ-1 | 400 А |"]
    assert lines == [line for line in text.split("\n") if line]


def test_the_content_decides_before_the_name(tmp_path: Path) -> None:
    """A PDF by another name is a PDF; `name` is the one to show."""
    path = written(tmp_path / "0b1c", NOTE.read_bytes())

    assert ("План.txt", 7) == ((document := read_document(path, "План.txt")).name, document.page_count)


@pytest.mark.parametrize(
    ("name", "data", "russian", "english"),
    [
        ("a.pdf", b"", "файл пуст", "empty"),
        ("a.pdf", b"%PDF-1.7\nnonsense", "повреждён", "broken"),
        ("a.pdf", b"<html>no</html>", "повреждён", "broken"),
        ("a.docx", b"PK\x03\x04rest", "повреждён", "damaged"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "повреждено", "broken"),
        ("a.heic", b"\0\0\0\x1cftypheic" + bytes(20), "изображение", "image"),
        ("a.dwg", b"AC1032\0\0", "DWG", "DWG"),
        ("a.dxf", b"999\r\nCAD\r\n  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "DXF", "DXF"),
        ("a.dxf", b"AutoCAD Binary DXF\r\n\x1a\0", "DXF", "DXF"),
        ("a.rtf", rb"{\rtf1\ansi \'d9\'e8\'f2}", "RTF", "RTF"),
        ("a.djvu", b"AT&TFORM\0\0\0\0DJVM", "DjVu", "DjVu"),
        ("a.ps", b"%!PS-Adobe-3.0\nshowpage", "PostScript", "PostScript"),
        ("a.gif", b"GIF89a\1\0", "изображение", "image"),
        ("a.7z", b"7z\xbc\xaf'\x1c", "архив", "archive"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1", "старого Office", "old Office"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1", "паролем", "password"),
        ("a.bin", bytes(range(256)) * 10, "двоичный", "binary"),
        ("a.txt", b" \n\t\n", "нет текста", "no text"),
        ("a.html", b"<html><script>x</script></html>", "нет текста", "no text"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_in_both_languages(
    tmp_path: Path, name: str, data: bytes, russian: str, english: str
) -> None:
    """In one line that names the file."""
    with pytest.raises(UnreadableDocumentError) as caught:
        read_document(written(tmp_path / name, data))

    assert isinstance(caught.value, ConfigurationError)
    shown = {language: caught.value.reason.render(language) for language in LANGUAGES}
    assert (name, True, True) == (caught.value.name, russian in shown["ru"], english in shown["en"])
    assert (f"'{name}': {shown['en']}", f"«{name}»: {shown['ru']}") == (str(caught.value), caught.value.localized("ru"))
    assert "\n" not in str(caught.value)


def test_a_scan_says_that_it_has_no_text(tmp_path: Path) -> None:
    """And what to do about it."""
    with pytest.raises(UnreadableDocumentError, match=r"'scan.pdf': it has no text.*install Tesseract"):
        read_document(pdf(tmp_path / "scan.pdf", "", ""))


def test_an_encrypted_pdf_says_so(tmp_path: Path) -> None:
    """A password is not asked for."""
    with pytest.raises(UnreadableDocumentError, match="password"):
        read_document(pdf(tmp_path / "a.pdf", "text", password="x"))


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    """As do all that cannot be opened."""
    with pytest.raises(UnreadableDocumentError, match=r"'no.pdf': the file cannot be opened \(No such file or directory\)"):
        read_document(tmp_path / "no.pdf")


def test_pages_beyond_the_limit_are_named() -> None:
    """And not read."""
    document = read_document(NOTE, limits=Limits(pages=2))

    assert ([1, 2], 7) == ([page.number for page in document.pages], document.page_count)
    assert UnreadPart(kind="too_many_pages", pages=(3, 4, 5, 6, 7)) in document.unread
