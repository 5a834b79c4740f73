"""Hypothesis strategies of malformed bytes: valid messages with parts removed, doubled, inserted and cut; and random bytes."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.security.hostile import CHAT, frame

JUNK = [b"\r\n", b"\n", b"\r", b"\x00", b" ", b":", b"\xff\xfe", b"-1", b"9" * 20, b"0x10", "ж".encode(), b"{", b"]"]
noise = st.sampled_from(JUNK) | st.binary(max_size=12)


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


@st.composite
def garbled(draw: st.DrawFn, pieces: st.SearchStrategy[list[bytes]]) -> bytes:
    """The parts of a message with up to three changes."""
    parts = draw(pieces)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(parts)))
        match draw(st.sampled_from(["put in", "leave out", "double", "cut off"])):
            case "put in":
                parts[place:place] = [draw(noise)]
            case "leave out":
                del parts[place : place + 1]
            case "double":
                parts[place:place] = parts[place : place + 2]
            case _:
                parts[place:] = [b"".join(parts[place:])[: draw(st.integers(0, 20))]]
    return b"".join(parts)


# Contents of messages

texts = st.text(max_size=8) | st.sampled_from(["\ud800", "\x1b[2J", "a" * 300, "NaN", "2024-01-01T00:00:00Z"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
EVENTS = ["llm_token", "llm_final", "completed", "error", "queue_position", "phase_started", "image_ready", "llm_thinking", "x"]
FIELDS = ["token", "accumulated", "content", "message", "position", "phase", "url", "parameters", "model", "thinking"]
names = st.sampled_from(EVENTS) | texts
datas = st.dictionaries(st.sampled_from(FIELDS) | texts, texts | values, max_size=4) | values
KNOWN = ["id", "title", "user_id", "created_at", "messages", "chat", "access_token", "expires_in", "user", "filename", "status"]
bodies = st.dictionaries(st.sampled_from(KNOWN) | texts, st.just(CHAT) | values, max_size=6).map(as_json) | values.map(as_json)

# HTTP

STATUS_LINES = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 204 \r\n",
    b"HTTP/1.0 200\r\n",
    b"HTTP/1.1 101 Switching\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 304 X\r\n",
    b"HTTP/1.1 999 X\r\n",
    b"HTTP/2 200\r\n",
    b"HTTP/1.1 -1 X\r\n",
    b"HTTP/1.1 422 X\r\n",
    b"HTTP/1.1 429 X\r\n",
    b"HTTP/1.1 503 X\r\n",
    b"ICY 200 OK\r\n",
]
HEADERS = [
    b"Content-Type: application/json\r\n",
    b"Content-Type: text/html; charset=utf-7\r\n",
    b"Content-Type: ;;;=\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: -5\r\n",
    b"Content-Length: 1_000\r\n",
    b"Content-Length: 18446744073709551616\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: deflate\r\n",
    b"Content-Encoding: br\r\n",
    b"Content-Encoding: zstd\r\n",
    b"Retry-After: nan\r\n",
    b"Retry-After: Fri, 99 Dec 9999 99:99:99 GMT\r\n",
    b"Retry-After: 1e400\r\n",
    b"Date: yesterday\r\n",
    b"Location: http://[::1\r\n",
    b"Set-Cookie: \xff=\x01; Domain=[\r\n",
    b"Connection: upgrade\r\n",
    b"X: a\r\n b\r\n",
    b": no name\r\n",
    b"\xd0\x96: \xff\r\n",
]


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


@st.composite
def heads(draw: st.DrawFn) -> list[bytes]:
    """A status line, headers and the empty line after them."""
    return [draw(st.sampled_from(STATUS_LINES)), *draw(st.lists(st.sampled_from(HEADERS), max_size=4)), b"\r\n"]


@st.composite
def whole_responses(draw: st.DrawFn, body: st.SearchStrategy[bytes], kind: bytes) -> list[bytes]:
    """A valid response: changes to it reach deeper code than random bytes do."""
    content = draw(body)
    if draw(st.booleans()):
        return [b"HTTP/1.1 200 OK\r\n", kind, b"Transfer-Encoding: chunked\r\n", b"\r\n", chunked(content)]
    return [b"HTTP/1.1 200 OK\r\n", kind, b"Content-Length: %d\r\n" % len(content), b"\r\n", content]


@st.composite
def odd_responses(draw: st.DrawFn, body: st.SearchStrategy[bytes]) -> list[bytes]:
    """A response of unusual parts."""
    content = draw(body)
    return [*draw(heads()), draw(st.sampled_from([content, chunked(content)]))]


responses = garbled(odd_responses(bodies) | whole_responses(bodies, HEADERS[0])) | st.binary(max_size=60)

# Server-sent events

STREAM = b"Content-Type: text/event-stream\r\n"


def event_lines(name: str, data: Any) -> list[bytes]:
    return [b"event: ", name.encode("utf-8", "replace"), b"\n", b"data: ", as_json(data), b"\n", b"\n"]


event_bytes = st.lists(st.builds(event_lines, names, datas), max_size=5).map(
    lambda lines: [part for each in lines for part in each]
)
event_streams = garbled(whole_responses(garbled(event_bytes) | st.binary(max_size=60), STREAM))

# WebSocket frames

envelopes = st.builds(lambda name, data: as_json({"event": name, "data": data}), names, datas)
payloads = envelopes | values.map(as_json) | st.binary(max_size=130)
CLOSES = [b"", b"\x03", b"\x03\xe8", b"\x03\xf3\xff", b"\x00\x00", b"\xff\xff", b"\x03\xf0bye", b"\x11\x31", b"\x11\x33"]
frames = (
    st.builds(frame, st.just(1), envelopes)
    | st.builds(frame, st.integers(0, 15), payloads, final=st.booleans(), flags=st.sampled_from([0, 0x40, 0x20, 0x10]))
    | st.builds(frame, st.just(8), st.sampled_from(CLOSES) | st.binary(max_size=130))
    | st.sampled_from(
        [b"\x81\xff\x00", b"\x81\xfe\x00\x05", b"\x81\x7e\x00\x01a", b"\x81\x7f" + b"\xff" * 8, b"\x81\x85abcdhello"]
    )
)
frame_streams = garbled(st.lists(frames, max_size=6)) | st.binary(max_size=60)

# Token files

KEPT = {"access_token": "a", "expires_at": 1.5, "expires_in": 60.0, "refresh_token": "r", "static_token": None}
entries = st.fixed_dictionaries({}, optional={name: st.just(value) | values for name, value in KEPT.items()})
servers = st.fixed_dictionaries({}, optional={"http://localhost": st.fixed_dictionaries({}, optional={"user": entries | values})})
token_files = (
    st.builds(lambda version, kept: as_json({"version": version, "servers": kept}), st.just(1) | values, servers | values)
    | garbled(servers.map(lambda kept: [b'{"version": 1, ', b'"servers": ', as_json(kept), b"}"]))
    | st.binary(max_size=60)
)
