"""What a refusal of an OpenAI-compatible endpoint means, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from ...catalog import LocalizedText, text
from ...exceptions import ProtocolError
from ...protocol.codec import parse
from ...protocol.redaction import one_line
from ..llm_settings import LLMSettings
from .answerer import AnswererError

BUSY = frozenset({408, 429, 502, 503, 504, 529})
"""Statuses of requests that may succeed a moment later: 503, too, is what llama.cpp says while it loads a model."""

_UNKNOWN_MODEL = re.compile(r"model", re.IGNORECASE)


class EndpointRefusedError(AnswererError):
    """The endpoint answered with a `status` other than 200; `said` is its reason on one line, without credentials."""

    def __init__(self, text: LocalizedText, status: int, said: str = "") -> None:
        super().__init__(text)
        self.status: int = status
        self.said: str = said


def refusal(settings: LLMSettings, model: str, status: int, body: bytes) -> EndpointRefusedError:
    """The error that a response other than 200 means."""
    said = said_in(body)
    return EndpointRefusedError(_sentence(settings, model, status, said), status, said)


def speaks_of_a_model(body: bytes) -> bool:
    """Whether the body of a 404 says that a model is unknown, and not the path."""
    return bool(_UNKNOWN_MODEL.search(said_in(body)))


def said_in(body: bytes) -> str:
    """The reason that a body gives; empty for a page and for nothing."""
    try:
        return said_by(parse(body))
    except ProtocolError:
        return ""


def said_by(body: Any) -> str:
    """The reason in a decoded body or chunk, in any of the forms that servers use; empty where there is none."""
    for _ in range(4):  # an error in an error, as proxies nest them
        if not isinstance(body, Mapping):
            break
        found = cast("Mapping[str, Any]", body)
        body = next((found[name] for name in ("error", "message", "detail", "type", "code") if found.get(name)), "")
    return one_line(body) if isinstance(body, str) else ""


def _sentence(settings: LLMSettings, model: str, status: int, said: str) -> LocalizedText:
    match status:
        case 401 | 403 if settings.key_env is None:
            return text("llm_key_needed", status=status)
        case 401 | 403:  # not quoted: such a sentence may repeat a part of the key
            return text("llm_key_refused", status=status, name=settings.key_env)
        case 404 if _UNKNOWN_MODEL.search(said):
            return text("llm_model_unknown", model=model)
        case 404 | 405:
            return text("llm_no_interface", host=settings.host, status=status)
        case _ if status in BUSY:
            return text("llm_busy", status=status, said=said)
        case _ if status >= 500:
            return text("llm_server_failed", status=status, said=said)
        case _ if status < 400:  # a redirect is not followed: the key would go where it leads
            return text("llm_no_interface", host=settings.host, status=status)
        case _:
            return text("llm_request_refused", status=status, said=said)
