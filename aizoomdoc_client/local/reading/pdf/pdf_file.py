"""A PDF opened by PDFium: its pages with their text and geometry, and the names of the files in it.

PDFium's own functions are called, because a page is read in a millisecond and objects for each would cost half of that.
"""

from __future__ import annotations

import ctypes
import math
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

_SAMPLE = 12
_USUAL_ROOM = 10_000
_ITEMS_AT_ONCE = 500

Box = tuple[float, float, float, float]
"""Left, bottom, right and top of a rectangle in points, from the lower left corner of the page as it is stored."""


class PdfError(Exception):
    """A file that PDFium does not open; `encrypted` where only the password is missing."""

    def __init__(self, *, encrypted: bool) -> None:
        super().__init__(encrypted)
        self.encrypted = encrypted


class StructArray:
    """What a function of PDFium writes for each of many parts of a page, asked for without a step of Python for each.

    `item` is what it writes, four numbers; `pointers` tells at which of them each of its pointers points, `takes` the types of
    the arguments before these as for `unchecked`. Used under the lock that PDFium needs.
    """

    def __init__(self, function: str, item: Struct, pointers: Sequence[int], *takes: Any) -> None:
        self._function = function
        self._takes = takes
        self._item = item
        self._bytes = ctypes.create_string_buffer(_ITEMS_AT_ONCE * item.size)
        places = [range(number * item.size // 4, len(self._bytes), item.size) for number in pointers]
        self._pointers = [[ctypes.byref(self._bytes, place) for place in each] for each in places]

    def of(self, *arguments: Sequence[Any]) -> list[tuple[float, float, float, float]]:
        """What is written for the first of all arguments, for the second and so on; zeros where nothing is."""
        items, get = list[Any](), unchecked(self._function, *self._takes)
        for start in range(0, len(arguments[0]), _ITEMS_AT_ONCE):
            some = [argument[start : start + _ITEMS_AT_ONCE] for argument in arguments]
            size = len(some[0]) * self._item.size
            ctypes.memset(self._bytes, 0, size)
            deque(map(get, *some, *self._pointers), maxlen=0)
            items += self._item.iter_unpack(memoryview(self._bytes)[:size])
        return items


_RUNS = StructArray("FPDFText_GetRect", Struct("4d"), (0, 3, 2, 1))  # left, bottom, right and top
_CHARACTERS = StructArray("FPDFText_GetLooseCharBox", Struct("4f"), (0,))
_INK = StructArray("FPDFText_GetCharBox", Struct("4d"), (0, 2, 1, 3))  # left, bottom, right and top


class LastTable(NamedTuple):
    """A table that was read and may go on: the number of its page, the edges of its columns, its heads, and its figures.

    `figures` says of each column how many there are in it, -1 where there are words, too.
    """

    page: int
    xs: tuple[float, ...]
    heads: tuple[str, ...]
    figures: tuple[int, ...]


class PdfFile:
    """An open PDF. `raw` are PDFium's functions, `form` is its handle of the form, if there is one."""

    def __init__(self, document: Any, raw: Any) -> None:
        self._document = document
        self.raw: Any = raw
        self.handle: Any = document.raw
        self.page_count: int = len(document)
        self._room: Any = (ctypes.c_ushort * _USUAL_ROOM)()
        self.last_tables: list[LastTable] = []

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
            self._text = self.text_within(self.box()) if self.character_count else ""
        return self._text

    def whole_text(self) -> str | None:
        """The text with one character of it for each of the page, also beyond its edges; None where they are not one for one."""
        count = self.character_count
        buffer = self.file.room(count + 1)
        size = self.file.raw.FPDFText_GetText(self.characters, 0, count, buffer) - 1  # behind it is text of other pages
        text = ctypes.string_at(buffer, 2 * max(0, size)).decode("utf-16-le", "replace")
        return text.replace("\ufffe", "\x02") if len(text) == count else None  # as `text` has a hyphen that divides a word

    def text_within(self, box: Box) -> str:
        """That of the text whose characters are in the box or reach into it."""
        left, bottom, right, top = box
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
        unknown = list(map(is_unknown, repeat(self.characters), places))
        return unknown.count(1) > len(unknown) / 2

    def box(self) -> Box:
        """The page's edges."""
        box = self.file.raw.FS_RECTF()
        self.file.raw.FPDF_GetPageBoundingBox(self.handle, box)
        return box.left, box.bottom, box.right, box.top

    def run_boxes(self) -> list[Box]:
        """The boxes of the runs of text in its order: parts of lines without a gap."""
        count = self.file.raw.FPDFText_CountRects(self.characters, 0, -1)
        return _RUNS.of([self.characters] * count, range(count))

    def character_boxes(self, indices: Sequence[int]) -> list[tuple[float, float, float, float]]:
        """Left, top, right and bottom of those characters, as high as their font is."""
        return _CHARACTERS.of([self.characters] * len(indices), indices)

    def on_page(self, indices: Sequence[int]) -> list[int]:
        """Those of the characters that `text` has: all but the ones wholly beyond the page's edges."""
        left, bottom, right, top = self.box()
        boxes = zip(indices, _INK.of([self.characters] * len(indices), indices), strict=True)
        return [index for index, box in boxes if box[0] < right and left < box[2] and box[1] < top and bottom < box[3]]

    def direction(self, index: int) -> int:
        """The direction of a character in steps of 10 degrees: 0 from left to right, 9 upwards."""
        if not unchecked("FPDFText_GetCharAngle", gives=ctypes.c_float)(self.characters, index):
            return 0
        matrix = self.file.raw.FS_MATRIX()  # because the angle counts the slope of italics, too
        self.file.raw.FPDFText_GetMatrix(self.characters, index, matrix)
        a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
        if a * d < b * c and abs(d) >= abs(b):
            return 0  # mirrored, as the second letter of the name XeTeX, and part of the word
        return round(math.degrees(math.atan2(b, a)) / 10) % 36

    def size_and_line(self, index: int) -> tuple[float, float]:
        """The size of a character's font in points, and how high its line is in the direction that is up for it."""
        raw, matrix = self.file.raw, self.file.raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self.characters, index, matrix)
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        x, y = ctypes.c_double(), ctypes.c_double()
        raw.FPDFText_GetCharOrigin(self.characters, index, x, y)
        size = raw.FPDFText_GetFontSize(self.characters, index) * scale
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
        """Whether most of the text is, as the page is shown."""
        places = range(0, self.character_count, max(1, self.character_count // _SAMPLE))
        if not self._quarters and not any(
            map(unchecked("FPDFText_GetCharAngle", gives=ctypes.c_float), repeat(self.characters), places)
        ):
            return False  # most pages, told faster
        return sum(self.direction(place) == (self.upright + 18) % 36 for place in places) > len(places) / 2

    @property
    def upright(self) -> int:
        """The `direction` of text that is upright as the page is shown."""
        return 9 * self._quarters

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
