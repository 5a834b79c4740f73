"""What a reader process and the server that started it say to each other: MessagePack, each message after its length.

The order for one document: `ReadDocument`, `Opened`, `GoOn`, any number of `PagesRead` and `PassagesRead`, then `DocumentRead` or
`DocumentUnreadable`.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import msgspec

from ..reading import Reason, UnreadPart
from ..searching.fts_index import IndexedPassage

LENGTH = struct.Struct(">I")


class ReadDocument(msgspec.Struct, tag=True, frozen=True):
    """To the reader: the document to read next, its path as the system has it, and how many of its pages at most.

    With `recognize` False no text of pictures is recognized.
    """

    path: bytes
    name: str
    pages: int
    recognize: bool = True


class GoOn(msgspec.Struct, tag=True, frozen=True):
    """To the reader: read the document that you opened, or leave it where `wanted` is False."""

    wanted: bool


class Opened(msgspec.Struct, tag=True, frozen=True):
    """From the reader: the SHA-256 and the size in bytes of the document."""

    digest: str
    size: int


class PagesRead(msgspec.Struct, tag=True, frozen=True):
    """From the reader: `done` of the document's pages are read.

    Where the text of the next is recognized now, `recognizing_seconds` is the longest time that it may take.
    """

    done: int
    of: int
    recognizing_seconds: float = 0.0


class PassagesRead(msgspec.Struct, tag=True, frozen=True):
    """From the reader: the next passages of the document."""

    passages: tuple[IndexedPassage, ...]


class DocumentRead(msgspec.Struct, tag=True, frozen=True):
    """From the reader: the end of a document that could be read."""

    page_count: int
    unread: tuple[UnreadPart, ...]


class DocumentUnreadable(msgspec.Struct, tag=True, frozen=True):
    """From the reader: the document cannot be read, for this reason.

    `is_unexpected` where the reason is the reader's memory or a fault of its own: that may be otherwise another time.
    """

    reason: Reason
    is_unexpected: bool = False


ToReader = ReadDocument | GoOn
FromReader = Opened | PagesRead | PassagesRead | DocumentRead | DocumentUnreadable

_TO_READER: msgspec.msgpack.Decoder[ToReader] = msgspec.msgpack.Decoder(ToReader)
_FROM_READER: msgspec.msgpack.Decoder[FromReader] = msgspec.msgpack.Decoder(FromReader)


def encoded(message: ToReader | FromReader) -> bytes:
    """The message with its length."""
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body


def decoded(body: bytes) -> FromReader:
    """The message of a reader."""
    return _FROM_READER.decode(body)


def received(stream: BinaryIO) -> ToReader | None:
    """The next message to the reader; None where there will be none."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return _TO_READER.decode(stream.read(LENGTH.unpack(head)[0]))
