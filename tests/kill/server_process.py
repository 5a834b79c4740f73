"""A local server as a process of its own: ``python -m tests.kill.server_process FOLDER PORT``; prints a line when it listens."""

from __future__ import annotations

import sys
from pathlib import Path

from aizoomdoc_client.local import LocalServer, LocalSettings, run_server


def _ready(server: LocalServer) -> None:
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run_server(
        LocalSettings(data_dir=Path(sys.argv[1]), port=int(sys.argv[2]), tokens=("token",), pace_seconds=0.01, readers=1),
        on_ready=_ready,
    )
