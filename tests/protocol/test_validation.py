"""Validation of the ids that callers pass."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import attrs
import pytest

from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.models import Chat, LLMFile, UploadedFile
from aizoomdoc_client.protocol.validation import as_id, as_ids

TEXT = "0f8fad5b-d9cb-469f-a165-70867728950e"


@attrs.frozen
class Thing:
    id: Any


@pytest.mark.parametrize(
    "value",
    [
        *(TEXT, f" {TEXT}\n", UUID(TEXT), Chat(id=TEXT), Thing(TEXT), Thing(UUID(TEXT)), UploadedFile(id=TEXT, filename="n")),
        *(TEXT.upper(), UUID(TEXT).hex, f"{{{TEXT}}}", UUID(TEXT).urn, Chat(id=TEXT.upper())),
    ],
)
def test_id_is_taken_as_text_uuid_or_object(value: Any) -> None:
    """An id can be text, a UUID or an object with an id; all spellings of a UUID are one id."""
    assert TEXT == as_id(value, "chat_id")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "  ",
        5,
        b"c1",
        ["c1"],
        {"id": "c1"},
        Thing(None),
        Thing(5),
        Thing(""),
        LLMFile(google_file_uri="u", filename="n"),
        "a\nb",
        "a\x85b",
        "a\ud800",
    ],
)
def test_no_id_is_an_error_that_names_the_parameter(value: Any) -> None:
    """A value without a usable id is rejected."""
    with pytest.raises(ConfigurationError, match="chat_id") as caught:
        as_id(value, "chat_id")

    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (None, ()),
        ([], ()),
        (["a", UUID(TEXT)], ("a", TEXT)),
        (iter([Chat(id="a")]), ("a",)),
        (("a", "a"), ("a", "a")),
        ("abc", ("abc",)),
        (UUID(TEXT), (TEXT,)),
        (UploadedFile(id="f", filename="n"), ("f",)),
    ],
)
def test_ids_are_taken_in_order(values: Any, expected: tuple[str, ...]) -> None:
    """Any iterable of ids, a single one, or none."""
    assert expected == as_ids(values, "attached_file_ids")


@pytest.mark.parametrize(
    "values",
    ["", " ", b"abc", 5, {"a": 1}, str, LLMFile(google_file_uri="u", filename="n"), [None], ["a", ""], ["a\nb"], [["a"]]],
)
def test_what_is_no_list_of_ids_is_an_error_that_names_the_parameter(values: Any) -> None:
    """Neither an id nor several: the error names the parameter."""
    with pytest.raises(ConfigurationError, match="attached_file_ids"):
        as_ids(values, "attached_file_ids")


@pytest.mark.parametrize("value", ["", "  ", Thing(""), [" "]])
def test_an_empty_id_is_called_so(value: Any) -> None:
    """An empty id, alone, in an object or in a list, gives one line that says that it is empty."""
    with pytest.raises(ConfigurationError, match=r"^document_ids is empty$"):
        as_ids(value, "document_ids")
