"""The recorded exchanges as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs


@attrs.frozen
class Exchange:
    """One request and its response; `authorization` is None, ``bearer`` for a valid token of the user, or a header's text."""

    name: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    authorization: str | None
    sent: Mapping[str, Any] = attrs.field(repr=False)
    status: int
    content_type: str
    body: Any = attrs.field(repr=False)

    @classmethod
    def of(cls, line: str) -> Exchange:
        entry = json.loads(line)
        request, response = entry["request"], entry["response"]
        url = urlsplit(request["path"])
        return cls(
            name=entry["name"],
            method=request["method"],
            path=url.path,
            query=tuple(parse_qsl(url.query, keep_blank_values=True)),
            authorization=request["authorization"],
            sent={key: request[key] for key in ("json", "body", "multipart") if key in request},
            status=response["status"],
            content_type=response["content_type"],
            body=response["body"],
        )

    @property
    def is_stream(self) -> bool:
        return self.content_type.startswith("text/event-stream")

    @property
    def chat_id(self) -> str:
        """The id in a path below ``/chats``."""
        return self.path.split("/")[2]

    @property
    def events(self) -> list[tuple[str, Any]]:
        """A stream's events, by name and data."""
        return events_of(self.body)

    @property
    def reply(self) -> bytes:
        """The body as it was sent."""
        return (self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)).encode()


def events_of(text: str) -> list[tuple[str, Any]]:
    """The events of a stream's text, read as servers write them: split on LF only."""
    pairs = (block.split("\n", 1) for block in text.split("\n\n") if block)
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]


_LINES = Path(__file__).with_name("exchanges.jsonl").read_text(encoding="utf-8").rstrip("\n").split("\n")
EXCHANGES: Mapping[str, Exchange] = MappingProxyType({exchange.name: exchange for exchange in map(Exchange.of, _LINES)})
"""All exchanges by name, in the order in which they were made."""


def history_after(stream: str) -> Exchange:
    """The history of a stream's chat, read after its run."""
    return EXCHANGES[f"history after: {stream}"]


def question_of(stream: str) -> Mapping[str, Any]:
    """The message that a stream answers."""
    message: Mapping[str, Any] = history_after(stream).body["messages"][0]
    return message
