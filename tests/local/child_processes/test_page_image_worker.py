"""Pages of image files, drawn in the process that draws those of PDFs."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image, ImageChops, ImageDraw

from aizoomdoc_client.local.child_processes.page_images import PageImageError, PageImages

SIZE = (200, 150)


def drawing(mode: str) -> Image.Image:
    """A picture of four different corners, whose edges are at even pixels."""
    image = Image.new("RGBA", SIZE, (255, 255, 255, 255))
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 10, 99, 69), fill=(200, 30, 40, 255))
    draw.rectangle((100, 70, 179, 129), fill=(10, 20, 220, 128 if mode in ("LA", "RGBA") else 255))
    draw.rectangle((0, 130, 19, 149), fill=(0, 0, 0, 255))
    return image.convert("RGB").convert(mode) if mode not in ("LA", "RGBA") else image.convert(mode)


async def drawn(path: Path, number: int = 1, width: int = SIZE[0]) -> Image.Image:
    return Image.open(io.BytesIO(await PageImages().png("", path, number, width)))


def on_white(image: Image.Image) -> Image.Image:
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> int:
    """The largest of any pixel's values."""
    assert one.size == other.size
    return max(value for low_high in extremes(ImageChops.difference(on_white(one), on_white(other))) for value in low_high)


def extremes(image: Image.Image) -> list[tuple[int, int]]:
    """The least and the largest value of each colour."""
    return [cast("tuple[int, int]", band.getextrema()) for band in image.split()]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA"])
async def test_a_png_is_drawn(tmp_path: Path, mode: str) -> None:
    """Each kind of colours; what is transparent, on white."""
    image = drawing(mode)
    image.save(tmp_path / "a.png")

    assert difference(image, await drawn(tmp_path / "a.png")) <= 2


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("1", {"compression": "group4"}),
        ("1", {"compression": "group3"}),
        ("1", {}),
        ("1", {"compression": "tiff_lzw"}),
        ("L", {"compression": "tiff_lzw"}),
        ("L", {"compression": "tiff_adobe_deflate"}),
        ("P", {"compression": "tiff_adobe_deflate"}),
        ("RGB", {"compression": "packbits"}),
        ("RGB", {"compression": "tiff_lzw", "tiffinfo": {317: 2}}),
        ("RGB", {"compression": "tiff_lzw", "tiffinfo": {278: 16}}),
        ("1", {"compression": "group4", "tiffinfo": {278: 7}}),
        ("1", {"compression": "group4", "tiffinfo": {262: 1}}),
        ("1", {"compression": "group4", "tiffinfo": {262: 0}}),
        ("L", {"tiffinfo": {262: 0}}),
        ("RGB", {"compression": "jpeg", "quality": 100}),
        ("CMYK", {"compression": "tiff_lzw"}),
    ],
    ids=str,
)
async def test_a_tiff_is_drawn(tmp_path: Path, mode: str, options: dict[str, Any]) -> None:
    """Each compression, in one strip and in several."""
    image = drawing(mode)
    image.save(tmp_path / "a.tif", **options)

    most = 40 if options.get("compression") == "jpeg" else 90 if mode == "CMYK" else 3  # inks are shown in several ways
    assert difference(Image.open(tmp_path / "a.tif"), await drawn(tmp_path / "a.tif")) <= most


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
async def test_a_jpeg_is_drawn(tmp_path: Path, mode: str) -> None:
    """Grey, in colours, and for print."""
    drawing(mode).save(tmp_path / "a.jpg", quality=100, subsampling=0)

    assert difference(Image.open(tmp_path / "a.jpg"), await drawn(tmp_path / "a.jpg")) <= (90 if mode == "CMYK" else 6)


@pytest.mark.parametrize(
    ("kind", "pixel", "shown"),
    [
        (0, (40_000,), (156, 156, 156)),
        (2, (65_535, 0, 40_000), (255, 0, 156)),
        (4, (0, 0), (255, 255, 255)),
        (6, (0, 0, 0, 65_535), (0, 0, 0)),
    ],
    ids=["grey", "colours", "grey and transparent", "colours and opaque"],
)
async def test_a_png_of_two_bytes_a_value_is_drawn(
    tmp_path: Path, kind: int, pixel: tuple[int, ...], shown: tuple[int, ...]
) -> None:
    """In colours and grey, with and without transparency."""
    row = b"\0" + struct.pack(f">{len(pixel)}H", *pixel) * 64
    (tmp_path / "a.png").write_bytes(png(64, kind, zlib.compress(row * 64), bits=16))
    image = await drawn(tmp_path / "a.png", width=64)

    assert all(abs(low - value) <= 1 >= abs(high - value) for (low, high), value in zip(extremes(image), shown, strict=True))


def png(side: int, kind: int, rows: bytes, *, bits: int) -> bytes:
    """A PNG of those compressed rows."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, bits, kind, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    parts = [struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


async def test_a_tiff_of_tiles_is_drawn(tmp_path: Path) -> None:
    """Those at the right and below go over its edges."""
    tiles = [bytes([value]) * 256 for value in (0, 80, 160, 240)]
    tags = [(256, 20), (257, 20), (258, 8), (259, 1), (262, 1), (277, 1), (322, 16), (323, 16)]
    start = 8 + 2 + 12 * 10 + 4
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags]
    entries += [struct.pack("<HHII", 324, 4, 4, start), struct.pack("<HHII", 325, 4, 4, start + 16)]
    places = [start + 32 + 256 * number for number in range(4)]
    lists = struct.pack("<4I", *places) + struct.pack("<4I", *[256] * 4)
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    (tmp_path / "a.tif").write_bytes(b"II*\0\x08\0\0\0" + directory + lists + b"".join(tiles))
    image = await drawn(tmp_path / "a.tif", width=20)

    assert (20, 20) == image.size
    assert [0, 80, 160, 240] == [image.convert("L").getpixel(at) for at in ((2, 2), (18, 2), (2, 18), (18, 18))]


async def test_each_page_of_a_tiff_is_drawn(tmp_path: Path) -> None:
    """None after the last."""
    black, white = (Image.new("L", (30, 20), value) for value in (0, 255))
    black.save(tmp_path / "a.tif", save_all=True, append_images=[white])

    assert [(0, 0), (255, 255)] == [(await drawn(tmp_path / "a.tif", page, 64)).convert("L").getextrema() for page in (1, 2)]
    with pytest.raises(PageImageError) as error:
        await drawn(tmp_path / "a.tif", 3)
    assert error.value.is_missing


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
async def test_a_bmp_is_drawn(tmp_path: Path, mode: str) -> None:
    """Each number of bits; its rows are filled up."""
    image = drawing("RGB").resize((203, 150)).convert(mode)
    image.save(tmp_path / "a.bmp")

    assert difference(image.convert("RGB"), await drawn(tmp_path / "a.bmp", width=203)) <= 1


@pytest.mark.parametrize("suffix", ["webp", "gif"])
async def test_other_images_are_not_drawn(tmp_path: Path, suffix: str) -> None:
    """Browsers show most of them by themselves."""
    drawing("RGB").save(tmp_path / f"a.{suffix}")
    with pytest.raises(PageImageError, match="Images of this kind" if suffix != "gif" else "no image") as error:
        await drawn(tmp_path / f"a.{suffix}")
    assert not error.value.is_missing


async def test_an_image_that_unpacks_to_much_is_not_drawn_for_ever(tmp_path: Path) -> None:
    """A small file of 144 million transparent pixels costs its request only; one of more is not begun."""
    rows = zlib.compress(bytes(1 + 4 * 12_000) * 12_000)
    for side in (12_000, 20_000):
        (tmp_path / "a.png").write_bytes(png(side, 6, rows, bits=8))
        with pytest.raises(PageImageError, match=r"cannot be drawn|too long"):
            await drawn(tmp_path / "a.png")
