"""The parts of a page, text apart, as PDFium's page objects: what each is, and where it lies."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from itertools import repeat
from struct import Struct
from typing import NamedTuple

from .pdf_file import Box, BoxReader, PdfPage, unchecked

# Forms are drawings that a page or another form uses, often the same one twice: nested, they can hold millions of parts.
_MOST_OBJECTS = 20_000
_DEEPEST = 4

_HANDLE = ctypes.c_void_p
_SIX_FLOATS = Struct("6f")
_BOUNDS = BoxReader("FPDFPageObj_GetBounds", Struct("4f"), (0, 1, 2, 3), _HANDLE)


class PageObject(NamedTuple):
    """A part of a page: one of PDFium's ``FPDF_PAGEOBJ`` kinds, and its box on the page.

    `handle` is an address; `outer` is the matrix of the form that the part is in. Some pages have thousands of parts, and a named
    tuple is made in a third of the time that a frozen class takes.
    """

    kind: int
    box: Box
    handle: int
    outer: tuple[float, ...] | None

    def matrix(self) -> tuple[float, ...]:
        """What moves a point of its own coordinates to the page."""
        return _matrix(self.handle, self.outer)


def page_objects(page: PdfPage) -> Iterator[PageObject]:
    """The parts, text apart, of the page and of the forms on it, up to a number and a depth that real pages do not reach."""
    count = page.file.raw.FPDFPage_CountObjects(page.handle)
    get = unchecked("FPDFPage_GetObject", _HANDLE, ctypes.c_int, gives=_HANDLE)
    handles = list(map(get, repeat(page.handle), range(min(count, _MOST_OBJECTS))))
    return _Parts(page).of(handles)


class _Parts:
    """The parts of one page; `_left` are those that may still be looked at."""

    def __init__(self, page: PdfPage) -> None:
        raw = page.file.raw
        self._text, self._form = raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_FORM
        self._left = _MOST_OBJECTS

    def of(self, handles: Sequence[int], outer: tuple[float, ...] | None = None, depth: int = 0) -> Iterator[PageObject]:
        """The parts with those handles, and in place of each form its own parts, down to `_DEEPEST`."""
        self._left -= len(handles)
        kinds = map(unchecked("FPDFPageObj_GetType", _HANDLE), handles)
        parts = [(handle, kind) for handle, kind in zip(handles, kinds, strict=True) if kind != self._text]
        for (handle, kind), box in zip(parts, _BOUNDS.boxes([handle for handle, _ in parts]), strict=True):
            if kind == self._form and depth < _DEEPEST:
                yield from self.of(_handles_in(handle, self._left), _matrix(handle, outer), depth + 1)
            else:
                yield PageObject(kind, _moved(box, outer), handle, outer)


def _handles_in(form: int, most: int) -> list[int]:
    count = unchecked("FPDFFormObj_CountObjects", _HANDLE)(form)
    get = unchecked("FPDFFormObj_GetObject", _HANDLE, ctypes.c_ulong, gives=_HANDLE)
    return list(map(get, repeat(form), range(min(count, most))))


def _matrix(handle: int, outer: tuple[float, ...] | None) -> tuple[float, ...]:
    """The matrix of an object, multiplied by that of the form that it is in."""
    found = ctypes.create_string_buffer(_SIX_FLOATS.size)
    unchecked("FPDFPageObj_GetMatrix", _HANDLE)(handle, ctypes.byref(found))
    a, b, c, d, e, f = own = _SIX_FLOATS.unpack(found)
    if outer is None:
        return own
    oa, ob, oc, od, oe, of = outer
    return (a * oa + b * oc, a * ob + b * od, c * oa + d * oc, c * ob + d * od, e * oa + f * oc + oe, e * ob + f * od + of)


def moved(matrix: tuple[float, ...], x: float, y: float) -> tuple[float, float]:
    """The point (x, y) of an object's own coordinates on the page."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _moved(box: Box, matrix: tuple[float, ...] | None) -> Box:
    """The box around the corners of `box`, each moved by the matrix."""
    if matrix is None:
        return box
    corners = [moved(matrix, x, y) for x in box[::2] for y in box[1::2]]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
