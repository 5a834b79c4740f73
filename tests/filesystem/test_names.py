"""File names from untrusted sources are cleaned."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.filesystem.names import clean_filename, is_clean, numbered_filename, visible_name

UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f<>:"/\\\\|?*\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    "conin$",
    "conout$",
    *(f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"),
}


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Docs\\План.pdf", "План.pdf"),
        ("a\r\nb\0.txt", "ab.txt"),
        ("..", ""),
        (".", ""),
        ("dir/", ""),
        (" \t", ""),
        ("\ud800.txt", ".txt"),
        (" a:b?.txt\u3000", "a:b?.txt"),
        ("x" * 300, "x" * 300),
    ],
)
def test_a_hostile_name_is_reduced_to_its_last_component(name: str, clean: str) -> None:
    """By the rules of POSIX and of Windows; unsafe characters are removed, and all others stay."""
    assert clean == clean_filename(name, replacement="")


@pytest.mark.parametrize(
    ("name", "visible"),
    [
        ("План №1.pdf", "План №1.pdf"),
        ("план\udcff.pdf", r"план\xff.pdf"),
        ("a\nb\x1b[2J\x7f\x85\ud800", r"a\x0ab\x1b[2J\x7f\u0085\ud800"),
        (r"a\b", r"a\b"),
        ("a\\b\n", r"a\\b\x0a"),
        (r"план\xff.pdf", r"план\\xff.pdf"),
    ],
)
def test_a_name_that_cannot_be_shown_is_escaped(name: str, visible: str) -> None:
    """Bytes that are no UTF-8, control characters and halves of characters; another name that looks so, too."""
    assert visible == visible_name(name)


ODD_NAMES = st.text(st.sampled_from(["\\", "x", "f", "\udcff", "\xff", "\n", "0", "a", "u", "d", "\ud800"]), max_size=8)


@given(ODD_NAMES, ODD_NAMES)
def test_different_names_stay_different(one: str, other: str) -> None:
    """What is shown stands for one name only, and harms neither JSON nor a terminal."""
    assert (one == other) == (visible_name(one) == visible_name(other))
    assert is_clean(visible_name(one))


def test_unsafe_characters_are_replaced() -> None:
    """Each control character and lone surrogate becomes the replacement."""
    assert "a__b_[2J_.pdf" == clean_filename("a\r\nb\x1b[2J\ud800.pdf")


@pytest.mark.parametrize("char", ["\0", "\n", "\x1b", "\x7f", "\x85", "\ud800"])
def test_a_name_with_a_control_character_or_a_lone_surrogate_is_not_clean(char: str) -> None:
    """A single such character anywhere makes a name unclean."""
    assert (False, False) == (is_clean(f"a{char}b"), is_clean(char))


@pytest.mark.parametrize("name", ["План этажа №1.pdf", "a;b 🏗.txt", "", "\u00a0\u200d"])
def test_every_other_name_is_clean(name: str) -> None:
    """Names in any script are clean."""
    assert is_clean(name)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("План этажа №1.pdf", "План этажа №1.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\win.ini", "win.ini"),
        ("a:b.txt", "a_b.txt"),
        ("file.txt:stream", "file.txt_stream"),
        ("..", ""),
        (".", ""),
        ("", ""),
        ("   ", ""),
        (".bashrc", "bashrc"),
        ("trailing. . ", "trailing"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com1.pdf", "_com1.pdf"),
        ("a\x00b\nc\x1b[2J.pdf", "a_b_c_[2J.pdf"),
        ("evil\u202efdp.exe", "evil_fdp.exe"),
        ('<>:"|?*.pdf', "_______.pdf"),
        ("a/b", "b"),
        ("\ud800.pdf", "_.pdf"),
        ("con .txt", "_con .txt"),
        ("CONIN$", "_CONIN$"),
        ("LPT\u00b9.pdf", "_LPT\u00b9.pdf"),
        ("clock$.log", "_clock$.log"),
        ("\u061cfdp\u2028.exe", "_fdp_.exe"),
        ("\\\\server\\share\\план.pdf", "план.pdf"),
        ("CON", "_CON"),
        ("console.txt", "console.txt"),
        ("x" * 199 + " y", "x" * 199),
        ("con" + " " * 200 + "y", "_con"),
        ("con" + "x" * 200 + ".pdf", "con" + "x" * 193 + ".pdf"),
    ],
)
def test_a_hostile_name_is_made_portable(name: str, safe: str) -> None:
    """The result is one path component with the same meaning on POSIX and Windows, without controls or direction marks."""
    assert safe == clean_filename(name, portable=True)


@given(st.text() | st.text(st.sampled_from("/\\:.. \x00\x1b\x85\u202e\u2066\ud800conCON1$ж"), max_size=12))
def test_any_name_is_made_portable(name: str) -> None:
    """The result has no separator, no forbidden or invisible character, is no Windows device, and is not changed again."""
    safe = clean_filename(name, portable=True)

    assert (safe, 0) == (clean_filename(safe, portable=True), len(UNSAFE.findall(safe)))
    assert (safe.strip(" ."), True) == (safe, len(safe.encode()) <= 200)
    assert safe.split(".")[0].rstrip().casefold() not in DEVICES


@pytest.mark.parametrize("name", ["ж" * 500 + ".pdf", "x" * 500, "x." + "y" * 500, ".pdf" * 200])
def test_a_long_name_fits_every_file_system(name: str) -> None:
    """A long name is cut to at most 200 bytes, and not to an empty one."""
    assert 0 < len(clean_filename(name, portable=True).encode()) <= 200


@pytest.mark.parametrize("portable", [False, True])
def test_letters_are_composed(portable: bool) -> None:
    """A name as macOS gives it, letters and marks apart, is composed, as servers and searches have it."""
    assert "Чертёж й.pdf" == clean_filename("Черте\u0308ж и\u0306.pdf", portable=portable)
    assert "Журнал ё.pdf" == clean_filename("Журнал е\u0308.pdf", portable=portable)


@pytest.mark.parametrize(
    ("name", "numbered"),
    [
        ("План.pdf", "План (2).pdf"),
        ("план", "план (2)"),
        ("a.tar.gz", "a.tar (2).gz"),
        ("x" * 196 + ".pdf", "x" * 192 + " (2).pdf"),
        ("ж" * 120 + ".pdf", "ж" * 118 + " (2).pdf"),
        ("x." + "y" * 300, " (2)." + "y" * 300),
        ("\udcff.pdf", "\udcff (2).pdf"),
    ],
)
def test_a_number_stands_before_the_suffix(name: str, numbered: str) -> None:
    """It makes no name longer than 200 bytes, and none longer than it is."""
    assert numbered == numbered_filename(name, 2)
