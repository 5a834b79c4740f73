"""The JSON in a reply."""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.structured.extraction import MOST_CHARACTERS, json_values
from aizoomdoc_client.structured.scalars import UnfitValueError

BLOCK = '```json\n{"a": 1}\n```'


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('Вот ответ:\n{"a": 1.10}\nИсточники: [1]', [{"a": Decimal("1.10")}, [1]]),
        (f"Вот ответ {{черновик}} [2]:\n{BLOCK}\nНа листе [3].", [{"a": 1}]),
        ('~~~\n{"a": 1}\n~~~', [{"a": 1}]),
        ('Ответ: ```json\n{"a": 1}\n```', [{"a": 1}]),
        ('```json {"a": 1} ```', [{"a": 1}]),
        ('```json\n{"a": "```"}\n```', [{"a": "```"}]),
        ('```json\r\n{"a": "x\u2028y"}\r\n```', [{"a": "x\u2028y"}]),
        ('```python\nprint()\n```\n{"a": 1}', [{"a": 1}]),
        ('```json\n{"a": 1}', [{"a": 1}]),
        (r'$\frac{a}{b}$ {"a": 1}', [{"a": 1}]),
        ('{"a": 1, "a": 1}', [{"a": 1}]),
        ('{"a": 1} {"a": 2}', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1}]', [[{"a": 1}]]),
    ],
)
def test_json_is_found_with_text_around_it(reply: str, expected: list[Any]) -> None:
    """Fenced blocks count before what stands bare."""
    assert expected == json_values(reply)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("", "reply_without_json"),
        ("Высота 3,3 м.", "reply_without_json"),
        ('{"a": 1', "reply_not_json"),
        ('{"a": {"b": 1}, "c": {"b": 2', "reply_not_json"),
        ("{'a': {\"b\": 1}}", "reply_not_json"),
        ('{a: {"b": 1}}', "reply_not_json"),
        ('{“a”: {"b": 1}}', "reply_not_json"),
        ('[{"a": 1}, {"a"', "reply_not_json"),
        ('{"a": 1,}', "reply_not_json"),
        ('{"a": NaN}', "unfit_value"),
        ('{"a": 1e9999999999999999999}', "unfit_value"),
        ('{"a": -1.5e-9999999999999999999}', "unfit_value"),
        ('{"a": ' + "9" * 5000 + "}", "unfit_value"),
        ('{"a": 1, "a": 2}', "reply_repeats_name"),
        (r'{"a": "\ud800"}', "reply_half_character"),
        ('{"a":' * 50 + "1" + "}" * 50, "reply_too_deep"),
        ('{"a":' * 100_000, "reply_too_deep"),
        ("{x} " * 300, "reply_of_several"),
        ("x" * (MOST_CHARACTERS + 1), "reply_too_long"),
    ],
)
def test_what_is_broken_is_refused_and_not_mended(reply: str, code: str) -> None:
    """An object within a broken one is not the answer either."""
    with pytest.raises(UnfitValueError) as caught:
        json_values(reply)

    assert code == caught.value.problem.code


def test_broken_json_is_told_in_russian_without_what_python_says_in_english() -> None:
    """It is shown to people, in the results of a job, too."""
    with pytest.raises(UnfitValueError) as caught:
        json_values('{"a": 1 2}')

    assert "JSON в нём испорчен: ошибка в символе 9" == caught.value.problem.render("ru")


@pytest.mark.parametrize("piece", ["```x\n", "{", "[", '{"', '{"a":', "[[", '"', "`", "~~~\n", "{ ", " ", "```json\n{\n", "\\"])
def test_the_time_grows_with_the_size_only(piece: str) -> None:
    """A reply of a megabyte takes no longer than two seconds, whatever is repeated in it."""
    began = time.process_time()
    with pytest.raises(UnfitValueError):
        json_values((piece * MOST_CHARACTERS)[:MOST_CHARACTERS])

    assert time.process_time() - began < 2


@given(reply=st.text(st.sampled_from('{}[]"\\:,`~\n aju13.-e9' + "\ud800“")))
def test_hostile_replies_are_taken_or_refused(reply: str) -> None:
    """Never another error."""
    with contextlib.suppress(UnfitValueError):
        assert json_values(reply)
