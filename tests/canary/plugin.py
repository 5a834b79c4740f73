"""A pytest plugin: a test that exposes a token fails.

The servers of the tests issue tokens with a recognisable text (canaries). The plugin searches for them in every log record at
DEBUG, every error and warning of the package, everything that tests print, read and capture, and finally the files that they
left. A test during which a token was exposed fails; the marker `shows_tokens(reason)` excuses a test.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Any

import pytest

from tests.canary.listening import AsBefore, Errors, LogListener, listen
from tests.canary.watch import Watch

LEFT = "canary: what showed after the last test"


class Canary:
    """One run's watch."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._watch = Watch()
        self._errors = Errors(self._watch)
        self._patch = pytest.MonkeyPatch()
        self._listener = LogListener(self._watch)
        self._left: list[str] = []

    def begin(self) -> None:
        root = logging.getLogger()
        listen(self._watch, self._errors, self._patch)
        self._patch.setattr(root, "level", logging.DEBUG)
        root.manager._clear_cache()  # type: ignore[attr-defined] # what setLevel does
        root.addHandler(self._listener)

    def end(self) -> None:
        logging.getLogger().removeHandler(self._listener)
        self._patch.undo()
        logging.getLogger().manager._clear_cache()  # type: ignore[attr-defined] # what setLevel does

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        for handler in logging.getLogger().handlers:
            if handler is not self._listener and AsBefore(handler) not in handler.filters:
                handler.addFilter(AsBefore(handler))
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        result = yield
        self._errors.look_at_all()
        for _, stream, text in item._report_sections:
            self._watch.look(f"captured {stream}", text)
        found = self._watch.take()
        if found and item.get_closest_marker("shows_tokens") is None:
            pytest.fail("a token showed:\n" + "\n".join(dict.fromkeys(found)), pytrace=False)
        return result

    def pytest_warning_recorded(self, warning_message: object) -> None:
        self._watch.look("warning", str(warning_message))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A process of `pytest -n` has ended."""
        self._left += getattr(node, "workeroutput", {}).get(LEFT, [])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(self._config, "workeroutput"):  # a process of `pytest -n`, whose files the process that began it looks into
            self._config.workeroutput[LEFT] = self._watch.take()
            return
        factory = getattr(self._config, "_tmp_path_factory", None)
        if factory is not None and factory._basetemp is not None:
            self._watch.look_into(factory._basetemp)
        self._left = list(dict.fromkeys([*self._left, *self._watch.take()]))
        if self._left and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._left:
            terminalreporter.section("a token showed", red=True)
            for line in self._left:
                terminalreporter.line(line)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "shows_tokens(reason): a test whose subject makes tokens visible")
    canary = Canary(config)
    config.pluginmanager.register(canary, "canary")
    canary.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    canary = config.pluginmanager.get_plugin("canary")
    if isinstance(canary, Canary):
        canary.end()
