"""The error classes: their tree, fields and one-line messages."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client import exceptions as exc
from aizoomdoc_client.catalog import text
from aizoomdoc_client.protocol.retry import request_outcome

FIELDS: dict[type[exc.AIZoomDocError], dict[str, Any]] = {
    exc.AIZoomDocError: {"details": {"a": [1]}},
    exc.APIError: {
        "status_code": 418,
        "error_type": "teapot",
        "method": "GET",
        "path": "/me",
        "retry_after": 1.5,
        "attempts": 3,
    },
    exc.ValidationError: {"fields": (("title", "too long"),)},
    exc.AnswerFormatError: {"problems": ("height: no value",)},
    exc.APIConnectionError: {"request_sent": False, "fatal": True},
    exc.APITimeoutError: {"deadline": "idle"},
    exc.StreamError: {"partial": "half of\nthe text"},
}
"""Constructor arguments of each class beyond its bases', with values other than the defaults."""


def own_classes(base: type) -> list[type]:
    """All classes of the module derived from `base`, and `base` itself."""
    return [item for item in vars(exc).values() if isinstance(item, type) and issubclass(item, base)]


ERRORS: list[type[exc.AIZoomDocError]] = own_classes(exc.AIZoomDocError)


def fields_of(kind: type[exc.AIZoomDocError]) -> dict[str, Any]:
    return {name: value for base in reversed(kind.__mro__) for name, value in FIELDS.get(base, {}).items()}  # type: ignore[call-overload]  # bases beyond ours have none


@pytest.mark.parametrize("kind", ERRORS)
def test_error_as_a_dictionary_says_all_that_is_known(kind: type[exc.AIZoomDocError]) -> None:
    """Class, code, message in either language, values of the message, and every attribute, as JSON has them."""
    fields = fields_of(kind)
    error = kind(text("download_too_large", limit=3), **fields)
    error.add_note("in the third file")
    told = error.to_dict()
    attributes = {name: json.loads(json.dumps(value)) for name, value in fields.items()}

    assert {
        "type": kind.__name__,
        "code": error.code,
        "message": error.message,
        "params": dict(error.params),
    }.items() <= told.items()
    assert attributes.items() <= told.items()
    assert set(vars(error)) - {"text", "__notes__"} | {"type", "code", "params"} == set(told)
    assert (told, error.localized("ru")) == (json.loads(error.to_json()), error.to_dict(language="ru")["message"])


@pytest.mark.parametrize("kind", [*ERRORS, *own_classes(exc.AIZoomDocWarning)])
def test_repr_of_an_error_is_one_short_line(kind: type[Any]) -> None:
    """Message and code, whatever a server said."""
    short, long = repr(kind("It failed")), repr(kind("It\nfailed\u2028" * 100))

    assert f"{kind.__name__}('It failed', code='verbatim')" == short
    assert (True, True) == (long.isprintable(), len(long) <= 120)


def drawn_tree() -> dict[str, str]:
    """Each class of the module's docstring with its parent."""
    parents, branch = dict[str, str](), dict[int, str]()
    for line in (exc.__doc__ or "").splitlines():
        found = re.match(r"^ {4}((?:[│├└─ ]{4})*)([A-Z]\w+)", line)
        if found:
            depth = len(found[1]) // 4
            parents[found[2]] = branch[depth - 1] if depth else ""
            branch[depth] = found[2]
    return parents


def test_tree_is_the_one_in_the_docstring() -> None:
    """The tree in the module's docstring shows exactly the existing classes, each below its first base."""
    classes = [*ERRORS, *own_classes(exc.AIZoomDocWarning)]
    roots = {exc.AIZoomDocError, exc.AIZoomDocWarning}

    assert {kind.__name__: "" if kind in roots else kind.__bases__[0].__name__ for kind in classes} == drawn_tree()


def test_only_what_the_docstring_says_has_two_bases() -> None:
    """Only `StreamTimeoutError` has two errors as bases."""
    errors = {kind: [base for base in kind.__bases__ if issubclass(base, Exception)] for kind in ERRORS}
    assert [exc.StreamTimeoutError] == [kind for kind, bases in errors.items() if len(bases) > 1]
    assert issubclass(exc.StreamTimeoutError, exc.APITimeoutError)


def test_all_names_are_public() -> None:
    """`__all__` is exactly what the module defines without an underscore."""
    defined = {name for name, item in vars(exc).items() if getattr(item, "__module__", None) == exc.__name__ and name[0] != "_"}

    assert sorted({*defined, "DeadlineName"}) == sorted(exc.__all__)


@pytest.mark.parametrize("kind", [kind for kind in ERRORS if kind.__module__ == exc.__name__])
def test_all_but_two_errors_are_api_errors(kind: type[exc.AIZoomDocError]) -> None:
    """One `except APIError` catches whatever a request or an answer can raise."""
    beside = {exc.AIZoomDocError, exc.ConfigurationError, exc.NotReplayableError}

    assert (kind not in beside) == issubclass(kind, exc.APIError)


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{
        f"pickle {number}": lambda error, number=number: pickle.loads(pickle.dumps(error, number))
        for number in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("kind", ERRORS)
def test_errors_survive_copies_with_all_fields(kind: type[exc.AIZoomDocError], duplicate: Callable[[Any], Any]) -> None:
    """A copied or pickled error keeps its class, message, notes and all fields."""
    fields = fields_of(kind)
    error = kind("It failed", **fields)
    error.add_note("in the third file")
    error.details.update(close_code=1006)

    other = duplicate(error)

    assert (kind, "It failed", ("It failed",), str(error)) == (type(other), other.message, other.args, str(other))
    assert {**vars(error)} == vars(other)
    assert fields | {"details": {**fields.get("details", {}), "close_code": 1006}} == {name: vars(other)[name] for name in fields}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_what_is_said_of_a_copy_is_not_said_of_the_error(duplicate: Callable[[Any], Any]) -> None:
    """Calls that wait for one exchange get copies of its error, whose details are independent."""
    error = exc.APIError("It failed", details={"reason": "?"})

    duplicate(error).details["partial"] = "В2"

    assert {"reason": "?"} == error.details


@pytest.mark.parametrize("kind", ERRORS)
def test_errors_need_nothing_but_a_message(kind: type[exc.AIZoomDocError]) -> None:
    """Everything but the message has a default."""
    assert ("It failed", "It failed") == (kind("It failed").message, str(kind("It failed")))


def test_details_are_the_errors_own() -> None:
    """What is given as details is copied, so that no two errors share it."""
    details = {"a": 1}
    error = exc.APIError("It failed", details=details)
    error.details["b"] = 2

    assert {"a": 1} == details


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({}, "Token has expired"),
        ({"status_code": 401}, "Token has expired (HTTP 401)"),
        ({"attempts": 2}, "Token has expired (2 attempts)"),
        ({"method": "GET", "path": "/me"}, "GET /me: Token has expired"),
        ({"method": "GET"}, "Token has expired"),
        (
            {"method": "GET", "path": "/me", "status_code": 401, "attempts": 2},
            "GET /me: Token has expired (HTTP 401, 2 attempts)",
        ),
    ],
)
def test_text_of_an_api_error_says_what_is_known(context: dict[str, Any], expected: str) -> None:
    """The request, the message, the status and the number of attempts, as far as they are known."""
    assert expected == str(exc.APIError("Token has expired", **context))


@given(kind=st.sampled_from(ERRORS), message=st.text())
def test_text_is_one_line_whatever_the_message(kind: type[exc.AIZoomDocError], message: str) -> None:
    """A message never has line breaks or control characters."""
    assert str(kind(message)).isprintable()
    assert kind(message).message.isprintable()


@pytest.mark.parametrize("message", ["Ошибка сервера: «таймаут»", "a  b", " a ", ""])
def test_printable_message_stays_as_it_is(message: str) -> None:
    """Only what cannot be printed is replaced."""
    assert message == exc.APIError(message).message


def test_what_is_not_known_may_have_been_sent() -> None:
    """By default `request_sent` is unknown: only a request that was certainly not sent is sent again."""
    kinds = (exc.APIConnectionError, exc.APITimeoutError, exc.StreamTimeoutError)

    assert [True, True, True] == [kind("?").request_sent for kind in kinds]
    assert "unknown" == request_outcome(exc.APIConnectionError("?"))


def test_every_broken_connection_says_whether_the_request_was_sent() -> None:
    """Every place in the package that makes such an error sets `request_sent`."""
    kinds = {kind.__name__ for kind in own_classes(exc.APIConnectionError)}
    made = [
        (f"{path}:{call.lineno}", "request_sent" in {keyword.arg for keyword in call.keywords})
        for path in sorted(Path(exc.__file__).parent.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in kinds
    ]

    assert len(made) > 10
    assert [] == [place for place, is_said in made if not is_said]
