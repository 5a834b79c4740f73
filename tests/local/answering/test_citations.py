"""Citations of a model, checked and numbered anew."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.local.answering.answerer import Quote
from aizoomdoc_client.local.answering.citations import CitationChecker


def quote(document: str, page: int = 1) -> Quote:
    return Quote(document=document, page=page, heading="", text="x")


PASSAGES = [quote("a.pdf"), quote("b.pdf"), quote("b.pdf"), quote("c.pdf", 7)]


def checked(*deltas: str) -> tuple[str, list[str]]:
    checker = CitationChecker(PASSAGES)
    text = "".join(map(checker.feed, deltas)) + checker.finish()
    return text, [f"{cited.document}:{cited.page}" for cited in checker.cited]


@pytest.mark.parametrize(
    ("said", "shown", "cited"),
    [
        ("Щит [1].", "Щит [1].", ["a.pdf:1"]),
        ("Щит [4], насос [1], щит [4].", "Щит [1], насос [2], щит [1].", ["c.pdf:7", "a.pdf:1"]),
        ("Обе [2][3].", "Обе [1][1].", ["b.pdf:1"]),
        ("[2, 3; 1]", "[1, 2]", ["b.pdf:1", "a.pdf:1"]),
        ("[1-4]", "[1, 2, 3]", ["a.pdf:1", "b.pdf:1", "c.pdf:7"]),
        ("【4†source】 [№ 1] [^2]", "[1] [2] [3]", ["c.pdf:7", "a.pdf:1", "b.pdf:1"]),
        ("[Источник 4] [passage 1 and 2]", "[1] [2, 3]", ["c.pdf:7", "a.pdf:1", "b.pdf:1"]),
        ("Нет [9] и [1, 12].", "Нет [9?] и [1, 12?].", ["a.pdf:1"]),
        ("[0] [900-1]", "[0?] [900?, 1]", ["a.pdf:1"]),
        ('[4]\n```json\n{"floors": [12, 3]}\n```\n[1]', '[1]\n```json\n{"floors": [12, 3]}\n```\n[2]', ["c.pdf:7", "a.pdf:1"]),
        ("- [ ] задача, [x], [2024], [1.5], [], [B1], [текст", "- [ ] задача, [x], [2024], [1.5], [], [B1], [текст", []),
    ],
)
def test_a_citation_is_a_place_that_the_model_was_given(said: str, shown: str, cited: list[str]) -> None:
    """Numbered in the order of the text; a number of no passage is marked, and what is no citation stays."""
    assert (shown, cited) == checked(said)


@given(
    st.lists(
        st.sampled_from(["[1]", "[4]", "[2, 9]", "【3†source】", "[", "]", "слово ", "\n", "[x]", "7", "```", "`"]), max_size=12
    ),
    st.data(),
)
def test_it_does_not_matter_where_deltas_end(parts: list[str], data: st.DataObject) -> None:
    """The text and the citations are those of the text in one piece."""
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    assert checked(text) == checked(*pieces)


@given(st.text(alphabet="[]【】0123456789 ,;-№абв\n", max_size=200))
def test_no_text_is_lost(text: str) -> None:
    """Of whatever stands between and inside of brackets that is no citation, each letter stays."""
    assert re.sub(r"[^абв]", "", text) == re.sub(r"[^абв]", "", checked(text)[0])


def test_text_is_not_held_back_for_long() -> None:
    """An open bracket holds back a line or 60 characters at most."""
    checker = CitationChecker(PASSAGES)

    assert ("a ", "", "[bc\n") == (checker.feed("a ["), checker.feed("bc"), checker.feed("\n"))
    assert len(checker.feed("[" + "x" * 70)) == 71


def test_the_places_cited_are_listed_in_the_language_of_the_question() -> None:
    """By the numbers of the text; numbers of no passage are explained."""
    checker = CitationChecker([quote("План\n этажа.pdf", 3), quote("b.pdf")])
    checker.feed("[2] [1] [7]")

    assert (
        "\n\nИсточники:\n\n- [1] «b.pdf», стр. 1\n- [2] «План этажа.pdf», стр. 3"
        "\n\nНомер с вопросительным знаком: модель ссылается на выдержку, которой у неё не было."
    ) == checker.source_list("ru")
    assert "\n\nSources:\n\n- [1] b.pdf, p. 1\n- [2] План этажа.pdf, p. 3" in checker.source_list("en")


def test_an_answer_without_citations_says_so() -> None:
    """Unless there was nothing to cite."""
    assert "\n\nМодель не указала, на какие места документов опирается ответ." == CitationChecker(PASSAGES).source_list("ru")
    assert "" == CitationChecker([]).source_list("en")
