"""The names of attributes, and what details say under them.

Those with ``gen_ai.``, ``http.``, ``server.``, ``url.`` and ``error.`` are of OpenTelemetry's semantic conventions; they are
written out here because the package that lists them has no stable release.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..hooks import AnswerEnded, AnswerStarted, RequestEnded, RequestStarted, TokenRefreshed

Attributes = dict[str, str | bool | int | float]

CHAT = "chat"
"""The conventions' name of the operation, and of its span."""
_PORTS: Mapping[str, int] = {"http": 80, "https": 443}


@functools.lru_cache(maxsize=64)
def _server(url: str) -> Mapping[str, str | int]:
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme)
    address: Mapping[str, str | int] = {"server.address": parts.hostname or ""}
    return address if port is None else {**address, "server.port": port}


def server(url: str) -> Attributes:
    """Host and port."""
    return {**_server(url)}


def error_type(ended: AnswerEnded | RequestEnded | TokenRefreshed) -> str | None:
    """Why something did not complete, None if it did: the code of its error, never the text, which may quote what was sent.

    ``_OTHER`` is the conventions' word for an error without a known type, such as one that the program's own code raised.
    """
    if ended.outcome == "completed":
        return None
    if ended.error is not None:
        return ended.error.code
    return "cancelled" if ended.outcome == "cancelled" else "_OTHER"


def operation(answer: AnswerStarted) -> Attributes:
    """What metrics of answers are grouped by."""
    return {"gen_ai.operation.name": CHAT, "gen_ai.provider.name": "aizoomdoc", **server(answer.server_url)}


def answer_start(answer: AnswerStarted) -> Attributes:
    """What is known of an answer before it comes."""
    return {
        **operation(answer),
        "gen_ai.conversation.id": answer.chat_id,
        "gen_ai.request.stream": True,
        "aizoomdoc.answer.resumed": answer.is_resumed,
    }


def answer_group(ended: AnswerEnded) -> Attributes:
    """What metrics of answers that have ended are grouped by."""
    group = operation(ended.answer)
    if ended.model:
        group["gen_ai.response.model"] = ended.model
    if (error := error_type(ended)) is not None:
        group["error.type"] = error
    return group


def answer_end(ended: AnswerEnded) -> Attributes:
    """What is known of an answer at its end."""
    known: dict[str, str | bool | int | float | None] = {
        "gen_ai.response.id": ended.message_id,
        "gen_ai.response.model": ended.model,
        "gen_ai.response.time_to_first_chunk": ended.first_text,
        "aizoomdoc.answer.time_to_first_event": ended.first_event,
        "aizoomdoc.answer.queue_wait": ended.queued,
        "aizoomdoc.answer.reruns": ended.reruns,
        "aizoomdoc.answer.restarts": ended.restarts,
        "aizoomdoc.answer.outcome": ended.outcome,
        "aizoomdoc.question.id": ended.question_id,
        "aizoomdoc.request.id": ended.request_id,
        "aizoomdoc.stream.transport": ended.transport,
        "error.type": error_type(ended),
    }
    return {name: value for name, value in known.items() if value is not None}


def request_start(request: RequestStarted) -> Attributes:
    """What is known of a request before its response; of its path the template, in which ``{id}`` stands for each id."""
    return {"http.request.method": request.method, "url.template": request.route, **server(request.server_url)}


def request_group(ended: RequestEnded) -> Attributes:
    """What metrics of requests are grouped by."""
    group = request_start(ended.request)
    if ended.status_code is not None:
        group["http.response.status_code"] = ended.status_code
    if (error := _request_error_type(ended)) is not None:
        group["error.type"] = error
    return group


def request_end(ended: RequestEnded) -> Attributes:
    """What is known of a request at its end."""
    known: dict[str, str | bool | int | float | None] = {
        "http.response.status_code": ended.status_code,
        "http.request.resend_count": ended.attempts - 1 or None,
        "http.request.body.size": ended.bytes_sent or None,
        "http.response.body.size": ended.bytes_received or None,
        "aizoomdoc.request.id": ended.request_id,
        "error.type": _request_error_type(ended),
    }
    return {name: value for name, value in known.items() if value is not None}


def _request_error_type(ended: RequestEnded) -> str | None:
    """As `error_type`, but the status as text, as the conventions for HTTP have it, where a status is the error."""
    error = error_type(ended)
    is_status = ended.status_code is not None and ended.status_code >= 400
    return str(ended.status_code) if error is not None and is_status else error
