"""``python -m aizoomdoc_client.testing``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from typing import Any


def test_a_process_prints_its_address_and_ends_on_sigterm() -> None:
    """One line, then it serves; SIGTERM ends it with 0."""
    command = [sys.executable, "-m", "aizoomdoc_client.testing", "--behavior", "contract", "--token", "mine", "--expires-in", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        session = _post(f"{line.split()[-1]}/auth/exchange", "", {"static_token": "mine"})
        process.send_signal(signal.SIGTERM)

        assert ("Listening on http://127.0.0.1:", "") == (line.rstrip("0123456789\n"), process.stdout.read())
    assert (0, 5, True) == (process.returncode, session["expires_in"], "refresh_token" in session)


def _post(url: str, token: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=10) as response:
        return json.load(response)
