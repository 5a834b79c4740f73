"""Image files as compressed pixels: whatever stands in a file."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, strategies as st
from PIL import Image

from aizoomdoc_client.local.reading.images.headers import BrokenImageError
from aizoomdoc_client.local.reading.images.image_pdf import UndrawableImageError, pdf_of
from aizoomdoc_client.local.reading.images.rasters import kind_of, raster_of


def saved(mode: str, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((40, 30)).convert(mode).save(file, kind, **options)
    return file.getvalue()


FILES = (
    saved("RGB", "png"),
    saved("P", "png"),
    saved("LA", "png"),
    saved("RGB", "jpeg"),
    saved("RGB", "bmp"),
    saved("1", "tiff", compression="group4"),
    saved("RGB", "tiff", compression="tiff_lzw", tiffinfo={278: 7}),
)


def made(data: bytes) -> bytes:
    """The PDF of the image's first page; nothing where there is none."""
    file = io.BytesIO(data)
    kind = kind_of(file)
    raster = kind and raster_of(file, kind, 1, lambda raster: bytes(4 * raster.width * raster.height))
    return pdf_of(raster) if raster else b""


@pytest.mark.parametrize("data", FILES, ids=["png", "palette", "alpha", "jpeg", "bmp", "fax", "strips"])
def test_a_pdf_has_the_compressed_pixels(data: bytes) -> None:
    """It takes hardly more room than the file."""
    assert made(data).startswith(b"%PDF-")
    assert len(made(data)) < len(data) + 40 * 30 * 2 + 3_000


@given(st.sampled_from(FILES), st.data())
def test_damaged_files_are_refused(file: bytes, data: st.DataObject) -> None:
    """Wherever bytes are changed or the file ends; nothing else is raised."""
    damaged = bytearray(file[: data.draw(st.integers(8, len(file)))])
    for place, value in data.draw(st.lists(st.tuples(st.integers(8, len(damaged)), st.integers(0, 255)), max_size=4)):
        damaged[place - 1 : place] = bytes([value])
    with suppress(BrokenImageError, UndrawableImageError):
        made(bytes(damaged))
