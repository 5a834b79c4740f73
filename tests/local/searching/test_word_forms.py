"""The forms of words that the dictionary has."""

from __future__ import annotations

import pytest

from aizoomdoc_client.local.searching import word_forms
from aizoomdoc_client.local.searching.word_forms import word_terms

_WORDS = """
стали ели мыла вру вентиляции окон кровель жила банки печь три шум ёж елка насосов ГОСТы согласно вследствие пила
"""


@pytest.mark.parametrize("word", _WORDS.split())
def test_a_word_is_found_by_its_nouns_and_its_likeliest_form(word: str) -> None:
    """As all readings of the dictionary give them, in the order of how likely they are, also where one look there is enough."""
    folded = word.lower().replace("ё", "е")
    parses = word_forms._dictionary().parse(folded)
    forms = [*(parse.normal_form for parse in parses if "NOUN" in parse.tag), parses[0].normal_form][:3]
    stem = word_forms._stemmer("russian")
    assert word_terms(word) == tuple(dict.fromkeys(stem(form.replace("ё", "е")) for form in forms))


def test_words_have_one_form_and_several() -> None:
    """So that the words above are of both kinds."""
    assert {len(word_terms(word)) for word in _WORDS.split()} >= {1, 2}
