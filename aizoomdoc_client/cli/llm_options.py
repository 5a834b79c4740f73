"""The options that name a language model for a local server."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import output
from .errors import CommandError, ExitCode
from .framework import option, whole_number
from .language import N_, _

if TYPE_CHECKING:
    from ..local import LLMSettings

_OPTIONS = (
    option("--llm-url", metavar="URL", help=N_("a language model answers: the address of its OpenAI-compatible endpoint")),
    option("--llm-model", metavar=N_("NAME"), help=N_("the model's name at that endpoint")),
    option("--llm-key-env", metavar=N_("VARIABLE"), help=N_("the environment variable that has the endpoint's API key")),
    option("--embed-model", metavar=N_("NAME"), help=N_("a model for embeddings: documents are also searched by meaning")),
    option(
        "--llm-context",
        type=whole_number(4000),
        metavar=N_("CHARACTERS"),
        help=N_("how much the model gets of the documents and the chat (12000 by default)"),
    ),
)


def llm_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command, which gets them as its argument `llm`, None without a model."""

    @functools.wraps(command)
    def with_model(
        *args: Any,
        llm_url: str | None,
        llm_model: str | None,
        llm_key_env: str | None,
        embed_model: str | None,
        llm_context: int | None,
        **kwargs: Any,
    ) -> Any:
        more = {"key_env": llm_key_env, "embed_model": embed_model, "context_chars": llm_context}
        return command(*args, llm=_settings(llm_url, llm_model, more), **kwargs)

    for add in reversed(_OPTIONS):
        add(with_model)
    return with_model


def _settings(url: str | None, model: str | None, more: dict[str, Any]) -> LLMSettings | None:
    given = {name: value for name, value in more.items() if value is not None}
    if url is None and model is None and not given:
        return None
    if url is None or model is None:
        raise CommandError("llm_options_apart", ExitCode.USAGE)
    from urllib.parse import urlsplit

    from ..addresses import is_loopback
    from ..local import LLMSettings

    settings = LLMSettings(url=url, model=model, **given)
    parts = urlsplit(settings.url)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        output.warning(_("questions and passages of documents go to {host} by plain http").format(host=settings.host))
    return settings
