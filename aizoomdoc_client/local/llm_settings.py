"""Which language model answers for a local server."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import urlsplit

import attrs

from ..addresses import checked_server_url
from ..catalog import text
from ..credentials import HiddenFrames, Secret
from ..exceptions import ConfigurationError
from ..setting_values import checked_by, count, first_line, seconds, static_token

# Ends of URLs that need no /v1: https://api.example.com/v1, /api/v3, /v1beta, .../v1beta/openai.
_VERSIONED = re.compile(r"/v\d+\w*\Z|/openai\Z")
# What users copy with the URL of the endpoint: /v1/chat/completions.
_FULL_PATH = re.compile(r"/(?:chat/completions|embeddings|models)\Z")


def _endpoint_url(url: str) -> str:
    try:
        checked = checked_server_url(url, allow_insecure=True)
    except ConfigurationError:  # its text is about a client's server, and quotes the URL, which may have a password
        raise ConfigurationError(text("llm_url_unusable")) from None
    return _FULL_PATH.sub("", checked).rstrip("/")


def _name(_: object, attribute: attrs.Attribute[Any], value: str) -> None:
    if not value.strip() or not value.isprintable():
        raise ConfigurationError(text("llm_name_unusable", name=attribute.name))


def _maybe_name(instance: object, attribute: attrs.Attribute[Any], value: str | None) -> None:
    if value is not None:
        _name(instance, attribute, value)


@attrs.frozen(kw_only=True)
class LLMSettings:
    """A language model at an OpenAI-compatible endpoint, such as Ollama, llama.cpp, vLLM or a cloud one.

    `url` is the endpoint's address, with or without ``/v1``; `model` the name that it has there. `key_env` is the environment
    variable with the API key, where one is needed. With `embed_model`, a model for embeddings at the same endpoint, passages are
    also searched by meaning.

    A request has at most `context_chars` characters, and at most `passages` passages of each group of documents. The endpoint
    must accept the connection within `connect_timeout` seconds, begin its answer within `first_delta_timeout` (it may have to
    load the model first), and let at most `delta_timeout` pass between two deltas.

    Raises `ConfigurationError` for a URL with a user name, a query or a fragment, and for values out of their bounds.
    """

    url: str = attrs.field(converter=_endpoint_url)
    model: str = attrs.field(validator=_name)
    key_env: str | None = attrs.field(default=None, validator=_maybe_name)
    embed_model: str | None = attrs.field(default=None, validator=_maybe_name)
    context_chars: int = attrs.field(default=12_000, validator=checked_by(count(4_000)))
    passages: int = attrs.field(default=8, validator=checked_by(count(1)))
    connect_timeout: float = attrs.field(default=10.0, validator=checked_by(seconds))
    first_delta_timeout: float = attrs.field(default=300.0, validator=checked_by(seconds))
    delta_timeout: float = attrs.field(default=60.0, validator=checked_by(seconds))

    @property
    def host(self) -> str:
        """The host and port of the endpoint."""
        return urlsplit(self.url).netloc

    @property
    def base_urls(self) -> tuple[str, ...]:
        """The base URLs that the endpoint's paths may have, the most likely first."""
        return (self.url,) if _VERSIONED.search(self.url) else (f"{self.url}/v1", self.url)

    def key(self) -> Secret | None:
        """The API key; None where no variable is named. Raises `ConfigurationError` for a variable that has none."""
        if self.key_env is None:
            return None
        with HiddenFrames():
            value = first_line(self.key_env, os.environ.get(self.key_env, ""))
            try:
                return Secret(static_token(self.key_env, value))
            except ConfigurationError:
                raise ConfigurationError(text("llm_key_missing", name=self.key_env)) from None
