"""The errors that responses of an OpenAI-compatible endpoint mean, with what the user can do."""

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
"""Statuses of requests that may succeed a moment later; llama.cpp answers 503 while it loads a model."""

_MODEL = re.compile(r"model", re.IGNORECASE)


class EndpointRefusedError(AnswererError):
    """The endpoint answered with a `status` other than 200."""

    def __init__(self, text: LocalizedText, status: int) -> None:
        super().__init__(text)
        self.status: int = status


def refusal(settings: LLMSettings, model: str, status: int, body: bytes) -> EndpointRefusedError:
    """The error for a response with a status other than 200."""
    return EndpointRefusedError(_sentence(settings, model, status, parse_reason(body)), status)


def is_about_model(body: bytes) -> bool:
    """Whether the body of a 404 says that a model is unknown, and not the path."""
    return bool(_MODEL.search(parse_reason(body)))


def parse_reason(body: bytes) -> str:
    """The reason in the JSON body of an error; empty where there is none, as in a page of HTML."""
    try:
        return reason_of(parse(body))
    except ProtocolError:
        return ""


def reason_of(body: Any) -> str:
    """The reason in a decoded body or chunk, on one line and without credentials; empty where there is none."""
    for _ in range(4):  # proxies nest an error in an error
        if not isinstance(body, Mapping):
            break
        found = cast("Mapping[str, Any]", body)
        body = next((found[name] for name in ("error", "message", "detail", "type", "code") if found.get(name)), "")
    return one_line(body) if isinstance(body, str) else ""


def _sentence(settings: LLMSettings, model: str, status: int, reason: str) -> LocalizedText:
    match status:
        case 401 | 403 if settings.key_env is None:
            return text("llm_key_needed", status=status)
        case 401 | 403:  # the reason is not shown: it may repeat a part of the key
            return text("llm_key_refused", status=status, name=settings.key_env)
        case 404 if _MODEL.search(reason):
            return text("llm_model_unknown", model=model)
        case 404 | 405:
            return text("llm_no_interface", host=settings.host, status=status)
        case _ if status in BUSY:
            return text("llm_busy", status=status, said=reason)
        case _ if status >= 500:
            return text("llm_server_failed", status=status, said=reason)
        case _ if status < 400:  # redirects are not followed, because the key would be sent to another server
            return text("llm_no_interface", host=settings.host, status=status)
        case _:
            return text("llm_request_refused", status=status, said=reason)
