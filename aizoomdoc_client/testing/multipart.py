"""The one field of an uploaded form, with its file name exactly as it came."""

from __future__ import annotations

import re

import attrs


@attrs.frozen
class Part:
    """A part of a form: its field, file name (None where it is no file), type and content."""

    field: str
    filename: str | None
    mime_type: str
    content: bytes = attrs.field(repr=False)


def parts_of(content_type: str, body: bytes) -> list[Part]:
    """The parts of a multipart body, empty where it is none (RFC 7578); names are not decoded beyond UTF-8 and backslashes."""
    found = re.search(r'multipart/form-data;.*boundary="?([^";]+)"?', content_type, re.IGNORECASE)
    if found is None:
        return []
    blocks = (b"\r\n" + body).split(b"\r\n--" + found[1].encode())[1:-1]
    return [_part(block) for block in blocks]


def _part(block: bytes) -> Part:
    head, _, content = block.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    disposition = headers.get("content-disposition", "")
    return Part(
        _parameter(disposition, "name") or "",
        _parameter(disposition, "filename"),
        headers.get("content-type", "application/octet-stream"),
        content,
    )


def _parameter(header: str, name: str) -> str | None:
    found = re.search(rf'(?:^|[;\s]){name}="((?:[^"\\]|\\.)*)"', header)
    return re.sub(r'\\(["\\])', r"\1", found[1]) if found else None
