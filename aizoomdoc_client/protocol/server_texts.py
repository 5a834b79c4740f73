"""Recognises servers' sentences: as texts of the catalogue they have a code and can be shown in both languages.

The English template of such a text is the server's own sentence, or shows it whole as `said`, so that in English users see what
the server said. A sentence that is not recognised stays as it is, under the code ``server_said``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from ..catalog import LocalizedText, pattern, text

__all__ = ["field_problem", "server_text", "status_text"]

_SENTENCES: Sequence[str] = (
    "access_denied",
    "access_token_expired",
    "access_token_missing",
    "account_inactive",
    "body_too_large",
    "chat_not_found",
    "client_not_found",
    "document_not_found",
    "file_content_gone",
    "file_not_found",
    "file_over_limit",
    "file_over_megabytes",
    "file_uri_not_found",
    "host_not_allowed",
    "idempotency_key_reused",
    "message_empty",
    "model_key_missing",
    "model_overloaded",
    "model_quota_exhausted",
    "named_document_not_found",
    "named_file_not_found",
    "named_not_a_document",
    "named_role_not_found",
    "node_not_found",
    "not_a_document",
    "question_not_found",
    "queue_full",
    "queue_timeout",
    "refresh_token_unknown",
    "role_not_found",
    "server_database_busy",
    "server_database_damaged",
    "server_disk_full",
    "server_disk_not_writable",
    "static_token_unknown",
    "too_many_wrong_tokens",
    "websocket_not_implemented",
)
"""The codes of the texts whose English template is the sentence of a server."""

_PHRASES: Mapping[str, str] = {
    "could not validate credentials": "access_token_refused",
    "invalid authentication credentials": "access_token_refused",
    "invalid token": "access_token_refused",
    "bad request": "bad_request",
    "unauthorized": "unauthorized",
    "forbidden": "forbidden",
    "not found": "not_found",
    "method not allowed": "method_not_allowed",
    "conflict": "conflict",
    "content too large": "payload_too_large",
    "payload too large": "payload_too_large",
    "request entity too large": "payload_too_large",
    "unprocessable content": "unprocessable",
    "unprocessable entity": "unprocessable",
    "too many requests": "too_many_requests",
    "an internal error occurred": "internal_error",
    "an unexpected error occurred": "internal_error",
    "internal server error": "internal_error",
    "not implemented": "not_implemented",
    "bad gateway": "bad_gateway",
    "service temporarily unavailable": "service_unavailable",
    "service unavailable": "service_unavailable",
    "gateway time-out": "gateway_timeout",
    "gateway timeout": "gateway_timeout",
}
"""Codes of phrases of statuses, and of sentences that servers word differently, by the phrase in lower case."""

_FIELD_CODES: Mapping[str, str] = {
    "bool_parsing": "field_not_true_or_false",
    "bool_type": "field_not_true_or_false",
    "dict_type": "field_not_object",
    "enum": "field_not_one_of",
    "extra_forbidden": "field_unknown",
    "float_parsing": "field_not_number",
    "float_type": "field_not_number",
    "greater_than": "field_not_above",
    "greater_than_equal": "field_below_limit",
    "int_from_float": "field_not_whole_number",
    "int_parsing": "field_not_whole_number",
    "int_type": "field_not_whole_number",
    "json_invalid": "field_not_json",
    "less_than": "field_not_below",
    "less_than_equal": "field_above_limit",
    "list_type": "field_not_list",
    "literal_error": "field_not_one_of",
    "missing": "field_missing",
    "model_attributes_type": "field_not_object",
    "multipart_invalid": "field_not_multipart",
    "string_too_long": "field_too_long",
    "string_too_short": "field_too_short",
    "string_type": "field_not_text",
    "uuid_parsing": "field_not_uuid",
    "uuid_type": "field_not_uuid",
}
"""Codes by the kind of problem that pydantic names in the `type` of a 422's entry."""

_STATUS_FIRST = re.compile(r"[1-5][0-9]{2} ")
"""The status that proxies put before a phrase, as in ``502 Bad Gateway``."""
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
"""A limit, as in ``Input should be less than or equal to 24576``."""
_QUOTED = re.compile(r"'([^']*)'")
"""A choice, as in ``Input should be 'simple' or 'complex'``."""
_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
"""A number that is written as Python writes it, and that a float holds exactly."""


def server_text(line: str) -> LocalizedText:
    """The text of the catalogue for a server's `line`; ``server_said`` for one that is not recognised."""
    phrase = _PHRASES.get(_STATUS_FIRST.sub("", line, count=1).lower())
    if phrase is not None:
        return text(phrase, said=line)
    for code, fullmatch in _patterns():
        found = fullmatch(line)
        if found is not None:
            known = LocalizedText(code, {name: _number(value) for name, value in found.groupdict().items()})
            if known.render() == line:
                return known
    return text("server_said", text=line)


def status_text(status: int) -> LocalizedText:
    """The text for a response that says nothing but its status."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        return text("no_reason")
    code = _PHRASES.get(phrase.lower())
    return text("other_status", said=phrase) if code is None else text(code, said=phrase)


def field_problem(kind: object, said: str) -> LocalizedText:
    """The text for a problem with a field: of its `kind`, which is the server's `type`, and of the sentence that it `said`."""
    code = _FIELD_CODES.get(kind) if isinstance(kind, str) else None
    values: dict[str, Any] = {"said": said}
    if code in {
        "field_above_limit",
        "field_below_limit",
        "field_not_above",
        "field_not_below",
        "field_too_long",
        "field_too_short",
    }:
        numbers = _NUMBER.findall(said)
        values["limit"] = _number(numbers[-1]) if numbers else None
    elif code == "field_not_one_of":
        values["choices"] = tuple(_QUOTED.findall(said)) or None
    if code is None or None in values.values():
        return server_text(said)
    return text(code, **values)


@functools.cache
def _patterns() -> Sequence[tuple[str, Callable[[str], re.Match[str] | None]]]:
    """The sentences as patterns, in which a placeholder stands for any text; those without one first."""
    patterns = sorted(((code, pattern(code)) for code in _SENTENCES), key=lambda entry: entry[1].groups)
    return [(code, found.fullmatch) for code, found in patterns]


def _number(value: str) -> str | int:
    """A whole number as an int, which each language formats in its own way; any other text as it is."""
    return int(value) if _WHOLE_NUMBER.fullmatch(value) else value
