"""``python -m aizoomdoc_client.testing``."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

from aizoomdoc_client.testing.__main__ import main


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


@pytest.mark.parametrize("arguments", [("--port", "{taken}"), ("--port", "99999"), ("--host", "192.0.2.1")])
def test_where_it_cannot_listen_is_one_line(arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """As with the proxy: a port that is taken, as 8000 often is, or is none, or an address of another machine."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as caught:
        main([argument.format(taken=taken.getsockname()[1]) for argument in arguments])

    said = capsys.readouterr().err.splitlines()
    assert (2, True) == (caught.value.code, said[-1].startswith("python -m aizoomdoc_client.testing: error: "))


def test_what_it_lacks_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """PyJWT comes with the extra ``testing`` only."""
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(SystemExit) as caught:
        main([])

    assert (2, True) == (caught.value.code, "pip install 'aizoomdoc-client[testing]'" in capsys.readouterr().err)


def _post(url: str, token: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=10) as response:
        return json.load(response)
