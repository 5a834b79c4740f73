"""Asking: what `chat send` and `ask` have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .display import Style
from .exit_codes import ExitCode
from .failures import CommandError
from .language import Text
from .words import option

_TITLE_LENGTH = 60


def display_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how an answer is shown."""
    for decorate in (
        option("--json", "style", flag_value="json", said=Text("события по строке JSON", "one event a line, as JSON")),
        option(
            "--plain",
            "style",
            flag_value="plain",
            said=Text("текст по мере поступления, без оформления", "text as it comes, not laid out"),
        ),
        option(
            "--markdown", "style", flag_value="markdown", said=Text("оформлять даже не в терминале", "lay out even into a pipe")
        ),
        option("--show-thinking", is_flag=True, said=Text("показывать размышления модели", "show the model's thinking")),
    ):
        function = decorate(function)
    return function


def question_text(given: str) -> str:
    """The question; ``-`` reads it from standard input."""
    text = sys.stdin.read() if given == "-" else given
    if not text.strip():
        raise CommandError(str(Text("вопрос пуст", "the question is empty")), ExitCode.USAGE)
    return text.rstrip("\n") if given == "-" else text


def title_of(question: str) -> str:
    """A chat's title made of its first question."""
    line = " ".join(question.split())
    return line if len(line) <= _TITLE_LENGTH else line[: _TITLE_LENGTH - 1].rstrip() + "…"


__all__ = ["Style", "display_options", "question_text", "title_of"]
