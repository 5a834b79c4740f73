"""The example backend as its users run it: a process of uvicorn in front of a scripted server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aizoomdoc_client.testing import ScriptedServer
from tests.free_ports import free_port

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/examples/backend"


class Backend:
    """A process that serves the page and relays the answers of `server`."""

    def __init__(self, server: ScriptedServer, config: Path, *, redis: str = "") -> None:
        self._port = free_port()
        self._environment = os.environ | {
            "AIZOOMDOC_SERVER": server.url,
            "AIZOOMDOC_TOKEN": server.static_token,
            "AIZOOMDOC_CONFIG_DIR": str(config),
            "REDIS_URL": redis,
            "PYTHONPATH": str(EXAMPLE),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def start(self) -> None:
        """Starts it, and waits until it can be reached."""
        arguments = ["tests.browser.impatient_backend:app", "--port", str(self._port), "--log-level", "warning"]
        self._process = subprocess.Popen([sys.executable, "-m", "uvicorn", *arguments], cwd=ROOT, env=self._environment)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except ConnectionRefusedError:
                assert self._process.poll() is None, "the backend ended at once"
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """Ends it at once, as kill -9 does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def backend_of(server: ScriptedServer, config: Path, *, redis: str = "") -> Iterator[Backend]:
    backend = Backend(server, config, redis=redis)
    backend.start()
    try:
        yield backend
    finally:
        backend.kill()
