"""A PDF opened by PDFium: its pages with their text and geometry, and the names of the files in it.

PDFium's own functions are called, because a page is read in a millisecond and objects for each would cost half of that.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from itertools import repeat
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple, cast

_ENCRYPTED = 4  # FPDF_ERR_PASSWORD

_SAMPLED_CHARACTERS = 12  # of a page; by them it is told what holds for most
_USUAL_UNITS = 10_000  # of UTF-16; few pages have a longer text
_CALLS_AT_ONCE = 500
_HALF = re.compile("[\ud800-\udfff]")

SPACE = 0.18
"""Of a character's height: a wider gap before the next character of the line is a space."""

Box = tuple[float, float, float, float]
"""Left, bottom, right and top of a rectangle in points, from the lower left corner of the page as it is stored."""


class PdfError(Exception):
    """A file that PDFium does not open; `encrypted` where only the password is missing."""

    def __init__(self, *, encrypted: bool) -> None:
        super().__init__(encrypted)
        self.encrypted = encrypted


class BoxReader:
    """Calls a function of PDFium that writes a box, for many parts of a page, without a step of Python for each.

    `box` is the box as it is kept, four numbers. `fields` tells of each pointer that the function takes which of the four is
    written there; `takes` are the types of the arguments before the pointers, as for `unchecked`. Used under the lock that PDFium
    needs.
    """

    def __init__(self, function: str, box: Struct, fields: Sequence[int], *takes: Any) -> None:
        self._function = function
        self._takes = takes
        self._box = box
        self._bytes = ctypes.create_string_buffer(_CALLS_AT_ONCE * box.size)
        places = [range(field * box.size // 4, len(self._bytes), box.size) for field in fields]
        self._pointers = [[ctypes.byref(self._bytes, place) for place in each] for each in places]

    def boxes(self, *arguments: Sequence[Any]) -> list[tuple[float, float, float, float]]:
        """What is written for the first of each of the arguments, for the second and so on; zeros where PDFium writes nothing."""
        found, call = list[Any](), unchecked(self._function, *self._takes)
        for start in range(0, len(arguments[0]), _CALLS_AT_ONCE):
            some = [argument[start : start + _CALLS_AT_ONCE] for argument in arguments]
            size = len(some[0]) * self._box.size
            ctypes.memset(self._bytes, 0, size)
            deque(map(call, *some, *self._pointers), maxlen=0)
            found += self._box.iter_unpack(memoryview(self._bytes)[:size])
        return found


# PDFium gives left, top, right and bottom of the first, left, right, bottom and top of the last: both are kept as a `Box`.
_RUN_BOXES = BoxReader("FPDFText_GetRect", Struct("4d"), (0, 3, 2, 1))
_CHARACTER_BOXES = BoxReader("FPDFText_GetLooseCharBox", Struct("4f"), (0,))  # one struct: left, top, right, bottom
_INK_BOXES = BoxReader("FPDFText_GetCharBox", Struct("4d"), (0, 2, 1, 3))


class LastTable(NamedTuple):
    """A table that was read and may go on: the index of its page, the edges of its columns, and its heads.

    `number_counts` says of each column how many numbers there are in it, -1 where there are words, too.
    """

    page: int
    xs: tuple[float, ...]
    heads: tuple[str, ...]
    number_counts: tuple[int, ...]


class PdfFile:
    """An open PDF. `raw` are PDFium's functions, `form` is its handle of the form, if there is one."""

    def __init__(self, document: Any, raw: Any) -> None:
        self._document = document
        self.raw: Any = raw
        self.handle: Any = document.raw
        self.page_count: int = len(document)
        self._buffer: Any = (ctypes.c_ushort * _USUAL_UNITS)()
        self.last_tables: list[LastTable] = []

    def utf16_buffer(self, size: int) -> Any:
        """A buffer for at least `size` UTF-16 units, the same at each call: ctypes would make a type for each size of array."""
        if size > len(self._buffer):
            self._buffer = (ctypes.c_ushort * (2 * size))()
        return self._buffer

    @property
    def form(self) -> Any:
        """What fields are asked with; None where the file has no form."""
        return self._document.formenv.raw if self._document.formenv else None

    @contextmanager
    def page(self, index: int) -> Generator[PdfPage | None]:
        """The page, counted from 0; None where it is broken. One that is shown upside down is turned."""
        handle = self.raw.FPDF_LoadPage(self.handle, index)
        text = self.raw.FPDFText_LoadPage(handle) if handle else None
        try:
            page = PdfPage(self, index, handle, text) if text else None
            if page and page.is_upside_down():
                # PDFium reads parts of lines from left to right as they are shown, so that the last word would be the first.
                self.raw.FPDFText_ClosePage(text)
                self.raw.FPDFPage_SetRotation(handle, (self.raw.FPDFPage_GetRotation(handle) + 2) % 4)
                text = self.raw.FPDFText_LoadPage(handle)
                page = PdfPage(self, index, handle, text) if text else None
            yield page
        finally:
            if text:
                self.raw.FPDFText_ClosePage(text)
            if handle:
                self.raw.FPDF_ClosePage(handle)

    def attachment_names(self) -> list[str]:
        """The names of the files that are embedded in the document as a whole."""
        raw = self.raw
        found = (raw.FPDFDoc_GetAttachment(self.handle, index) for index in range(raw.FPDFDoc_GetAttachmentCount(self.handle)))
        return [read_utf16(raw.FPDFAttachment_GetName, attachment) for attachment in found if attachment]


class PdfPage:
    """One page of an open PDF; `index` counts from 0, `handle` and `text_page` are PDFium's of the page and of its text."""

    def __init__(self, file: PdfFile, index: int, handle: Any, text: Any) -> None:
        self.file: PdfFile = file
        self.index: int = index
        self.handle: Any = handle
        self.text_page: Any = text
        self._quarters: int = max(0, file.raw.FPDFPage_GetRotation(handle)) % 4
        self._text: str | None = None
        self.character_count: int = max(0, file.raw.FPDFText_CountChars(text))

    def text(self) -> str:
        """The text within the page's edges as PDFium orders it, with line feeds for line ends."""
        if self._text is None:
            self._text = self.text_within(self.box()) if self.character_count else ""
        return self._text

    def whole_text(self) -> str | None:
        """The text with one character for each that the page has, also beyond its edges: an index in it is PDFium's.

        Letters of formulas, as 𝑅, are two halves then, which `with_whole_letters` puts together again. None where the text is
        longer or shorter than the page has characters.
        """
        count = self.character_count
        buffer = self.file.utf16_buffer(count + 1)
        size = self.file.raw.FPDFText_GetText(self.text_page, 0, count, buffer) - 1  # behind it is text of other pages
        text = ctypes.string_at(buffer, 2 * max(0, size)).decode("utf-16-le", "replace")
        if len(text) < count == size:
            text = "".join(map(chr, buffer[:size]))
        return text.replace("\ufffe", "\x02") if len(text) == count else None  # as `text` has a hyphen that divides a word

    def text_within(self, box: Box) -> str:
        """The part of the text whose characters are in the box or reach into it."""
        left, bottom, right, top = box
        # PDFium would look for the characters once more to tell how long the text is: it is hardly longer than they are many.
        size = self.character_count + self.character_count // 4 + 100
        while True:
            buffer = self.file.utf16_buffer(size)
            written = self.file.raw.FPDFText_GetBoundedText(self.text_page, left, top, right, bottom, buffer, size)
            if written < size:
                break
            size *= 2
        text = ctypes.string_at(buffer, 2 * max(0, written)).decode("utf-16-le", "ignore").replace("\r\n", "\n")
        return text.removesuffix("\0").replace("\r", "\n")

    def has_unknown_letters(self) -> bool:
        """Whether the fonts do not say which letters most characters are: their text is a guess then, often a right one."""
        is_unknown = unchecked("FPDFText_HasUnicodeMapError")
        unknown = list(map(is_unknown, repeat(self.text_page), self._sample()))
        return unknown.count(1) > len(unknown) / 2

    def box(self) -> Box:
        """The page's edges."""
        box = self.file.raw.FS_RECTF()
        self.file.raw.FPDF_GetPageBoundingBox(self.handle, box)
        return box.left, box.bottom, box.right, box.top

    def run_boxes(self) -> list[Box]:
        """The boxes of the runs, which are parts of lines without a gap, in the order of the text."""
        count = self.file.raw.FPDFText_CountRects(self.text_page, 0, -1)
        return _RUN_BOXES.boxes([self.text_page] * count, range(count))

    def character_boxes(self, indices: Sequence[int]) -> list[tuple[float, float, float, float]]:
        """Left, top, right and bottom of those characters, which is not the order of a `Box`; they are as high as their font."""
        return _CHARACTER_BOXES.boxes([self.text_page] * len(indices), indices)

    def on_page(self, indices: Sequence[int]) -> list[int]:
        """Those of the characters that `text` has, too: all but the ones that are wholly beyond the page's edges."""
        left, bottom, right, top = self.box()
        boxes = zip(indices, _INK_BOXES.boxes([self.text_page] * len(indices), indices), strict=True)
        return [index for index, box in boxes if box[0] < right and left < box[2] and box[1] < top and bottom < box[3]]

    def direction(self, index: int) -> int:
        """The direction of a character in steps of 10 degrees: 0 from left to right, 9 upwards."""
        if not unchecked("FPDFText_GetCharAngle", gives=ctypes.c_float)(self.text_page, index):
            return 0
        matrix = self.file.raw.FS_MATRIX()  # because the angle counts the slope of italics, too
        self.file.raw.FPDFText_GetMatrix(self.text_page, index, matrix)
        a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
        if a * d < b * c and abs(d) >= abs(b):
            return 0  # mirrored, as the second letter of the name XeTeX, and part of the word
        return round(math.degrees(math.atan2(b, a)) / 10) % 36

    def size_and_line(self, index: int) -> tuple[float, float]:
        """The size of a character's font, and how high its baseline is in the direction that is up for it; both in points."""
        raw, matrix = self.file.raw, self.file.raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self.text_page, index, matrix)
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        x, y = ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetCharOrigin(self.text_page, index, x, y)
        size = raw.FPDFText_GetFontSize(self.text_page, index) * scale
        return size, (x.value * matrix.c + y.value * matrix.d) / scale

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

    def is_upside_down(self) -> bool:
        """Whether most of the text is upside down as the page is shown."""
        places = self._sample()
        if not self._quarters and not any(
            map(unchecked("FPDFText_GetCharAngle", gives=ctypes.c_float), repeat(self.text_page), places)
        ):
            return False  # most pages, told faster
        return sum(self.direction(place) == (self.upright + 18) % 36 for place in places) > len(places) / 2

    @property
    def upright(self) -> int:
        """The `direction` of text that is upright as the page is shown."""
        return 9 * self._quarters

    def _sample(self) -> range:
        """The indices of some characters, evenly spread over the text."""
        return range(0, self.character_count, max(1, self.character_count // _SAMPLED_CHARACTERS))

    def is_empty(self) -> bool:
        """Whether the page has no content at all."""
        return bool(self.file.raw.FPDFPage_CountObjects(self.handle) <= 0)


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


def in_halves(text: str) -> str:
    """The text with two halves for each letter of formulas, as `PdfPage.whole_text` has it."""
    if text.isascii() or max(text) < "\U00010000":
        return text
    return "".join(map(chr, memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")))


def with_whole_letters(text: str) -> str:
    """The text without halves of letters: two that follow one another become whole, and one that is alone is left out."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore") if _HALF.search(text) else text


def read_utf16(function: Callable[..., int], *arguments: Any) -> str:
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
        with suppress(pdfium.PdfiumError):  # a broken form: its fields are not read, the pages are
            document.init_forms()
        yield PdfFile(document, import_module("pypdfium2.raw"))
    finally:
        document.close()
