"""Streams of events as the bytes that a server sends, made once, before they are sent.

The name of a stream defines it. ``small-10000`` has 10,000 tokens in rounds of `ROUND`, so that each frame stays small although
its `accumulated` is right. ``grow-3000`` is one round, whose `accumulated` grows to the end. ``paced-500`` is a small stream
whose events are sent one by one. ``single-50`` is a small stream whose every event is sent by itself, as models write.
``small-10000-swap`` is written in another of the `LAYOUTS`. ``stamped-10`` is made while it is sent, see `stamped`.
"""

from __future__ import annotations

import functools
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import attrs

from .layouts import LAYOUTS, STAMP, Layout

ROUND = 50
"""Tokens in a round of a ``small`` stream; `accumulated` starts from empty each round, as in follow-up rounds of real answers."""
PARTS, PART_BYTES = 10, 256 * 1024
"""A stream is sent in at least `PARTS` parts of about `PART_BYTES` at the most."""
SYLLABLES = """
а ва ве во да до за и ис ка ко ла ли ма ми на не но об па по ра ро са си со ста та те то ть тра у фи ха ци шу эт ю ями
"""
MARKS = [",", ".", ":", " —", "\n", " «", "»", *(f" {number}" for number in range(100))]
VOCABULARY = 20_000
"""Different pieces of text in all streams: about as many Russian ones as a model's vocabulary has."""

Event = tuple[str, dict[str, Any]]


@attrs.frozen
class Script:
    """A stream: its first event, the rest in parts that end with a frame, and its number of tokens."""

    head: bytes = attrs.field(repr=False)
    parts: tuple[bytes, ...] = attrs.field(repr=False)
    tokens: int


def pieces(count: int) -> Iterator[str]:
    """The texts of `count` tokens, the same ones each time."""
    known = _vocabulary()
    weights = [1 / rank for rank in range(1, len(known) + 1)]  # Zipf's law: few are frequent, most are rare
    return iter(random.Random(count).choices(known, weights, k=count))


@functools.cache
def _vocabulary() -> list[str]:
    """Beginnings of words with the space before them, other parts of words, and marks; the most frequent one first."""
    rng, found = random.Random(1), dict.fromkeys(MARKS)
    while len(found) < VOCABULARY:
        found[rng.choice(("", " ")) + "".join(rng.choices(SYLLABLES.split(), k=rng.randint(1, 3)))] = None
    return sorted(found, key=lambda piece: len(piece) + rng.uniform(0, 20))  # short ones tend to be frequent


def tokens(name: str) -> int:
    """The number of tokens of a stream."""
    return int(name.split("-")[1])


def layout(name: str) -> Layout:
    """How a stream is written."""
    return LAYOUTS["-".join(name.split("-")[2:])]


def events(name: str) -> list[Event]:
    """The events of a stream, as the wire has them."""
    count, written = tokens(name), layout(name)
    per_round = count if name.startswith("grow-") else ROUND
    made: list[Event] = [("processing_started", {"request_id": "r1"})]
    text = ""
    for index, piece in enumerate(written.pieces(pieces(count))):
        text = piece if index % per_round == 0 and written.accumulates else text + piece
        if written.thinks:
            made.append(("llm_thinking", {"content": piece, "accumulated": text}))
        made.append(("llm_token", written.data({"token": piece, "accumulated": text}, index)))
    return [*made, ("llm_final", {"content": text}), ("completed", {"message": "done"})]


@functools.lru_cache(maxsize=16)
def websocket(name: str) -> Script:
    """Text frames, unmasked, as a server sends them."""
    return _script(name, [text_frame(payload) for payload in envelopes(name)])


@functools.lru_cache(maxsize=4)
def paced(name: str) -> tuple[bytes, ...]:
    """Text frames, to be sent one by one."""
    return tuple(text_frame(payload) for payload in envelopes(name))


@functools.lru_cache(maxsize=16)
def eventsource(name: str) -> Script:
    """Server-sent events, each in an HTTP chunk of its own, as uvicorn sends what a handler yields."""
    return _script(name, [chunk(event) for event in server_sent(name)], end=b"0\r\n\r\n")


def stamped(name: str, *, is_websocket: bool) -> Iterator[bytes]:
    """The frames of a stream, each made when it is asked for; each token is that moment, by `time.monotonic_ns`."""
    text = ""
    for kind in ("processing_started", *["llm_token"] * tokens(name), "llm_final", "completed"):
        data: dict[str, Any] = {}
        if kind == "llm_token":
            data = {"token": f"{time.monotonic_ns()} "}
            text += data["token"]
        elif kind == "llm_final":
            data = {"content": text}
        yield text_frame(envelope(kind, data)) if is_websocket else chunk(f"event: {kind}\ndata: {_json(data)}\n\n")
    if not is_websocket:
        yield b"0\r\n\r\n"


def envelopes(name: str) -> list[bytes]:
    """The payloads of a stream's WebSocket messages."""
    return [envelope(*event, layout(name), number) for number, event in enumerate(events(name))]


def server_sent(name: str) -> list[str]:
    """A stream's server-sent events."""
    written = layout(name)
    return [
        f"event: {kind}\n{written.lines(number)}data: {_json(data, written)}\n\n"
        for number, (kind, data) in enumerate(events(name))
    ]


@functools.lru_cache(maxsize=4)
def openai(name: str) -> Script:
    """The same tokens as chunks of an OpenAI chat completion."""
    deltas = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in pieces(tokens(name)))]
    sent = [_json(_openai_chunk(delta, None)) for delta in deltas] + [_json(_openai_chunk({}, "stop")), "[DONE]"]
    return _script(name, [chunk(f"data: {data}\n\n") for data in sent], end=b"0\r\n\r\n")


@functools.lru_cache(maxsize=4)
def anthropic(name: str) -> Script:
    """The same tokens as events of an Anthropic message."""
    sent = [chunk(f"event: {data['type']}\ndata: {_json(data)}\n\n") for data in _anthropic_events(tokens(name))]
    return _script(name, sent, end=b"0\r\n\r\n")


def envelope(kind: str, data: dict[str, Any], written: Layout = LAYOUTS[""], number: int = 0) -> bytes:
    """The payload of a WebSocket message, the `number`-th of its stream."""
    return _json(written.envelope({"event": kind, "data": data, "timestamp": STAMP}, number), written).encode()


def text_frame(payload: bytes) -> bytes:
    """`payload` as one WebSocket text frame of a server (RFC 6455 §5.2)."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes([size]) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def chunk(text: str) -> bytes:
    """`text` as one chunk of a chunked body (RFC 9112 §7.1)."""
    payload = text.encode()
    return b"%x\r\n%s\r\n" % (len(payload), payload)


def _script(name: str, frames: list[bytes], end: bytes = b"") -> Script:
    head, *rest = frames
    rest[-1] += end
    size = max(1, min(len(rest) // PARTS, PART_BYTES * len(rest) // sum(map(len, rest))))
    if name.startswith("single-"):
        size = 1
    parts = tuple(b"".join(rest[start : start + size]) for start in range(0, len(rest), size))
    return Script(head, parts, tokens(name))


def _json(value: Any, written: Layout = LAYOUTS[""]) -> str:
    return json.dumps(value, ensure_ascii=written.ascii)


def _openai_chunk(delta: dict[str, str], finish_reason: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1735689600,
        "model": "gpt-4o",
        "service_tier": "default",
        "system_fingerprint": "fp_1",
        "choices": [choice],
    }


def _anthropic_events(count: int) -> Iterator[dict[str, Any]]:
    usage = {"input_tokens": 10, "output_tokens": 1}
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [],
        "usage": usage,
    }
    yield {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for piece in pieces(count):
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage}
    yield {"type": "message_stop"}
