"""A signal that ends a command, wherever in the program it comes."""

from __future__ import annotations

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
