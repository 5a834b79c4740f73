"""Fields of a TOML file."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from pathlib import Path

import pytest

from aizoomdoc_client import ConfigurationError
from aizoomdoc_client.serializable import fields_as_plain
from aizoomdoc_client.structured.reply_format import ReplyFormat
from aizoomdoc_client.structured.toml_fields import LARGEST_FILE, read_fields

FIELDS = """\
[fields.height]
type = "number"
description = "Высота этажа, м"
required = true
[fields."помещение"]
[fields.floors]
type = "whole"
[fields.heated]
type = "yes/no"
[fields.issued]
type = "date"
[fields.boards]
type = "list of text"
"""


def test_a_file_becomes_a_class(tmp_path: Path) -> None:
    """Each type, whether it is required, and its description; a byte order mark is none of it."""
    path = tmp_path / "fields.toml"
    path.write_text("\ufeff" + FIELDS, encoding="utf-8")
    reply_format = ReplyFormat(read_fields(path))
    parsed = reply_format.parse('{"height": "3,3", "floors": 9, "heated": "да", "issued": "28.11.2026", "boards": ["ВРУ-1"]}')

    assert '- "height": число — Высота этажа, м' in reply_format.question("Какая высота?").splitlines()
    assert (dt.date(2026, 11, 28), True) == (parsed.issued, parsed.heated)
    assert {
        "height": 3.3,
        "помещение": None,
        "floors": 9,
        "heated": True,
        "issued": "2026-11-28",
        "boards": ["ВРУ-1"],
    } == fields_as_plain(parsed)


def test_its_values_can_be_pickled(tmp_path: Path) -> None:
    """As answers can that hold them; other processes need not have the file."""
    path = tmp_path / "fields.toml"
    path.write_text(FIELDS, encoding="utf-8")
    parsed = ReplyFormat(read_fields(path)).parse('{"height": 3.3, "boards": ["ВРУ-1"]}')

    assert (parsed, parsed) == (pickle.loads(pickle.dumps(parsed)), copy.deepcopy(parsed))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "it has no table"),
        ("[fields", "line 1: this is no TOML (Expected ']' at the end of a table declaration); write [fields.height]"),
        ("[fields.h]\n[fields.h]", "line 2: a name or a table is there twice"),
        (f"[fields.h]\nrequired = {'9' * 5000}", "line 2: this is no TOML"),
        ("fields = 3", "fields.NAME"),
        ("[field.x]", "'field'"),
        ("[fields]\nheight = 'number'", "fields.height is no table"),
        (
            "[fields.x]\ntype = 'float'",
            "fields.x.type must be one of text, number, whole, yes/no, date, list of text, not 'float'",
        ),
        ("[fields.x]\ntype = 3", "not 3"),
        ("[fields.x]\nkind = 'text'", "'kind', which is not one of type, description, required"),
        ("[fields.x]\nrequired = 'yes'", "fields.x.required must be true or false"),
        ("[fields.x]\ndescription = 1", "fields.x.description must be text"),
        ("[fields.'высота этажа']", "cannot name a field"),
        ("[fields.class]", "'class' cannot name a field: it is a word of Python itself"),
        ("[fields.self]", "'self' cannot name a field: it is a word of Python itself"),
        ('[fields."\u0439"]\n[fields."\u0438\u0306"]', "fields.\u0438\u0306: a name or a table is there twice"),
        ("[fields._x]", "cannot name a field: begin with a letter"),
        ("[fields.1]", "cannot name a field: begin with a letter"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(tmp_path: Path, written: str, said: str) -> None:
    """The file, the table, and what may stand there."""
    path = tmp_path / "fields.toml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_fields(path)

    assert f"The file of fields {path} cannot be used: " in caught.value.message
    assert said in caught.value.message
    assert caught.value.localized("ru")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[fields.h]\n= 3", "строка 2: это не TOML; поле записывается как [fields.height], имя не из"),
        ("[fields.h]\n[fields.h]", "строка 2: имя или таблица встречается второй раз; дайте другое имя"),
    ],
)
def test_a_file_that_is_no_toml_is_explained_in_russian(tmp_path: Path, written: str, said: str) -> None:
    """Python itself says it in English only."""
    path = tmp_path / "fields.toml"
    path.write_text(written)
    with pytest.raises(ConfigurationError) as caught:
        read_fields(path)

    assert caught.value.localized("ru").startswith(f"файл полей {path} использовать нельзя: {said}")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Not there, too large, not UTF-8."""
    large, latin = tmp_path / "large.toml", tmp_path / "latin.toml"
    large.write_bytes(b"#" * (LARGEST_FILE + 1))
    latin.write_bytes(b"# \xff")
    for path, said in ((tmp_path / "none.toml", "no such file"), (large, "larger than"), (latin, "invalid UTF-8")):
        with pytest.raises(ConfigurationError, match="(?i)" + said):
            read_fields(path)
