"""Answers of a language model at an OpenAI-compatible endpoint, from the passages found."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from ...catalog import Language, text
from ...models import Settings
from ...protocol.question_language import language_of
from .answerer import AnswererError, Delta, Question
from .chat_completions import ChatCompletions, StoppedAtLimitError
from .citations import CitationChecker
from .extracts import extracts
from .model_endpoint import ModelEndpoint
from .prompt import prompt

_EFFORTS = ((4096, "low"), (12288, "medium"), (24576, "high"))
"""Budgets of thinking, at most so many model tokens, and their names at endpoints."""

_CUT: Mapping[Language, str] = {
    "en": "\n\nThe answer ends here: the model reached its limit of length.",
    "ru": "\n\nОтвет обрывается: модель достигла предела длины.",
}


class OpenAIAnswerer:
    """Sends the question with its passages to a model, and yields the model's text with its citations checked.

    Thinking is yielded in the complex profile only.
    """

    def __init__(self, endpoint: ModelEndpoint) -> None:
        self._settings = endpoint.settings
        self._completions = ChatCompletions(endpoint)

    @property
    def model(self) -> str:
        """The name of the model at the endpoint."""
        return self._settings.model

    @property
    def passages(self) -> int:
        """How many passages of each group of documents the model gets at most."""
        return self._settings.passages

    async def answer(self, question: Question) -> AsyncGenerator[Delta, None]:
        """The thinking and the text as they arrive, then the places cited; closing the generator closes the request."""
        if not any(group.documents for group in question.groups):
            yield Delta(extracts(question), cites=())
            return
        language, is_complex = language_of(question.text), question.settings.model_profile == "complex"
        asked = prompt(question, self._settings.context_chars)
        checker, is_cut, has_text = CitationChecker(asked.quotes), False, False
        stream = self._completions.stream(asked.messages, request_options(question.settings))
        async with contextlib.aclosing(stream):
            try:
                async for delta in stream:
                    if not delta.thinking:
                        has_text = has_text or bool(delta.text.strip())
                        yield Delta(checker.feed(delta.text))
                    elif is_complex:
                        yield delta
            except StoppedAtLimitError:
                is_cut = True
        if not has_text:
            raise AnswererError(text("llm_answer_empty"))
        end = checker.finish() + (_CUT[language] if is_cut else "") + checker.source_list(language)
        yield Delta(end, cites=checker.cited)


def request_options(settings: Settings) -> dict[str, Any]:
    """The user's settings as options of a request, which an endpoint may refuse."""
    options: dict[str, Any] = {"temperature": settings.temperature, "top_p": settings.top_p}
    if settings.thinking_enabled is False:
        # Ollama and cloud endpoints support the first, vLLM and llama.cpp the second.
        options |= {"reasoning_effort": "none", "chat_template_kwargs": {"enable_thinking": False}}
    elif settings.thinking_budget:
        options["reasoning_effort"] = next(effort for most, effort in _EFFORTS if settings.thinking_budget <= most)
    return {name: value for name, value in options.items() if value is not None}
