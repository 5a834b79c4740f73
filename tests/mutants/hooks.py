"""Mutants of hooks and telemetry. Each is killed by a test with a server and a client."""

# pyright: reportUnknownLambdaType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (a lambda that replaces a method has the method's parameters)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .mutant import Mutant

CLIENTS = "tests/hooks/test_hooks_of_clients.py::"
TELEMETRY = "tests/telemetry/test_open_telemetry.py::"
CONTENT = "tests/telemetry/test_content.py::"


def let_raise(_: Any) -> Any:
    def tell(self: Any, name: str, detail: object) -> None:
        for hooks in self.hooks:
            getattr(hooks, name)(detail)

    return tell


def report_each_time(original: Any) -> Any:
    from aizoomdoc_client.hooks import notifier

    def failures_reported(hooks: Any, name: str) -> Any:
        notifier._reported.clear()
        return original(hooks, name)

    return failures_reported


def end_again(original: Any) -> Any:
    def tell_end(self: Any, error: Any = None) -> None:
        watch = self._watch
        original(self, error)
        self._watch = watch

    return tell_end


def tell_texts_to_all(_: Any) -> Any:
    def tell_texts(self: Any, make: Callable[[], Any]) -> None:
        self.tell("answer_texts", make())

    return tell_texts


def tell_the_text(_: Any) -> Callable[[Any], str | None]:
    def error_type(ended: Any) -> str | None:
        return None if ended.error is None else str(ended.error)

    return error_type


def do_nothing(_: Any) -> Callable[..., None]:
    return lambda *_arguments, **_named: None


HOOKS = (
    Mutant(
        "hooks may raise",
        "lets an exception of a hook through",
        "hooks.notifier:Notifier.tell",
        let_raise,
        (CLIENTS + "test_hooks_that_raise_break_nothing",),
    ),
    Mutant(
        "hooks logged each time",
        "logs a hook that raises each time",
        "hooks.notifier:_failures_reported",
        report_each_time,
        (CLIENTS + "test_hooks_that_raise_break_nothing",),
    ),
    Mutant(
        "any header of hooks",
        "sends headers of hooks in place of its own",
        "hooks.notifier:_is_sendable",
        lambda _: lambda name, value: isinstance(name, str) and isinstance(value, str),
        (CLIENTS + "test_headers_of_hooks_are_sent_with_every_request_and_handshake",),
    ),
    Mutant(
        "scope kept",
        "leaves the caller's task in the scope of an answer",
        "hooks.scope:leave",
        do_nothing,
        (CLIENTS + "test_the_callers_task_is_in_no_scope_between_events",),
    ),
    Mutant(
        "ended twice",
        "tells the end of an answer again when it is closed",
        "answer_stream:AsyncAnswerStream._report_end",
        end_again,
        (CLIENTS + "test_an_answer_that_is_left_ends_once",),
    ),
    Mutant(
        "stream not closed",
        "does not tell that a stream is closed",
        "session.stream_connection:StreamConnection._report_closed",
        do_nothing,
        (CLIENTS + "test_an_answer_that_is_left_ends_once",),
    ),
    Mutant(
        "login untold",
        "does not tell of a renewed token",
        "hooks.request_watch:TokenWatch.__exit__",
        do_nothing,
        (CLIENTS + "test_a_login_is_told_with_its_request",),
    ),
    Mutant(
        "texts unasked",
        "tells questions and answers to all hooks",
        "hooks.notifier:Notifier.tell_texts",
        tell_texts_to_all,
        (CLIENTS + "test_questions_and_answers_are_told_to_who_wants_them",),
    ),
    Mutant(
        "tokens in texts",
        "tells questions and answers with the tokens that they quote",
        "answer_stream:without_secrets",
        lambda _: lambda text: text,
        (CONTENT + "test_content_has_no_token_and_stands_in_the_answers_span_only",),
    ),
    Mutant(
        "content exported",
        "puts questions and answers into spans, whether they are asked for or not",
        "telemetry.content:is_wanted",
        lambda _: lambda: True,
        (TELEMETRY + "test_no_secret_no_question_and_no_answer_is_exported",),
    ),
    Mutant(
        "texts of errors exported",
        "puts the text of an error into spans",
        "telemetry.attributes:error_type",
        tell_the_text,
        (TELEMETRY + "test_no_secret_no_question_and_no_answer_is_exported",),
    ),
)
