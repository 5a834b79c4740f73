"""PDFs whose text is not what is seen, and those that are broken in part."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.local import UnreadableDocumentError, read_document
from aizoomdoc_client.local.reading import UnreadPart
from tests.local.reading.made_pdf import MadePage, MadePdf, at, made

GOOD = at(50, 700, "Пояснительная записка")
NOTE = "poyasnitelnaya zapiska k proektu stroitelstva mnogokvartirnogo zhilogo doma"


def shown(codes: bytes, y: float = 700) -> bytes:
    return b"BT /G 10 Tf 50 %g Td <%s> Tj ET\n" % (y, codes.hex().encode())


def numbered_font() -> bytes:
    """Letters by the order of their first use, as many programs embed a part of a font, and no word of which they are."""
    names = b" ".join(b"/g%d" % number for number in range(1, 64))
    widths = b" ".join([b"600"] * 63)
    return (
        b"<< /Type /Font /Subtype /Type1 /BaseFont /ABCDEF+Times-Roman /FirstChar 33 /LastChar 95 /Widths [%s] "
        b"/Encoding << /Type /Encoding /Differences [33 %s] >> >>" % (widths, names)
    )


def glyph_font() -> bytes:
    """A composite font that shows glyphs by their numbers."""
    return (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /ABCDEF+Arial /Encoding /Identity-H /DescendantFonts [<< /Type /Font "
        b"/Subtype /CIDFontType2 /BaseFont /ABCDEF+Arial /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 600 /CIDToGIDMap /Identity >>] >>"
    )


def by_first_use(text: str) -> bytes:
    letters = list(dict.fromkeys(text))
    return bytes(33 + letters.index(char) for char in text)


def by_glyph(text: str) -> bytes:
    return b"".join((ord(char) - 29).to_bytes(2, "big") for char in text)


@pytest.mark.parametrize(
    ("font", "codes"), [(numbered_font(), by_first_use(NOTE)), (glyph_font(), by_glyph(NOTE))], ids=["numbered", "glyphs"]
)
def test_a_page_whose_fonts_do_not_say_their_letters_is_told(tmp_path: Path, font: bytes, codes: bytes) -> None:
    """Its text is not offered: it would be other letters and figures than those that are seen."""
    page = MadePage(b"".join(shown(codes, 700 - 14 * line) for line in range(4)), fonts={"G": font})
    document = read_document(made(tmp_path / "a.pdf", GOOD, page))

    assert (UnreadPart(kind="garbled_text", pages=(2,)),) == document.unread
    assert ["Пояснительная записка"] == [found.text for found in document.pages]


def test_a_document_whose_fonts_do_not_say_their_letters_says_why_it_has_no_text(tmp_path: Path) -> None:
    """It is no scan, and recognition helps it as well."""
    page = MadePage(b"".join(shown(by_first_use(NOTE), 700 - 14 * line) for line in range(4)), fonts={"G": numbered_font()})
    with pytest.raises(UnreadableDocumentError, match="letters cannot be made out") as caught:
        read_document(made(tmp_path / "a.pdf", page))

    assert "букв не разобрать" in caught.value.localized("ru")


def test_russian_in_an_old_font_is_read(tmp_path: Path) -> None:
    """The font says that its letters are Western, and shows Russian ones."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>"
    content = shown("Расход воздуха в системе П1".encode("cp1251")) + shown("Не очень краткое введение".encode("cp1251"), 680)
    document = read_document(made(tmp_path / "a.pdf", MadePage(content, fonts={"G": font})))

    assert "Расход воздуха в системе П1\nНе очень краткое введение" == document.pages[0].text
    assert () == document.unread


def test_one_broken_page_costs_that_page_only(tmp_path: Path) -> None:
    """Its number is told."""
    pdf = MadePdf()
    pdf.page(MadePage(GOOD))
    pdf.page(MadePage(GOOD))
    data = pdf.bytes()
    place = data.rindex(b"/Type /Page /")
    (tmp_path / "a.pdf").write_bytes(data[:place] + b"/Type /Pagx /" + data[place + 13 :])

    document = read_document(tmp_path / "a.pdf")
    assert (2, 1) == (document.page_count, document.pages[0].number)
