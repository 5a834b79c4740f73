"""Questions and answers as attributes of spans, where a program asks for them."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from typing import Any

from ..hooks import AnswerTexts
from .attributes import Attributes

_logger = logging.getLogger(__package__)

VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""By which instrumentations of generative AI are asked for the content of messages; older ones know ``true`` and ``false``."""
_IN_SPANS = frozenset({"true", "span_only", "span_and_event"})
_ELSEWHERE_OR_NOWHERE = frozenset({"", "false", "no_content", "event_only"})
_FINISH_REASONS: Mapping[str, str] = {"completed": "stop", "failed": "error"}


def is_wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment asks for content in spans; a value that is unknown is logged, and asks for none."""
    value = environ.get(VARIABLE, "").strip().lower()
    if value not in _IN_SPANS | _ELSEWHERE_OR_NOWHERE:
        _logger.warning("%s is neither NO_CONTENT nor SPAN_ONLY, SPAN_AND_EVENT or true: spans have no content", VARIABLE)
    return value in _IN_SPANS


def messages(texts: AnswerTexts) -> Attributes:
    """Question and answer by the conventions' schemas, as JSON, which they want where attributes have no structure."""
    found: Attributes = {}
    if texts.question is not None:
        found["gen_ai.input.messages"] = _as_json({"role": "user", "parts": _text(texts.question)})
    if texts.text:
        reason = _FINISH_REASONS.get(texts.ended.outcome, texts.ended.outcome)
        found["gen_ai.output.messages"] = _as_json({"role": "assistant", "parts": _text(texts.text), "finish_reason": reason})
    return found


def _text(content: str) -> list[dict[str, str]]:
    return [{"type": "text", "content": content}]


def _as_json(message: dict[str, Any]) -> str:
    return json.dumps([message], ensure_ascii=False, separators=(",", ":"))
