"""A PDF opened by PDFium: its pages with their text and geometry, and the names of the files in it.

PDFium's own functions are called, because a page is read in a millisecond and objects for each would cost half of that.
"""

from __future__ import annotations

import ctypes
import math
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from itertools import repeat
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple, cast

_ENCRYPTED = 4  # FPDF_ERR_PASSWORD

# Nested forms can hold the same objects millions of times.
_MOST_OBJECTS = 20_000
_DEEPEST = 4
_SAMPLE = 12
_USUAL_ROOM = 10_000
_BOXES_AT_ONCE = 500

_HANDLE = ctypes.c_void_p
_FOUR_FLOATS = Struct("4f")

Box = tuple[float, float, float, float]
"""Left, bottom, right and top of a rectangle in points, from the lower left corner of the page as it is stored."""


class PdfError(Exception):
    """A file that PDFium does not open; `encrypted` where only the password is missing."""

    def __init__(self, *, encrypted: bool) -> None:
        super().__init__(encrypted)
        self.encrypted = encrypted


class PageObject(NamedTuple):
    """A part of a page: one of `PdfFile.raw`'s ``FPDF_PAGEOBJ`` kinds, and its box on the page.

    `handle` is an address; `outer` is the matrix of the form that the part is in. Some pages have thousands of parts, and a named
    tuple is made in a third of the time that a frozen class takes.
    """

    kind: int
    box: Box
    handle: int
    outer: tuple[float, ...] | None

    def matrix(self, raw: Any) -> tuple[float, ...]:
        """What moves a point of its own coordinates to the page."""
        return _matrix(raw, self.handle, self.outer)


class _Boxes:
    """Boxes that a function of PDFium gives, asked for without a step of Python for each.

    `box` is what it writes, `pointers` at which of its four sides each of the function's pointers points. Used under the lock
    that PDFium needs.
    """

    def __init__(self, function: str, box: Struct, pointers: tuple[int, ...]) -> None:
        self._function = function
        self._box = box
        self._bytes = ctypes.create_string_buffer(_BOXES_AT_ONCE * box.size)
        places = [range(side * box.size // 4, len(self._bytes), box.size) for side in pointers]
        self._pointers = [[ctypes.byref(self._bytes, place) for place in each] for each in places]

    def of(self, handle: Any, indices: Sequence[int]) -> list[tuple[float, float, float, float]]:
        """The boxes of those parts of the page, their sides as they are written."""
        boxes, get = list[Any](), unchecked(self._function)
        for start in range(0, len(indices), _BOXES_AT_ONCE):
            some = indices[start : start + _BOXES_AT_ONCE]
            deque(map(get, repeat(handle), some, *self._pointers), maxlen=0)
            boxes += self._box.iter_unpack(memoryview(self._bytes)[: len(some) * self._box.size])
        return boxes


_RUNS = _Boxes("FPDFText_GetRect", Struct("4d"), (0, 3, 2, 1))  # left, bottom, right and top
_CHARACTERS = _Boxes("FPDFText_GetLooseCharBox", Struct("4f"), (0,))


class PdfFile:
    """An open PDF. `raw` are PDFium's functions, `form` is its handle of the form, if there is one."""

    def __init__(self, document: Any, raw: Any) -> None:
        self._document = document
        self.raw: Any = raw
        self.handle: Any = document.raw
        self.page_count: int = len(document)
        self._room: Any = (ctypes.c_ushort * _USUAL_ROOM)()
        self.last_table: tuple[tuple[float, ...], tuple[str, ...]] | None = None  # edges and heads, for the next page

    def room(self, size: int) -> Any:
        """Where PDFium can write so many UTF-16 units, until the next call; ctypes would make a type for each size of array."""
        if size > len(self._room):
            self._room = (ctypes.c_ushort * (2 * size))()
        return self._room

    @property
    def form(self) -> Any:
        """What fields are asked with; None where the file has no form."""
        return self._document.formenv.raw if self._document.formenv else None

    @contextmanager
    def page(self, index: int) -> Generator[PdfPage | None]:
        """The page, counted from 0; None where it is broken."""
        handle = self.raw.FPDF_LoadPage(self.handle, index)
        text = self.raw.FPDFText_LoadPage(handle) if handle else None
        try:
            yield PdfPage(self, index, handle, text) if text else None
        finally:
            if text:
                self.raw.FPDFText_ClosePage(text)
            if handle:
                self.raw.FPDF_ClosePage(handle)

    def attachment_names(self) -> list[str]:
        """The names of the files that are embedded in the document as a whole."""
        raw = self.raw
        found = (raw.FPDFDoc_GetAttachment(self.handle, index) for index in range(raw.FPDFDoc_GetAttachmentCount(self.handle)))
        return [wide(raw.FPDFAttachment_GetName, attachment) for attachment in found if attachment]


class PdfPage:
    """One page of an open PDF; `index` counts from 0."""

    def __init__(self, file: PdfFile, index: int, handle: Any, text: Any) -> None:
        self.file: PdfFile = file
        self.index: int = index
        self.handle: Any = handle
        self.characters: Any = text
        self._quarters: int = max(0, file.raw.FPDFPage_GetRotation(handle)) % 4
        self._text: str | None = None
        self.character_count: int = max(0, file.raw.FPDFText_CountChars(text))

    def text(self) -> str:
        """The text within the page's edges as PDFium orders it, with line feeds for line ends."""
        if self._text is None:
            self._text = self._bounded_text() if self.character_count else ""
        return self._text

    def _bounded_text(self) -> str:
        left, bottom, right, top = self.box()
        # PDFium would look for the characters once more to tell how long the text is: it is hardly longer than they are many.
        room = self.character_count + self.character_count // 4 + 100
        while True:
            buffer = self.file.room(room)
            size = self.file.raw.FPDFText_GetBoundedText(self.characters, left, top, right, bottom, buffer, room)
            if size < room:
                break
            room *= 2
        text = ctypes.string_at(buffer, 2 * max(0, size)).decode("utf-16-le", "ignore").replace("\r\n", "\n")
        return text.removesuffix("\0").replace("\r", "\n")

    def has_unknown_letters(self) -> bool:
        """Whether the fonts do not say which letters most characters are: their text is a guess then, often a right one."""
        is_unknown = unchecked("FPDFText_HasUnicodeMapError")
        places = range(0, self.character_count, max(1, self.character_count // _SAMPLE))
        unknown = [is_unknown(self.characters, place) for place in places]
        return sum(result > 0 for result in unknown) > len(unknown) / 2

    def box(self) -> Box:
        """The page's edges."""
        box = self.file.raw.FS_RECTF()
        self.file.raw.FPDF_GetPageBoundingBox(self.handle, box)
        return box.left, box.bottom, box.right, box.top

    def run_boxes(self) -> list[Box]:
        """The boxes of the runs of text in its order: parts of lines without a gap."""
        return _RUNS.of(self.characters, range(self.file.raw.FPDFText_CountRects(self.characters, 0, -1)))

    def character_boxes(self, indices: Sequence[int]) -> list[tuple[float, float, float, float]]:
        """Left, top, right and bottom of those characters, as high as their font is."""
        return _CHARACTERS.of(self.characters, indices)

    def as_shown(self, box: Box) -> Box:
        """The box on the page as it is shown, turned by quarters; its corner is not always (0, 0) then."""
        if not self._quarters:
            return box
        left, bottom, right, top = box
        return (
            box,
            (bottom, -right, top, -left),
            (-right, -top, -left, -bottom),
            (-top, left, -bottom, right),
        )[self._quarters]

    def is_turned(self) -> bool:
        """Whether the page is shown turned by quarters."""
        return self._quarters > 0

    @property
    def upright(self) -> int:
        """The `direction` of text that is upright as the page is shown."""
        return 9 * self._quarters

    def is_empty(self) -> bool:
        """Whether the page has no content at all."""
        return bool(self.file.raw.FPDFPage_CountObjects(self.handle) <= 0)

    def objects(self) -> Iterator[PageObject]:
        """The parts, text apart, of the page and of the forms on it, up to a number and a depth that real pages do not reach."""
        left, count = [_MOST_OBJECTS], self.file.raw.FPDFPage_CountObjects(self.handle)
        get = unchecked("FPDFPage_GetObject", _HANDLE, ctypes.c_int, gives=_HANDLE)
        return self._objects((get(self.handle, index) for index in range(count)), None, left, _DEEPEST)

    def _objects(
        self, handles: Iterable[int], outer: tuple[float, ...] | None, left: list[int], depth: int
    ) -> Iterator[PageObject]:
        raw = self.file.raw
        text, form, kind_of = raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_FORM, unchecked("FPDFPageObj_GetType", _HANDLE)
        sides, get_bounds = ctypes.create_string_buffer(_FOUR_FLOATS.size), unchecked("FPDFPageObj_GetBounds", _HANDLE)
        references = [ctypes.byref(sides, place) for place in range(0, _FOUR_FLOATS.size, _FOUR_FLOATS.size // 4)]
        for handle in handles:
            if not left[0]:
                return
            left[0] -= 1
            kind = kind_of(handle)
            if kind == text:
                continue
            if kind == form and depth:
                yield from self._objects(_handles_in(handle), _matrix(raw, handle, outer), left, depth - 1)
            else:
                box: Box = _FOUR_FLOATS.unpack(sides) if get_bounds(handle, *references) else (0.0, 0.0, 0.0, 0.0)
                yield PageObject(kind, _moved(box, outer), handle, outer)


def _handles_in(form: int) -> Iterator[int]:
    get = unchecked("FPDFFormObj_GetObject", _HANDLE, ctypes.c_ulong, gives=_HANDLE)
    return (get(form, index) for index in range(unchecked("FPDFFormObj_CountObjects", _HANDLE)(form)))


def _matrix(raw: Any, handle: int, outer: tuple[float, ...] | None) -> tuple[float, ...]:
    found = raw.FS_MATRIX()
    unchecked("FPDFPageObj_GetMatrix", _HANDLE)(handle, ctypes.byref(found))
    a, b, c, d, e, f = found.a, found.b, found.c, found.d, found.e, found.f
    if outer is None:
        return a, b, c, d, e, f
    oa, ob, oc, od, oe, of = outer
    return (a * oa + b * oc, a * ob + b * od, c * oa + d * oc, c * ob + d * od, e * oa + f * oc + oe, e * ob + f * od + of)


def direction(raw: Any, text: Any, index: int) -> int:
    """The direction of a character in steps of 10 degrees: 0 from left to right, 9 upwards."""
    if not raw.FPDFText_GetCharAngle(text, index):
        return 0
    matrix = raw.FS_MATRIX()  # because the angle counts the slope of italics, too
    raw.FPDFText_GetMatrix(text, index, matrix)
    a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
    if a * d < b * c and abs(d) >= abs(b):
        return 0  # mirrored, as the second letter of the name XeTeX, and part of the word
    return round(math.degrees(math.atan2(b, a)) / 10) % 36


@cache
def unchecked(name: str, *takes: Any, gives: Any = ctypes.c_int) -> Callable[..., int]:
    """The function of PDFium with few of ctypes' checks of arguments, which take longer than a short call itself.

    For loops over the runs, characters or parts of a page. Without `takes`, handles as PDFium gave them and whole numbers are
    passed as they are, all else by `byref`; an address needs `takes` and `gives`, because it is longer than a whole number.
    """
    function = getattr(import_module("pypdfium2.raw"), name)
    fast = type(function)(ctypes.cast(function, ctypes.c_void_p).value)
    fast.restype = gives
    if takes:
        fast.argtypes = takes
    return cast("Callable[..., int]", fast)


def moved(matrix: tuple[float, ...], x: float, y: float) -> tuple[float, float]:
    """The point (x, y) of an object's own coordinates on the page."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _moved(box: Box, matrix: tuple[float, ...] | None) -> Box:
    if matrix is None:
        return box
    corners = [moved(matrix, x, y) for x in box[::2] for y in box[1::2]]
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def wide(function: Callable[..., int], *arguments: Any) -> str:
    """The text that a function of PDFium writes into a buffer as UTF-16."""
    size = function(*arguments, None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    function(*arguments, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw.decode("utf-16-le", "ignore").rstrip("\0")


@contextmanager
def open_pdf(path: Path) -> Generator[PdfFile]:
    """The PDF at `path`, closed at the end. Raises `PdfError`."""
    pdfium: Any = import_module("pypdfium2")
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        raise PdfError(encrypted=getattr(error, "err_code", None) == _ENCRYPTED) from None
    try:
        with suppress(pdfium.PdfiumError):  # without it, fields are not read
            document.init_forms()
        yield PdfFile(document, import_module("pypdfium2.raw"))
    finally:
        document.close()
