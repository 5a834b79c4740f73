"""All representations of an error: its texts, its pickle, and the variables that a debugging tool prints with it."""

from __future__ import annotations

import pickle
import reprlib
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import aizoomdoc_client

PACKAGE = str(Path(aizoomdoc_client.__file__).parent)
# Servers may hold tokens in variables; the client must not expose them.
SERVERS = (f"{PACKAGE}/testing/", f"{PACKAGE}/local/")

_BRIEF = reprlib.Repr()
_BRIEF.maxlevel = 5
_BRIEF.maxtuple = _BRIEF.maxlist = _BRIEF.maxdict = _BRIEF.maxset = _BRIEF.maxfrozenset = 30
_BRIEF.maxstring = _BRIEF.maxlong = _BRIEF.maxother = 20_000


def forms(error: BaseException, *, suppressed: bool = True) -> Iterator[tuple[str, str]]:
    """Pairs of place and text of the error, its causes and contexts; with `suppressed` also of those hidden by `from None`."""
    for each in chain(error, suppressed=suppressed):
        name = type(each).__name__
        yield f"str of {name}", str(each)
        yield f"repr of {name}", f"{each!r} {each.args!r}"
        yield f"attributes of {name}", brief(vars(each))
        yield from _locals(each)
    yield f"pickle of {type(error).__name__}", pickled(error)


def chain(error: BaseException, *, suppressed: bool) -> Iterator[BaseException]:
    """The error, its causes and contexts and the members of groups, recursively."""
    seen, waiting = set[int](), [error]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        members = each.exceptions if isinstance(each, BaseExceptionGroup) else ()
        context = each.__context__ if suppressed or not each.__suppress_context__ else None
        waiting += [other for other in (each.__cause__, context, *members) if other is not None]


def was_caught_inside(error: BaseException) -> bool:
    """Whether an error was caught inside the package: the catching frame is the first of its traceback."""
    return error.__traceback__ is not None and is_the_packages(error.__traceback__.tb_frame)


def brief(value: object) -> str:
    """A value as a debugging tool shows it, of bounded length; empty if its `repr` fails."""
    try:
        return _BRIEF.repr(value)
    except Exception:  # noqa: BLE001 - partly initialised objects can raise anything
        return ""


def pickled(error: BaseException) -> str:
    try:
        return pickle.dumps(error).decode("latin-1")
    except Exception:  # noqa: BLE001 - an error that cannot be pickled exposes nothing by pickle
        return ""


def _locals(error: BaseException) -> Iterator[tuple[str, str]]:
    """The local variables of the package's own frames."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if is_the_packages(frame):
            for name, value in list(frame.f_locals.items()):
                yield f"{name} in {frame.f_code.co_qualname}, {Path(frame.f_code.co_filename).name}:{line}", brief(value)


def is_the_packages(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith(PACKAGE) and not file.startswith(SERVERS)
