"""Decodes the chunks of a chat completion, in the variants that OpenAI-compatible servers send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import attrs

from ...catalog import text
from ...exceptions import ProtocolError
from ...protocol.codec import parse
from .answerer import AnswererError, Delta
from .endpoint_errors import reason_of

_DONE = b"[DONE]"
_THINK, _END_OF_THINKING = "<think>", "</think>"


@attrs.frozen
class Chunk:
    """The deltas of a chunk, and in the last one the reason why the model finished."""

    deltas: tuple[Delta, ...] = ()
    finish_reason: str | None = None


def chunks(event: tuple[bytes, bytes]) -> Iterator[Chunk]:
    """The chunks of a server-sent event, given as name and data; raises as `chunk` does."""
    name, data = event
    for line in data.split(b"\n"):  # some servers leave out the empty line between two events
        if line.strip() == _DONE:
            yield Chunk(finish_reason="stop")
        elif line.strip():
            yield chunk(line, is_error=name == b"error")


def chunk(data: bytes, *, is_error: bool = False) -> Chunk:
    """The chunk, or whole completion, that is encoded as JSON in `data`.

    Raises `AnswererError` where it reports an error, and `ProtocolError` where it is no JSON object.
    """
    body = parse(data)
    if not isinstance(body, Mapping):
        raise ProtocolError(text("llm_failed", said=""))
    fields = cast("Mapping[str, Any]", body)
    choices = fields.get("choices")
    if is_error or fields.get("error") or (choices is None and reason_of(fields)):
        raise AnswererError(text("llm_failed", said=reason_of(fields)))
    # The last chunk, with the numbers of tokens used, has no choices; a choice without an index is the first.
    first = [choice for choice in _mappings(choices) if not choice.get("index")]
    return _choice(first[0]) if first else Chunk()


def _choice(choice: Mapping[str, Any]) -> Chunk:
    message = _mapping(choice.get("delta") or choice.get("message"))
    # DeepSeek and vLLM say `reasoning_content`, Ollama and OpenRouter `reasoning`, some say both.
    thinking = _text(message.get("reasoning_content")) or _text(message.get("reasoning"))
    deltas = (Delta(thinking, thinking=True), Delta(_text(message.get("content")) or _text(message.get("refusal"))))
    reason = choice.get("finish_reason")
    return Chunk(tuple(delta for delta in deltas if delta.text), reason if isinstance(reason, str) and reason else None)


def _text(content: Any) -> str:
    """The text of a delta, which may be divided into parts."""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in _mappings(content) if isinstance(part.get("text"), str))


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [_mapping(item) for item in cast("Sequence[Any]", value)]


class ThinkTags:
    """Separates the thinking that models without a field for it write between ``<think>`` and ``</think>`` before the answer."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "start"

    def feed(self, delta: Delta) -> Iterator[Delta]:
        """The deltas that are known by now to be thinking or answer; what may be a part of a tag is held back."""
        if delta.thinking or self._state == "answer":
            yield delta
            return
        self._held += delta.text
        if self._state == "start":
            start = self._held.lstrip()
            if _THINK.startswith(start[: len(_THINK)]) and len(start) < len(_THINK):
                return
            self._state = "thinking" if start.startswith(_THINK) else "answer"
            self._held = start.removeprefix(_THINK) if self._state == "thinking" else self._held
        if self._state == "thinking":
            yield from self._thinking()
        else:
            yield from self.finish()

    def finish(self) -> Iterator[Delta]:
        """The text that is still held back, at the end of the stream."""
        rest, self._held = self._held, ""
        if rest:
            yield Delta(rest, thinking=self._state == "thinking")

    def _thinking(self) -> Iterator[Delta]:
        thinking, end, answer = self._held.partition(_END_OF_THINKING)
        if end:
            self._state, self._held = "answer", answer.lstrip()
        else:
            cut = next((n for n in range(len(_END_OF_THINKING) - 1, 0, -1) if thinking.endswith(_END_OF_THINKING[:n])), 0)
            thinking, self._held = thinking[: len(thinking) - cut], thinking[len(thinking) - cut :]
        if thinking:
            yield Delta(thinking, thinking=True)
        if end:
            yield from self.finish()
