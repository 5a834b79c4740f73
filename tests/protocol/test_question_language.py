"""The language that a question is answered in."""

from __future__ import annotations

import pytest

from aizoomdoc_client.protocol.question_language import language_of


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Где стоит щит ВРУ-1?", "ru"),
        ("Какой насос Grundfos UPS 25-60?", "ru"),
        ("DN50", "ru"),
        ("P1?", "ru"),
        ("???", "ru"),
        ("", "ru"),
        ("Where is it?", "en"),
        ("What is ВРУ-1 made of?", "en"),
        ("Where is вентиляция mentioned?", "en"),
        ("HEIGHT", "en"),
    ],
)
def test_the_words_of_a_question_tell_its_language(question: str, language: str) -> None:
    """Not its codes; where they do not tell, it is Russian."""
    assert language == language_of(question)
