"""Who listens to the work of a task, and the answer and the request that the work is for, as a context variable."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING

import attrs

from .details import AnswerStarted
from .notifier import Notifier

if TYPE_CHECKING:
    from .request_watch import RequestWatch


@attrs.frozen
class Scope:
    """Who listens, and the answer and the request that the work is for, if any."""

    notifier: Notifier
    answer: AnswerStarted | None = None
    request: RequestWatch | None = None


_scope: ContextVar[Scope | None] = ContextVar("aizoomdoc_client.scope", default=None)


def current() -> Scope | None:
    """The scope of the running task; None where nobody listens. Tasks that are made within it have it, too."""
    return _scope.get()


def enter(scope: Scope) -> Token[Scope | None]:
    """Makes `scope` the current one until `leave`."""
    return _scope.set(scope)


def leave(token: Token[Scope | None]) -> None:
    """Ends what `enter` began."""
    with contextlib.suppress(ValueError):  # the garbage collector closes an abandoned coroutine in another context
        _scope.reset(token)


@contextlib.contextmanager
def listening(notifier: Notifier | None) -> Generator[None]:
    """Has the work of the block told to `notifier`, as work for no answer; changes nothing where that is None."""
    if notifier is None:
        yield
        return
    token = enter(Scope(notifier))
    try:
        yield
    finally:
        leave(token)
