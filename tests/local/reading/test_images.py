"""Image files as documents, recognized by Tesseract or by the executable in its place."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from PIL import Image, ImageDraw, ImageFont

from aizoomdoc_client.local.reading import Limits, UnreadableDocumentError, UnreadPart, read_document
from aizoomdoc_client.local.reading.ocr import installed_recognizer
from tests.local.child_processes.test_page_image_worker import interlaced
from tests.local.reading.test_ocr import FONT, path, posix, recognizer, rows, stand_in, tesseract

__all__ = ["path"]

LINES = ("Расчётная мощность котельной 245 кВт.", "Пожарный кран на высоте 1,35 м.")
RECOGNIZED = (UnreadPart(kind="recognized", pages=(1,)),)


def picture(*lines: str, size: tuple[int, int] = (1600, 400)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    if lines:
        ImageDraw.Draw(image).multiline_text(
            (40, 40), "\n".join(lines), fill="black", font=ImageFont.truetype(str(FONT), 40), spacing=20
        )
    return image


def png(width: int, height: int) -> bytes:
    """A PNG that says it has so many pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


@tesseract
@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "webp", "tif", "interlaced"])
def test_an_image_is_read_as_a_page(tmp_path: Path, suffix: str) -> None:
    """Whatever its name; that its text was recognized is said."""
    if not FONT.exists() or "rus" not in recognizer().languages:
        pytest.skip("a font or a language is not installed")
    if suffix == "interlaced":
        (tmp_path / "a.interlaced").write_bytes(interlaced(picture(*LINES).convert("L")))
    else:
        picture(*LINES).save(tmp_path / f"a.{suffix}", quality=95)
    document = read_document(tmp_path / f"a.{suffix}", "Скан", recognizer=recognizer())

    assert ("Скан", 1, RECOGNIZED) == (document.name, document.page_count, document.unread)
    assert [True] * 2 == [line in document.pages[0].text for line in LINES]


@tesseract
def test_pages_of_a_tiff_are_pages(tmp_path: Path) -> None:
    """Those without text are named, as are those beyond the limit."""
    if not FONT.exists() or "rus" not in recognizer().languages:
        pytest.skip("a font or a language is not installed")
    first, *others = picture(LINES[0]), picture(), picture(LINES[1]), picture(LINES[1])
    first.save(tmp_path / "a.tif", save_all=True, append_images=others, compression="tiff_lzw")
    told: list[tuple[int, int]] = []
    document = read_document(
        tmp_path / "a.tif",
        recognizer=recognizer(),
        limits=Limits(pages=3),
        progress=lambda done, of: told.append((done, of)),
    )

    assert [(1, LINES[0]), (3, LINES[1])] == [(page.number, page.text) for page in document.pages]
    assert (4, [(0, 3), (1, 3), (2, 3)]) == (document.page_count, told)
    assert (
        UnreadPart(kind="no_text", pages=(2,)),
        UnreadPart(kind="recognized", pages=(1, 3)),
        UnreadPart(kind="too_many_pages", pages=(4,)),
    ) == document.unread


@posix
def test_an_image_is_given_to_the_executable_as_it_is(path: Path, tmp_path: Path) -> None:
    """It is decoded there, within its limits, and not in the reader."""
    stand_in(path)
    picture(size=(20, 10)).save(tmp_path / "a.png")
    document = read_document(tmp_path / "a.png", recognizer=recognizer())

    assert "Мощность котельной" in document.pages[0].text
    assert (tmp_path / "a.png").read_bytes() == (path / "given").read_bytes()
    assert "stdin stdout -l rus+eng --psm 1 tsv 1\n" == (path / "run").read_text()


@posix
@pytest.mark.parametrize(
    "data",
    [
        png(20_000, 20_000),
        png(40_000, 10),
        b"\xff\xd8\xff\xe0\0\4ab\xff\xff\xc2\0\x11\x08" + struct.pack(">HH", 60_000, 60_000) + bytes(20),
        b"BM" + struct.pack("<IIIIii", 100, 0, 54, 40, 50_000, -50_000) + bytes(40),
        b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\x3f\x3f\0" * 2,
        b"RIFF\x20\0\0\0WEBPVP8L\x0a\0\0\0\x2f" + struct.pack("<I", 0x3FFF | 0x3FFF << 14) + bytes(9),
        b"RIFF\x20\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 0x3FFF, 0x3FFF),
        b"II*\0\x08\0\0\0\2\0" + struct.pack("<HHIIHHII", 256, 4, 1, 30_000, 257, 4, 1, 30_000) + bytes(4),
        b"MM\0*\0\0\0\x08\0\2" + struct.pack(">HHIIHHII", 256, 4, 1, 30_000, 257, 4, 1, 30_000) + bytes(4),
    ],
    ids=["png", "strip", "jpeg", "bmp", "webp", "webp-lossless", "webp-lossy", "tiff", "tiff-mm"],
)
def test_an_image_of_too_many_pixels_is_not_decoded(path: Path, tmp_path: Path, data: bytes) -> None:
    """Its header says how many there are, whatever the size of the file."""
    stand_in(path)
    (tmp_path / "a.bin").write_bytes(data)

    with pytest.raises(UnreadableDocumentError, match="too many pixels"):
        read_document(tmp_path / "a.bin", recognizer=recognizer())
    assert not (path / "run").exists()


@posix
@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n",
        png(0, 5),
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe0\0\0" * 5,
        b"\xff\xd8\xff\xd9",
        b"BM" + struct.pack("<IIII", 100, 0, 54, 40),
        b"RIFF\x20\0\0\0WEBPVP8X",
        b"RIFF\x20\0\0\0WEBPABCD" + bytes(30),
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\0\0\0\0",
        b"II*\0\x08\0\0\0\1\0" + struct.pack("<HHII", 256, 4, 1, 30),
    ],
)
def test_a_broken_image_is_told(path: Path, tmp_path: Path, data: bytes) -> None:
    """Before anything is started for it."""
    stand_in(path)
    (tmp_path / "a.png").write_bytes(data)

    with pytest.raises(UnreadableDocumentError, match="broken"):
        read_document(tmp_path / "a.png", recognizer=recognizer())
    assert not (path / "run").exists()


@posix
def test_directories_of_a_tiff_in_a_circle_are_pages_once(path: Path, tmp_path: Path) -> None:
    """Small pictures of pages are none."""
    stand_in(path)
    sizes = struct.pack("<HHIIHHII", 256, 4, 1, 30, 257, 4, 1, 30)
    small = b"\3\0" + struct.pack("<HHII", 254, 4, 1, 1) + sizes
    first, second = b"\2\0" + sizes + struct.pack("<I", 8 + 30), small + struct.pack("<I", 8 + 30 + 42)
    (tmp_path / "a.tif").write_bytes(b"II*\0\x08\0\0\0" + first + second + b"\2\0" + sizes + struct.pack("<I", 8))

    assert 2 == read_document(tmp_path / "a.tif", recognizer=recognizer()).page_count
    assert ["tessedit_page_number=0", "tessedit_page_number=2"] == [
        line.split()[-3] for line in (path / "run").read_text().splitlines()
    ]


@posix
def test_an_image_of_which_nothing_is_recognized_says_so(path: Path, tmp_path: Path) -> None:
    """As a photo of a pipe."""
    stand_in(path, says=rows())
    picture(size=(20, 10)).save(tmp_path / "a.jpg")

    with pytest.raises(UnreadableDocumentError, match="no text was recognized"):
        read_document(tmp_path / "a.jpg", recognizer=recognizer())


def test_without_the_executable_the_message_says_what_to_install(path: Path, tmp_path: Path) -> None:
    """With the commands of the usual systems, in both languages."""
    picture(size=(20, 10)).save(tmp_path / "a.png")
    with pytest.raises(UnreadableDocumentError, match="apt install tesseract-ocr tesseract-ocr-rus") as caught:
        read_document(tmp_path / "a.png", recognizer=installed_recognizer())

    assert "brew install tesseract tesseract-lang" in caught.value.localized("ru")


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"RIFF\0\0\0\0WEBP"]),
    st.binary(max_size=200),
)
def test_whatever_follows_the_start_of_an_image_is_told(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes
) -> None:
    """As one error with a reason."""
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(start + rest)
    with pytest.raises(UnreadableDocumentError):
        read_document(path)


def test_a_text_that_begins_as_an_image_does_is_a_text(tmp_path: Path) -> None:
    """BM and RIFF are letters."""
    (tmp_path / "a.txt").write_text("BMW RIFF ВРУ-1")

    assert "BMW RIFF ВРУ-1" == read_document(tmp_path / "a.txt").pages[0].text
