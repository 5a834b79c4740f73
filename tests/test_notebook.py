"""What a notebook shows of answers, messages and lists."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime

import attrs
import pytest

from aizoomdoc_client import Answer, AnswerSource, Chat, ChatHistory, Message, Role, Timings
from aizoomdoc_client.notebook import Listing, as_markdown

QUESTION = Message(id="m", chat_id="c", role="user", content="Где **ВРУ**?", created_at=datetime(2025, 1, 2, 3, 4, tzinfo=UTC))
CHATS = [Chat(id="1", title="a|b"), Chat(id="2", title="c\nd", created_at=datetime(2025, 1, 2, 3, 4, tzinfo=UTC))]


def test_list_is_a_table_of_the_fields_that_have_values() -> None:
    """A row for each model, a column for each field that one of them has; no text breaks out of its cell."""
    assert [
        "| id | title | created\\_at |",
        "| --- | --- | --- |",
        "| 1 | a\\|b |  |",
        "| 2 | c d | 2025-01-02 03:04 |",
    ] == Listing(CHATS)._repr_markdown_().splitlines()


def test_long_list_says_how_much_more_there_is() -> None:
    """A table has at most 100 rows, and its cells at most 60 characters."""
    lines = Listing([Role(id=number, name="x" * 1000) for number in range(250)])._repr_markdown_().splitlines()

    assert (104, "*… 150 more*") == (len(lines), lines[-1])
    assert 100 > max(map(len, lines))


def test_empty_list_says_so() -> None:
    """No table without a row."""
    assert ("*(empty)*", "[]") == (Listing[Chat]()._repr_markdown_(), repr(Listing[Chat]()))


def test_list_is_a_list() -> None:
    """It equals, copies, pickles and slices as the list that it is."""
    listing = Listing(CHATS)

    assert CHATS == listing == copy.deepcopy(listing) == pickle.loads(pickle.dumps(listing))
    assert isinstance(listing, list)
    assert list is type(listing[:1])
    assert json.dumps([1]) == json.dumps(Listing([1]))


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_repr_of_a_list_is_short(count: int) -> None:
    """One line, whatever the number of models."""
    line = repr(Listing([Chat(id="i" * 36, title="t" * 500, description="d" * 500)] * count))

    assert ("[Chat(id='iii", "]", 1) == (line[:13], line[-1], len(line.splitlines()))
    assert 120 >= len(line)


def test_answer_is_its_markdown_with_its_sources() -> None:
    """The text is Markdown already; the places that it rests on follow, each once."""
    sources = (AnswerSource(document="a_b.pdf", page=2), AnswerSource(document="a_b.pdf", page=2), AnswerSource(document="c"))
    answer = Answer(text="**3,3 м**", question=QUESTION, timings=Timings(posted=0.1))

    assert "**3,3 м**" == answer._repr_markdown_()
    with_sources = attrs.evolve(answer, sources=sources)
    assert "**3,3 м**\n\n- a\\_b.pdf, 2\n- c" == with_sources._repr_markdown_()
    with_notes = attrs.evolve(answer, notes=("6 of 7 pages of “a_b.pdf” have no text.",))
    assert "**3,3 м**\n\n*6 of 7 pages of “a\\_b.pdf” have no text.*  " == with_notes._repr_markdown_()


def test_messages_are_shown_with_who_said_them() -> None:
    """A message has its role and time above its text, a history its messages below its title."""
    history = ChatHistory(chat=Chat(id="c", title="В*РУ"), messages=(QUESTION,))

    assert "**user**, 2025-01-02 03:04\n\nГде **ВРУ**?" == QUESTION._repr_markdown_()
    assert f"### В\\*РУ\n\n{QUESTION._repr_markdown_()}" == history._repr_markdown_()


def test_text_is_shown_as_it_is() -> None:
    """What would be markup, HTML or a formula is escaped."""
    assert r"\# \*a\* \<script\> \$x\$ \[l\](u) \`c\` \&amp;" == as_markdown("# *a*\n<script> $x$ [l](u) `c` &amp;")
