"""A signal that ends a command, wherever in the program it comes."""

from __future__ import annotations

import asyncio
import signal
import sys
import weakref

import pytest

from aizoomdoc_client.cli.framework import run
from aizoomdoc_client.cli.signals import signals_as_ctrl_c

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM of this kind")


class Referent:
    """What a weak reference can be to."""


def test_a_signal_whose_exception_python_cannot_raise_still_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a callback, as the import machinery has them, Python prints an exception and goes on; the command must not begin."""
    swallowed, steps = list[object](), list[str]()
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: swallowed.append(unraisable.exc_type))

    async def command() -> None:
        steps.append("posted")

    with signals_as_ctrl_c() as received:
        referent = Referent()
        reference = weakref.ref(referent, lambda _: signal.raise_signal(signal.SIGTERM))
        del referent
        assert reference() is None
        with pytest.raises(KeyboardInterrupt):
            run(command())

    assert ([KeyboardInterrupt], [], [signal.SIGTERM]) == (swallowed, steps, list(received))


def test_where_ctrl_c_is_ignored_sigterm_cancels_the_command_at_an_await() -> None:
    """An exception in the middle of the event loop's own work would leave half-closed sockets."""
    steps = list[str]()

    async def command() -> None:
        signal.raise_signal(signal.SIGTERM)
        steps.append("goes on")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            steps.append("closed")

    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with signals_as_ctrl_c() as received, pytest.raises(KeyboardInterrupt):
            run(command())
    finally:
        signal.signal(signal.SIGINT, former)

    assert (["goes on", "closed"], [signal.SIGTERM]) == (steps, list(received))
