"""Writes the data of `llm_token` and `llm_thinking` as JSON without making a dictionary: an answer has thousands of them.

Contract: the result equals ``as_json`` of the event's fields without `accumulated`; None for unusual fields, for which the caller
has to use ``as_json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .serializable import text_as_json

__all__ = ["thinking_as_json", "token_as_json"]


def token_as_json(token: str, model: str | None, sent: Mapping[str, Any] | None, *, synthetic: bool) -> str | None:
    """The data of an `llm_token`; `sent` are the server's fields, in whose order they are written."""
    if type(token) is not str:  # events that users make may have any type
        return None
    if sent is None:
        data = _with_model(f'{{"token":{text_as_json(token)}', model)
        end = ',"synthetic":true}' if synthetic else "}"
        return data and data + end
    names = [name for name in sent if name != "accumulated"]
    if names == ["token"]:
        return f'{{"token":{text_as_json(token)}}}'
    if names == ["token", "model"] and type(sent["model"]) is str:
        return f'{{"token":{text_as_json(token)},"model":{text_as_json(sent["model"])}}}'
    return None


def thinking_as_json(content: str, model: str | None) -> str | None:
    """The data of an `llm_thinking` that a server sent without further fields."""
    if type(content) is not str:
        return None
    data = _with_model(f'{{"content":{text_as_json(content)}', model)
    return data and data + "}"


def _with_model(data: str, model: str | None) -> str | None:
    if model is None:
        return data
    return f'{data},"model":{text_as_json(model)}' if type(model) is str else None
