"""Redaction of foreign texts in errors."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.protocol.redaction import excerpt, one_line

HEX = "0123456789abcdef" * 3


@pytest.mark.parametrize(
    "body",
    [
        b"canary" * 1000,
        b'{"static_token": "canary"',
        b"{'access_token': 'canary' ",
        b"Authorization: Bearer canary",
        b"password=canary&x",
        b"x" * 10 + b" " * 150 + HEX.encode(),
        b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIi",
        b"A" * 3980 + b" canary0123456789canary",
    ],
)
def test_excerpt_masks_what_looks_like_a_token(body: bytes) -> None:
    """Runs without spaces, values of telling names, web tokens, also where the excerpt cuts them."""
    shown = excerpt(body)

    assert not any(secret in shown for secret in ("canary", "01234567", "eyJ"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ""),
        (b"Internal Server Error", "Internal Server Error"),
        ("Ошибка сервера".encode(), "Ошибка сервера"),
        (b"a\nb\x00\x1b[31m", r"a\nb\x00\x1b[31m"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("\u202eabc".encode(), r"\u202eabc"),
        (b"x " * 200, ("x " * 200)[:199] + "…"),
        (b"\x00" * 200, ("\\x00" * 50)[:199] + "…"),
    ],
)
def test_excerpt_is_the_beginning_made_printable(body: bytes, expected: str) -> None:
    """Readable text stays readable, the rest is escaped, and 200 characters are the most."""
    assert expected == excerpt(body)


@given(st.binary(max_size=600) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_excerpt_is_printable_and_short(body: bytes) -> None:
    """Whatever the bytes, at most 200 characters that a terminal can show."""
    shown = excerpt(body)

    assert len(shown) <= 200
    assert shown.isprintable()


@given(st.text() | st.text(st.characters(codec=None), min_size=250, max_size=700))
def test_line_is_printable_and_short(text: str) -> None:
    """Whatever the text, one line of at most 300 characters that a terminal can show."""
    line = one_line(text)

    assert len(line) <= 300
    assert line.isprintable()
    assert line == line.strip()
