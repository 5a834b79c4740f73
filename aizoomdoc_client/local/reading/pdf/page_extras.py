"""What lies on a page and is not its content: notes, values of form fields, attached files."""

from __future__ import annotations

import ctypes
import re
from itertools import islice, repeat
from typing import Any

import attrs

from .pdf_file import PdfFile, PdfPage, read_utf16, unchecked

_HIDDEN = 2  # FPDF_ANNOT_FLAG_HIDDEN
_CHECKED = "☑"
_TAG = re.compile(r"<[^>]*>")  # of a note in XHTML
_LINE_ENDS = re.compile(r"[\r\n]+")
_MOST_ANNOTATIONS = 5_000  # of a page
_MOST_OPTIONS = 5_000  # of a list


@attrs.frozen
class PageExtras:
    """The `lines` of notes and form fields in their order on the page, each once, and the names of attached files."""

    lines: tuple[str, ...] = ()
    attached: tuple[str, ...] = ()


_NO_EXTRAS = PageExtras()


def page_extras(page: PdfPage) -> PageExtras:
    """The notes, form values and attachments of one page; hidden ones are left out."""
    raw = page.file.raw
    count = raw.FPDFPage_GetAnnotCount(page.handle)
    if count <= 0 or _are_links(page, count):
        return _NO_EXTRAS
    lines, attached = dict[str, None](), list[str]()
    handle, skipped = ctypes.c_void_p, (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP)
    get, close = unchecked("FPDFPage_GetAnnot", handle, ctypes.c_int, gives=handle), unchecked("FPDFPage_CloseAnnot", handle)
    kind_of = unchecked("FPDFAnnot_GetSubtype", handle)
    for index in range(min(count, _MOST_ANNOTATIONS)):
        address = get(page.handle, index)
        if not address:
            continue
        try:
            kind = kind_of(address)
            if kind in skipped:
                continue
            annotation = ctypes.cast(address, raw.FPDF_ANNOTATION)
            if raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                continue
            if kind == raw.FPDF_ANNOT_FILEATTACHMENT:
                attached.append(_attached_name(raw, annotation))
            read = _field if kind == raw.FPDF_ANNOT_WIDGET else _note
            if line := read(page.file, annotation).strip():
                lines[line] = None
        finally:
            close(address)
    return PageExtras(tuple(lines), tuple(name for name in attached if name))


def _are_links(page: PdfPage, count: int) -> bool:
    """Whether all that lies on a page are links, as on most pages that have any: told in a third of the time that each takes."""
    after, link = ctypes.c_int(), ctypes.c_void_p()
    find_next = map(unchecked("FPDFLink_Enumerate"), repeat(page.handle), repeat(ctypes.byref(after)), repeat(ctypes.byref(link)))
    return all(islice(find_next, count))


def _note(file: PdfFile, annotation: Any) -> str:
    written = _string(file.raw, annotation, b"Contents") or _TAG.sub(" ", _string(file.raw, annotation, b"RC"))
    return _LINE_ENDS.sub("\n", written)


def _field(file: PdfFile, annotation: Any) -> str:
    """The label and the value of a field that is filled in; a field without a label of its own goes by its name."""
    raw, form = file.raw, file.form
    if form is None:
        return ""
    label = read_utf16(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    label = label or read_utf16(raw.FPDFAnnot_GetFormFieldName, form, annotation)
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        state = _string(raw, annotation, b"AS")  # of this box; the value is that of the whole field
        if state in ("", "Off"):
            return ""
        return f"{_CHECKED} {label}: {state}" if kind == raw.FPDF_FORMFIELD_RADIOBUTTON else f"{_CHECKED} {label}"
    if kind not in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        return ""
    value = ", ".join(_selected(file, annotation)) or read_utf16(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    value = _LINE_ENDS.sub("\n", value).strip()
    return f"{label}: {value}" if value and label else value


def _selected(file: PdfFile, annotation: Any) -> list[str]:
    """What is chosen of a list, as it is shown; the value in the file may be a code."""
    raw, form = file.raw, file.form
    count = min(raw.FPDFAnnot_GetOptionCount(form, annotation), _MOST_OPTIONS)
    chosen = (index for index in range(count) if raw.FPDFAnnot_IsOptionSelected(form, annotation, index))
    return [read_utf16(raw.FPDFAnnot_GetOptionLabel, form, annotation, index) for index in chosen]


def _attached_name(raw: Any, annotation: Any) -> str:
    attachment = raw.FPDFAnnot_GetFileAttachment(annotation)
    return read_utf16(raw.FPDFAttachment_GetName, attachment) if attachment else ""


def _string(raw: Any, annotation: Any, key: bytes) -> str:
    return read_utf16(raw.FPDFAnnot_GetStringValue, annotation, key)
