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

    assert all(
        abs(low - value) <= 1 >= abs(high - value) for (low, high), value in zip(extremes(on_white(image)), shown, strict=True)
    )


def png(side: int, kind: int, rows: bytes, *, bits: int) -> bytes:
    """A PNG of those compressed rows."""
    return chunked((b"IHDR", struct.pack(">IIBBBBB", side, side, bits, kind, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))


def chunked(*chunks: tuple[bytes, bytes]) -> bytes:
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


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 100}], ids=["lossless", "lossy"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
async def test_a_webp_is_drawn(tmp_path: Path, mode: str, options: dict[str, Any]) -> None:
    """With and without transparency; of one that moves, the first picture."""
    image = drawing(mode)
    image.save(tmp_path / "a.webp", save_all=True, append_images=[Image.new(mode, SIZE)], **options)

    assert difference(Image.open(tmp_path / "a.webp"), await drawn(tmp_path / "a.webp")) <= 1
    assert difference(image, Image.open(tmp_path / "a.webp")) <= (1 if "lossless" in options else 130)  # colours are coarser


async def test_an_interlaced_png_is_drawn(tmp_path: Path) -> None:
    """Its rows come in seven passes."""
    image = drawing("L")
    (tmp_path / "a.png").write_bytes(interlaced(image))

    with Image.open(tmp_path / "a.png") as written:
        assert {"interlace": 1} == written.info
    assert difference(image, await drawn(tmp_path / "a.png")) <= 1


PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Where the pixels of each pass begin, and how far apart they are, across and down: PNG specification, section 8.2."""


def interlaced(image: Image.Image) -> bytes:
    """A grey PNG by Adam7, which Pillow reads and does not write."""
    width, pixels = image.width, image.tobytes()
    rows = [
        b"\0" + pixels[row * width + left : (row + 1) * width : across]
        for left, top, across, down in PASSES
        for row in range(top, image.height, down)
    ]
    header = struct.pack(">IIBBBBB", width, image.height, 8, 0, 0, 0, 1)
    return chunked((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))


async def test_other_images_are_not_drawn(tmp_path: Path) -> None:
    """Browsers show most of them by themselves."""
    drawing("RGB").save(tmp_path / "a.gif")
    with pytest.raises(PageImageError, match="no image") as error:
        await drawn(tmp_path / "a.gif")
    assert not error.value.is_missing


@pytest.mark.parametrize("kind", ["png", "jpg", "tif", "bmp", "webp"])
async def test_a_file_that_ends_too_early_is_told(tmp_path: Path, kind: str) -> None:
    """Half of a picture is not shown as if it were all of it."""
    path = tmp_path / f"a.{kind}"
    drawing("RGB").save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(PageImageError, match=r"no image that can be opened|cannot be drawn"):
        await drawn(path)


async def test_a_picture_is_not_larger_than_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A coloured sheet A0 in the width asked for; a tall one is narrower, so that it has no more than 16 million pixels."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    Image.new("RGB", (14_043, 9_933)).save(tmp_path / "a.tif", compression="tiff_lzw")
    assert (1200, 849) == (await drawn(tmp_path / "a.tif", width=1200)).size
    Image.new("1", (500, 30_000), 1).save(tmp_path / "b.tif", compression="group4")
    wide, high = (await drawn(tmp_path / "b.tif", width=4096)).size
    assert 15_800_000 < wide * high < 16_200_000


async def test_an_image_of_too_many_pixels_is_not_decoded(tmp_path: Path) -> None:
    """A small file of 400 million transparent pixels is not begun; one of 144 million costs its request only."""
    rows = zlib.compress(bytes(1 + 4 * 12_000) * 12_000)
    (tmp_path / "a.png").write_bytes(png(20_000, 6, rows, bits=8))
    with pytest.raises(PageImageError, match="too many pixels"):
        await drawn(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes(png(12_000, 6, rows, bits=8))
    with pytest.raises(PageImageError, match=r"cannot be drawn|too long"):
        await drawn(tmp_path / "a.png")


async def test_further_pages_are_bounded_as_well(tmp_path: Path) -> None:
    """The second page of a TIFF has more pixels than are decoded."""
    first = [(256, 10), (257, 10), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 10), (279, 100)]
    second = [*((tag, {256: 30_000, 257: 30_000, 278: 30_000}.get(tag, value)) for tag, value in first)]
    place, parts = 108, [b"II*\0", struct.pack("<I", 108), bytes(100)]
    for tags, is_last in ((first, False), (second, True)):
        place += 2 + 12 * len(tags) + 4
        entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags]
        parts += [struct.pack("<H", len(tags)), *entries, struct.pack("<I", 0 if is_last else place)]
    (tmp_path / "a.tif").write_bytes(b"".join(parts))

    assert (64, 64) == (await drawn(tmp_path / "a.tif", width=64)).size
    with pytest.raises(PageImageError, match="too many pixels"):
        await drawn(tmp_path / "a.tif", 2)
