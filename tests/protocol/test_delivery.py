"""Whether a message whose POST failed was stored: the history decides."""

from __future__ import annotations

import attrs
import pytest

from aizoomdoc_client.exceptions import APIConnectionError, DeliveryUnknownError
from aizoomdoc_client.models import ChatHistory, Message
from aizoomdoc_client.protocol.delivery import Delivery, GiveUp, Look, Stored
from tests.protocol.histories import history

LOST = APIConnectionError("The connection was reset", request_sent=True)
OLD = "0b9fd2c6-7a52-4c2b-8e5d-9a4f0f1e2d3c"


def looked(*rows: Message, known: set[str]) -> object:
    """What a look at a history of `rows` decides about the message ``again``."""
    delivery = Delivery("again", known)
    assert isinstance(delivery.failed(LOST), Look)
    return delivery.looked(attrs.evolve(history(), messages=rows))


def message(name: str, role: str = "user") -> Message:
    return Message(id=name, chat_id="chat", role=role, content="again")


@pytest.mark.parametrize("listed", [OLD, OLD.upper(), OLD.replace("-", ""), f"{{{OLD}}}"])
def test_an_older_message_is_not_ours_however_its_id_is_spelled(listed: str) -> None:
    """A server may spell an id otherwise in a history than in the response to a message."""
    assert isinstance(looked(message(listed), known={OLD}), Look)


@pytest.mark.parametrize("role", ["user", "User", "USER"])
def test_ours_is_found_after_the_older_ones(role: str) -> None:
    """It is the only new one with our text."""
    action = looked(message(OLD), message("new", role), known={OLD})

    assert isinstance(action, Stored)
    assert "new" == action.message.id


@pytest.mark.parametrize("role", ["assistant", "tool", "system", ""])
def test_a_row_of_another_role_is_not_ours(role: str) -> None:
    """A note may quote the question."""
    assert isinstance(looked(message("note", role), known=set()), Look)


def test_one_message_that_is_listed_twice_is_ours() -> None:
    """It is not two with the same text."""
    assert isinstance(looked(message("new"), message("new"), known=set()), Stored)


def test_two_messages_with_our_text_cannot_be_told_apart() -> None:
    """The delivery is unknown."""
    action = looked(message("new"), message("newer"), known=set())

    assert isinstance(action, GiveUp)
    assert isinstance(action.error, DeliveryUnknownError)


def test_an_empty_history_is_looked_at_again() -> None:
    """The message may be stored later."""
    delivery = Delivery("again", set())
    delivery.failed(LOST)

    assert isinstance(delivery.looked(ChatHistory(chat=history().chat)), Look)
