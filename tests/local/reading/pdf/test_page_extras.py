"""What lies on a page of a PDF and is not its content."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.local import UnreadableDocumentError, read_document
from aizoomdoc_client.local.reading import UnreadPart
from tests.local.reading.made_pdf import MadePage, MadePdf, at, text_string

BODY = at(50, 700, "Пояснительная записка")
RECT = b"/Rect [50 50 250 90]"


def note(kind: str, text: str, more: bytes = b"") -> bytes:
    return b"<< /Type /Annot /Subtype /%s %s /Contents %s %s >>" % (kind.encode(), RECT, text_string(text), more)


def read_text(path: Path, *annotations: bytes) -> str:
    pdf = MadePdf()
    pdf.page(MadePage(BODY, annotations=annotations))
    path.write_bytes(pdf.bytes())
    return read_document(path).pages[0].text


@pytest.mark.parametrize("kind", ["FreeText", "Text", "Highlight", "Square", "Stamp", "Caret"])
def test_a_note_is_read_into_its_page(tmp_path: Path, kind: str) -> None:
    """Free text, comments on marked text, and what is written at shapes, as drawing programs export their labels."""
    assert "Заменить насос Н1 на Н2\nи клапан" in read_text(tmp_path / "a.pdf", note(kind, "Заменить насос Н1 на Н2\rи клапан"))


@pytest.mark.parametrize("annotation", [note("Link", "нет"), note("Popup", "нет"), note("Text", "нет", b"/F 2")])
def test_a_link_and_a_hidden_note_are_no_text(tmp_path: Path, annotation: bytes) -> None:
    """Nor is the window that shows a note, which repeats it."""
    assert "Пояснительная записка" == read_text(tmp_path / "a.pdf", annotation)


def form(path: Path, *fields: bytes) -> str:
    pdf = MadePdf()
    shown = pdf.stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    looks = b"/AP << /N << /Da %d 0 R /Off %d 0 R >> >>" % (shown, shown)
    widgets = [
        pdf.add(b"<< /Type /Annot /Subtype /Widget %s %s >>" % (RECT, field.replace(b"/LOOKS", looks))) for field in fields
    ]
    kids = b" ".join(b"%d 0 R" % widget for widget in widgets)
    pdf.catalog = b"/AcroForm << /Fields [%s] >>" % kids
    pdf.page(MadePage(BODY, annotations=(kids,)))
    path.write_bytes(pdf.bytes())
    return read_document(path).pages[0].text


def test_the_values_of_a_form_are_read(tmp_path: Path) -> None:
    """Text, a choice as it is shown, a checked box; each with the words that name it for its reader."""
    text = form(
        tmp_path / "a.pdf",
        b"/FT /Tx /T (Object) /TU %s /V %s" % (text_string("Объект"), text_string("Школа на 550 мест")),
        b"/FT /Ch /Ff 131072 /T (Region) /V (01) /Opt [[(01) %s] [(02) %s]]" % (text_string("Тверь"), text_string("Псков")),
        b"/FT /Btn /T %s /V /Da /AS /Da /LOOKS" % text_string("Согласовано"),
        b"/FT /Btn /Ff 32768 /T (Stage) /V /Da /AS /Da /LOOKS",
    )

    assert "Пояснительная записка\nОбъект: Школа на 550 мест\nRegion: Тверь\n☑ Согласовано\n☑ Stage: Da" == text


def test_an_empty_form_adds_nothing(tmp_path: Path) -> None:
    """No value, no check mark."""
    text = form(tmp_path / "a.pdf", b"/FT /Tx /T (Object)", b"/FT /Btn /T (Box) /V /Off /AS /Off /LOOKS")

    assert "Пояснительная записка" == text


def test_a_value_that_is_kept_by_the_parent_field_is_read(tmp_path: Path) -> None:
    """As it is where one field is shown in several places."""
    pdf = MadePdf()
    parent = len(pdf._objects) + 2
    widget = pdf.add(b"<< /Type /Annot /Subtype /Widget %s /Parent %d 0 R >>" % (RECT, parent))
    assert parent == pdf.add(b"<< /FT /Tx /T (Name) /V %s /Kids [%d 0 R] >>" % (text_string("Котельная"), widget))
    pdf.catalog = b"/AcroForm << /Fields [%d 0 R] >>" % parent
    pdf.page(MadePage(BODY, annotations=(b"%d 0 R" % widget,)))
    (tmp_path / "a.pdf").write_bytes(pdf.bytes())

    assert "Name: Котельная" in read_document(tmp_path / "a.pdf").pages[0].text


def with_files(path: Path, body: bytes, *, collection: bytes = b"") -> Path:
    pdf = MadePdf()
    files = [pdf.file(name) for name in ("Смета.xlsx", "Схема.dwg")]
    listed = b"".join(b"(%d) %d 0 R " % (place, number) for place, number in enumerate(files))
    pdf.catalog = b"/Names << /EmbeddedFiles << /Names [%s] >> >> %s" % (listed, collection)
    attached = pdf.file("Фото.jpg")
    pdf.page(MadePage(body, annotations=(b"<< /Type /Annot /Subtype /FileAttachment %s /FS %d 0 R >>" % (RECT, attached),)))
    path.write_bytes(pdf.bytes())
    return path


def test_attached_files_are_named(tmp_path: Path) -> None:
    """Those of the document, and those that are pinned to a page."""
    document = read_document(with_files(tmp_path / "a.pdf", BODY))

    assert (UnreadPart(kind="attachments", names=("Смета.xlsx", "Схема.dwg", "Фото.jpg")),) == document.unread


def test_a_portfolio_names_its_files(tmp_path: Path) -> None:
    """A portfolio has no text of its own: the reason says which files have it."""
    with pytest.raises(UnreadableDocumentError) as caught:
        read_document(with_files(tmp_path / "a.pdf", b"", collection=b"/Collection << /Type /Collection >>"))

    assert "Смета.xlsx, Схема.dwg, Фото.jpg" in str(caught.value)
    assert "вложенные файлы: Смета.xlsx" in caught.value.localized("ru")
