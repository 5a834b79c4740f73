"""The files of the page: nothing in them that a strict policy forbids, both languages, and where what is copied comes from."""

from __future__ import annotations

import re

from aizoomdoc_client.page import FOLDER
from aizoomdoc_client.relay.error_codes import _CODES


def test_page_has_no_inline_scripts() -> None:
    """Its files have neither scripts, styles nor handlers in HTML, and are loaded from the page's own place."""
    html = (FOLDER / "index.html").read_text("utf-8")
    assert "<style" not in html
    assert " style=" not in html
    assert " on" not in html.replace(" on ", "")
    assert html.count("<script") == html.count('<script type="module" src="page/')
    for path in FOLDER.glob("*.*"):
        assert "http://" not in path.read_text("utf-8").replace("http://www.w3.org/2000/svg", ""), path


def test_library_has_its_licence() -> None:
    """What is copied says where it is from, and under which licence."""
    licences = (FOLDER / "vendor/LICENSES.txt").read_text("utf-8")
    version = (FOLDER / "vendor/markdown-it.esm.min.js").read_text("utf-8").partition("markdown-it ")[2].split()[0]
    assert f"markdown-it {version}" in licences
    assert "Vitaly Puzrin" in licences
    assert {path.name for path in (FOLDER / "vendor").iterdir()} == {"LICENSES.txt", "markdown-it.esm.min.js"}


def test_both_languages_say_the_same() -> None:
    """Each text is there in Russian and English, and every code of an error has one."""
    text = re.sub(r'"[^"\n]*"|`[^`]*`', "_", (FOLDER / "texts.js").read_text("utf-8"))
    english, russian = text.partition("\n  ru: {")[::2]
    keys = re.compile(r"(?<![\w.])([a-z_A-Z]+):(?= |$)", re.MULTILINE)
    russian = russian.partition("\n};")[0]
    assert [*keys.findall(english.partition("en: {")[2])] == [*keys.findall(russian)]
    assert {code for _, code in _CODES} | {"internal"} <= set(keys.findall(russian))
    used = set(re.findall(r'data-text="(\w+)"', (FOLDER / "index.html").read_text("utf-8")))
    assert used <= set(keys.findall(russian))
