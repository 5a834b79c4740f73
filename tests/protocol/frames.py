"""Frames as servers write them, and checks of the decoded events."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from aizoomdoc_client.events import AnswerEvent, AnswerRestarted, LLMToken
from aizoomdoc_client.exceptions import APIError
from aizoomdoc_client.protocol import codec, event_codec
from aizoomdoc_client.protocol.delta_frames import DeltaFrameReader
from aizoomdoc_client.protocol.transcript import Frame, Transcript, parse_raw

MISSING = object()
STAMP = "2025-03-04T05:06:07.123456Z"


@attrs.frozen
class Shape:
    """How a server writes its frames: which transport, ASCII only or raw UTF-8, with or without spaces."""

    sse: bool
    ascii: bool
    spaced: bool

    def __str__(self) -> str:
        return " ".join(
            ("sse" if self.sse else "websocket", "ascii" if self.ascii else "raw", "spaced" if self.spaced else "compact")
        )

    def json(self, value: Any) -> bytes:
        text = json.dumps(value, ensure_ascii=self.ascii, separators=(", ", ": ") if self.spaced else (",", ":"))
        # Raw UTF-8 cannot carry a lone surrogate: such a server escapes it.
        return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text).encode()

    def frame(self, event: str, data: Any) -> Frame:
        if self.sse:
            return b"event: " + event.encode(), b"data: " + self.json(data)
        return self.json({"event": event, "data": data, "timestamp": STAMP})

    def token(self, token: str, accumulated: object = MISSING, **more: Any) -> Frame:
        return self.frame("llm_token", {"token": token} | ({} if accumulated is MISSING else {"accumulated": accumulated}) | more)


SHAPES = [Shape(sse, ascii, spaced) for sse in (False, True) for ascii in (False, True) for spaced in (False, True)]  # noqa: A001 - the name of the field
"""Every way in which a server may write the same frame."""


class SlowTranscript(Transcript):
    """A transcript without any shortcut: the standard library decodes every frame."""

    def take(self, frames: Sequence[Frame], events: list[AnswerEvent]) -> None:
        for frame in frames:
            self._deltas = DeltaFrameReader()
            super().take((frame,), events)

    def _parse(self, frame: Frame) -> event_codec.RawEvent | None:
        return parse_raw(frame, slowly_parsed)


def slowly_parsed(frame: bytes) -> Any:
    """The JSON value of a frame without msgspec."""
    return codec._parse_carefully(frame)


@attrs.define
class Reader:
    """Feeds a transcript and compares its text with the folded events."""

    transcript: Transcript = attrs.field(factory=Transcript)
    folded: str = ""
    events: list[AnswerEvent] = attrs.field(factory=list[AnswerEvent])
    moments: list[tuple[LLMToken, str]] = attrs.field(factory=list[tuple[LLMToken, str]])

    def feed(self, frame: Frame) -> list[AnswerEvent]:
        return self.take(lambda: self.transcript.feed(frame))

    def take(self, call: Callable[[], Iterable[AnswerEvent]]) -> list[AnswerEvent]:
        before, events = self.folded, list(call())
        for event in events:
            if isinstance(event, AnswerRestarted):
                assert 0 <= event.keep < len(self.folded), "a restart cuts something off"
                self.folded = self.folded[: event.keep]
            elif isinstance(event, LLMToken):
                self.folded += event.token
                self.moments.append((event, self.folded))
        self.events += events
        assert self.folded == self.transcript.text, "folding the events gives the text"
        self._nothing_twice(before, events)
        return events

    def _nothing_twice(self, before: str, events: list[AnswerEvent]) -> None:
        for event, following in itertools.pairwise(events):
            if isinstance(event, AnswerRestarted):
                assert isinstance(following, LLMToken)
                assert not following.token or following.token[0] != before[event.keep], "what still held is not given out again"

    def check_moments(self) -> None:
        """Asks every token, last of all, for the text at its own moment."""
        for token, folded in self.moments:
            assert folded == token.accumulated
            assert (token.token, folded) == (token.data["token"], token.data.get("accumulated", folded))


def outcomes(transcript: Transcript, frames: Iterable[Frame]) -> list[object]:
    """The events of each frame with their data and times, or the text of its error."""
    results = list[object]()
    for frame in frames:
        try:
            results.append([(event, event.data, event.timestamp) for event in transcript.feed(frame)])
        except APIError as error:
            results.append(str(error))
    return results
