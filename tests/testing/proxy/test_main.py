"""``python -m aizoomdoc_client.testing.proxy``."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pytest

from aizoomdoc_client.testing import running_server

PROGRAM = [sys.executable, "-m", "aizoomdoc_client.testing.proxy"]


def test_it_prints_its_address_and_what_it_forwarded() -> None:
    """One line at the start, one after SIGTERM; the faults that were asked for are injected."""
    with running_server() as server:
        command = [*PROGRAM, server.url, "--close-after", "8", "--latency", "0.001", "--slices", "3"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            with socket.create_connection(("127.0.0.1", int(line.rpartition(":")[2]))) as client:
                client.sendall(b"GET /health HTTP/1.0\r\n\r\n")
                with client.makefile("rb") as answer:
                    body = answer.read()
            process.send_signal(signal.SIGTERM)
            last = process.stdout.read()

    assert (b"HTTP/1.0", "1 connections, 24 bytes up, 8 bytes down\n", 0) == (body, last, process.returncode)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["nowhere"], "URL of a server"),
        (["http://127.0.0.1:1", "--slices", "0"], "size of Slices"),
        (["http://127.0.0.1:1", "--host", "256.1.1.1"], "error:"),
        (["http://127.0.0.1:1", "--port", "99999"], "error:"),
        (["http://127.0.0.1:1", "--jitter", "-1"], "jitter of Latency"),
    ],
)
def test_an_option_that_cannot_be_used_is_one_line(options: list[str], complaint: str) -> None:
    """Exit code 2 and the reason, no traceback."""
    done = subprocess.run([*PROGRAM, *options], capture_output=True, text=True, check=False)

    assert (2, True, False) == (done.returncode, complaint in done.stderr, "Traceback" in done.stderr)
