"""JSON lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.batch.task_table.jsonl_records import jsonl_records
from aizoomdoc_client.batch.task_table.records import UnusableTableError

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts


@given(
    rows=st.lists(st.dictionaries(texts.map(lambda name: f"x{name}"), values, min_size=1), max_size=5), ascii_only=st.booleans()
)
def test_what_is_written_comes_back(rows: list[dict[str, Any]], ascii_only: bool) -> None:
    """Of its own type each."""
    lines = [json.dumps(row, ensure_ascii=ascii_only) for row in rows]

    assert lines == [json.dumps(dict(each.cells), ensure_ascii=ascii_only) for each in jsonl_records("\n".join(lines).encode())]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"{", "this is no JSON"),
        (b'{"file": NaN}', "this is no JSON"),
        (b'{"n": 1' + b"0" * 5000 + b"}", "this is no JSON"),
        (b"[" * 100_000, "this is no JSON"),
        (b'["a.pdf"]', 'this is no JSON object, such as {"file": "…"}'),
        ('{"file": "План"}'.encode("cp1251"), "the text is not UTF-8: save the file in this encoding"),
        (b'{"file": "a.pdf", "tags": ["x"]}', "'tags' holds what is no text, number, true, false or null"),
        (b'{"file": "a.pdf", "n": 1e999}', "'n' holds what is no text, number"),
        (b'{"file": "a.pdf", "question": "\\ud800"}', "'question' holds what is no text"),
        (b'{"file": "a.pdf", "file": "b.pdf"}', "there are two columns 'file'"),
        (b'{"file": "a.pdf", "FILE": "b.pdf"}', "there are two columns 'file'"),
    ],
)
def test_a_line_says_what_is_wrong_with_it(line: bytes, expected: str) -> None:
    """The lines around it are read, so that all of these are told at once."""
    first, odd, last = jsonl_records(b'\xef\xbb\xbf{"file": "a.pdf"}\r\n\n' + line + b'\n{"file": "c.pdf"}')

    assert ({"file": "a.pdf"}, {"file": "c.pdf"}, 4) == (first.cells, last.cells, last.number)
    assert str(odd.problem).startswith(expected)


def test_there_is_an_end_to_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the other tables."""
    monkeypatch.setattr("aizoomdoc_client.batch.task_table.jsonl_records.MOST_ROWS", 2)

    with pytest.raises(UnusableTableError, match="more than 2 rows"):
        list(jsonl_records(b"{}\n" * 3))
