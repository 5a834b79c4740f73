"""Decoding of `llm_token` frames that cannot be predicted, because something else in them varies: many at once.

A frame is decoded as JSON; if its text continues the draft, it makes the next event. Any other frame is left to
`Transcript`, which decodes frames one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..events import AnswerEvent, LLMToken
from ..exceptions import ProtocolError
from .delta_frames import TextlessDecoder, in_order
from .frame_layout import SSE
from .run_text import RunText

_UNUSUAL = (ProtocolError, LookupError, TypeError, AttributeError)
"""What decoding raises for a frame that is no token of the documented layout."""
_OPTIONAL = frozenset({str, type(None)})


def read(
    frames: Sequence[bytes],
    parse: Callable[[bytes], Any],
    run: RunText,
    events: list[AnswerEvent],
    decode_textless: TextlessDecoder,
) -> int:
    """How many of the first `frames` continue the draft; `run` takes their deltas, and their events are appended to `events`.

    Frames between them that `decode_textless` decodes count, too.
    """
    if run.length is not None or run.held:
        return 0
    deltas, models, times, sent = list[str](), list[str | None](), list[str | None](), list[dict[str, Any]]()
    others, text = list[tuple[int, AnswerEvent]](), None
    for frame in frames:
        try:
            is_sse = frame[:6] == SSE and b"\n" not in frame
            data, time = (parse(frame[6:]), None) if is_sse else _open_envelope(frame, parse)
            delta, accumulated, model = data["token"], data.get("accumulated"), data.get("model")
        except _UNUSUAL:
            other = decode_textless(len(deltas) + len(others))
            if other is None:
                break
            others.append((len(deltas), other))
            continue
        if type(delta) is not str or type(accumulated) not in _OPTIONAL or type(model) not in _OPTIONAL or "synthetic" in data:
            break
        if accumulated is not None:
            text = text if deltas else run.draft.text()
            if text is None or not accumulated.startswith(text):
                break
            delta = accumulated[len(text) :]
        if delta.endswith("\\"):  # it may be half of an escape, which `RunText` holds back
            break
        text = accumulated
        deltas.append(delta)
        models.append(model)
        times.append(time)
        sent.append(data)
    made = LLMToken.series(run.draft, deltas, models, times, sent)
    if deltas and text is not None:
        run.draft.remember_joined(text)
    events += in_order(made, others) if others else made
    return len(deltas) + len(others)


def _open_envelope(frame: bytes, parse: Callable[[bytes], Any]) -> tuple[dict[str, Any], str | None]:
    """The data and the time of a token in its envelope; raises one of `_UNUSUAL` for anything else."""
    if frame[:1] != b"{":
        raise LookupError
    envelope = parse(frame)
    if envelope["event"] != "llm_token":
        raise LookupError
    time = envelope.get("timestamp")
    return envelope["data"], time if type(time) is str else None
