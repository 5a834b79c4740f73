"""Which office document an archive is, and archives that Python cannot read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from aizoomdoc_client.local.reading.document import UnreadableDocumentError
from aizoomdoc_client.local.reading.office.archive import office_kind

_ENTRY = b"PK\x01\x02"  # of the list of parts
_VERSION, _FLAGS, _NAME = 6, 8, 46  # places in an entry
_IS_UTF8 = 0x08


def changed_archive(**bytes_at: tuple[int, int]) -> bytes:
    """An archive of one part, with bytes changed in its entry of the list."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    content = bytearray(made.getvalue())
    start = content.rfind(_ENTRY)
    for place, value in bytes_at.values():
        content[start + place] = value
    return bytes(content)


def test_the_kind_is_that_of_the_main_part(tmp_path: Path) -> None:
    """Whatever the file is called."""
    path = tmp_path / "a.bin"
    path.write_bytes(changed_archive())

    assert "docx" == office_kind(path, path.name)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 and nothing more",
        changed_archive(version=(_VERSION, 99)),
        changed_archive(flags=(_FLAGS + 1, _IS_UTF8), name=(_NAME, 0xFF)),
    ],
    ids=["cut off", "a version that Python lacks", "a name that is not UTF-8"],
)
def test_an_archive_that_python_cannot_read_is_told_as_broken(tmp_path: Path, content: bytes) -> None:
    """Python has an error of another class for each."""
    path = tmp_path / "a.docx"
    path.write_bytes(content)
    with pytest.raises(UnreadableDocumentError) as caught:
        office_kind(path, path.name)

    assert "archive_broken" == caught.value.reason.code
