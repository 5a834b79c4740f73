"""Steps of a unit, each one request or answer, and their observations: values that can be sent to another process."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from pathlib import Path

import attrs

from ..answer import Answer
from ..catalog import LocalizedText
from .task import CellValue

__all__ = [
    "Answered",
    "ChatFound",
    "ChatMissing",
    "CreateChat",
    "Failure",
    "Fault",
    "FindChat",
    "FindMessage",
    "MessageFound",
    "MessageMissing",
    "Observation",
    "Post",
    "Read",
    "Step",
    "Unfit",
]


@attrs.frozen
class CreateChat:
    """Makes the chat of an attempt."""

    title: str


@attrs.frozen
class FindChat:
    """Looks for the chat of an attempt, which may or may not have been made."""

    title: str


@attrs.frozen
class Post:
    """Posts the question, or `correction` after an answer that did not fit, to the chat."""

    chat_id: str
    correction: str | None = None


@attrs.frozen
class FindMessage:
    """Looks for a message that may or may not have been stored: the user's first in the chat, or the second."""

    chat_id: str
    number: int = 1


@attrs.frozen
class Read:
    """Reads the answer to a message to its end; one that the server has stored meanwhile is taken from the chat's history."""

    chat_id: str
    message_id: str


Step = CreateChat | FindChat | Post | FindMessage | Read


class Fault(enum.Enum):
    """The cause of a failure, which decides what helps."""

    FINAL = "final"
    """The unit; asking again cannot help: the server refuses the question or the file."""
    OWN = "own"
    """Perhaps the unit; another try may help: the answer failed on the server, or the stream could not be recovered."""
    SERVER = "server"
    """Not the unit: the server is unreachable, busy or limits the rate, or the drive of the unit's file is disconnected."""
    JOB = "job"
    """The whole job; it needs the user: the login was revoked, or a disk is full."""
    WORKER = "worker"
    """The process on another machine that performed the step is gone; another one can continue at once."""


@attrs.frozen
class ChatFound:
    """The chat is there, made now or before."""

    chat_id: str


@attrs.frozen
class ChatMissing:
    """There is no chat of that title."""


@attrs.frozen
class MessageFound:
    """The message is stored, posted now or before."""

    message_id: str


@attrs.frozen
class MessageMissing:
    """The message is not in the chat."""


@attrs.frozen
class Answered:
    """The answer is complete, with the `fields` that were asked for, if any."""

    answer: Answer
    fields: Mapping[str, CellValue] | None = None


@attrs.frozen
class Unfit:
    """The answer is complete and does not have the fields that were asked for; `correction` would ask for them once more."""

    answer: Answer
    correction: str
    problem: LocalizedText


@attrs.frozen
class Failure:
    """The step failed. `is_uncertain` tells that it may have had its effect all the same.

    With `lost` the chat, or the message in it, cannot be used any more: another attempt needs a new chat. With `is_busy` the
    server refuses because it is overloaded; `retry_after` are the seconds after which it allows another request. `away` is the
    folder of the unit's file, if it is missing; with `without_file` the server may have lost the uploaded file.
    """

    fault: Fault
    problem: LocalizedText
    kind: str
    is_uncertain: bool = False
    lost: bool = False
    is_busy: bool = False
    retry_after: float | None = None
    away: Path | None = None
    without_file: bool = False


Observation = ChatFound | ChatMissing | MessageFound | MessageMissing | Answered | Unfit | Failure
