"""What all tests share."""

from __future__ import annotations

import gc
import os
import signal
import sys
import weakref

import pytest
from hypothesis import settings

from aizoomdoc_client import credentials

# Where the environment forbids bytecode, each of the processes that tests start would compile the package for itself.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A test that fails is to show where; and the watch for tokens is to see what the package's own frames hold.
os.environ["AIZOOMDOC_TRACEBACK"] = "full"

# A shell's background ignores Ctrl-C and `nohup` a hang-up; the programs that tests start and interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)  # a handler, which programs do not inherit, unlike SIG_IGN; it does nothing

# A test that lets a token show fails.
pytest_plugins = ["tests.canary.plugin", "pytester"]

# Examples have no deadline: a slow machine is no failure, and each test has pytest-timeout's limit already. They are the same
# every time: what fails, fails again.
settings.register_profile("project", deadline=None, derandomize=True, database=None)
# For hunting by hand: `pytest --hypothesis-profile=hunt`.
settings.register_profile("hunt", deadline=None, max_examples=2000)
settings.load_profile("project")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Freezes the some hundred thousand objects that are there to stay, so that no garbage collection traverses them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_credentials_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of earlier tests that are not collected yet would be masked here too, and some are words that servers say."""
    monkeypatch.setattr(credentials, "_in_use", weakref.WeakValueDictionary[int, credentials.Secret]())
