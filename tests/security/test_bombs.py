"""Attacks by size and amplification end in an `APIError` within bounded memory, each in a process of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO, cast

import pytest

from aizoomdoc_client import exceptions
from tests.security.bombs import BOMBS
from tests.security.hostile import attacking

MAX_GROWTH = 80
"""MiB."""

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc"),
    pytest.mark.timeout(180),  # some hundreds of MiB are sent over a socket
]


@pytest.fixture(scope="module")
def process() -> Iterator[subprocess.Popen[str]]:
    """The process that forks the attacked children."""
    command = [sys.executable, str(Path(__file__).with_name("attacked_process.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        cast("TextIO", process.stdin).close()


async def attacked(process: subprocess.Popen[str], name: str) -> dict[str, Any]:
    """The result of a child of `process`."""
    operation, library, attack = BOMBS[name]
    async with attacking(attack) as hostile:
        streams = cast("TextIO", process.stdin), cast("TextIO", process.stdout)
        streams[0].write(json.dumps({"url": hostile.url, "operation": operation, "library": library}) + "\n")
        streams[0].flush()
        outcome: dict[str, Any] = json.loads(await asyncio.to_thread(streams[1].readline))
    assert hostile.was_reached, outcome
    return outcome


@pytest.mark.parametrize("name", BOMBS)
async def test_it_fails_within_bounds(name: str, process: subprocess.Popen[str]) -> None:
    """The result is an `APIError`, and the peak memory has grown by less than 80 MiB."""
    outcome = await attacked(process, name)
    kind = getattr(exceptions, outcome["result"].partition(":")[0], None)

    assert isinstance(kind, type), outcome
    assert issubclass(kind, exceptions.APIError), outcome
    assert outcome["growth"] < MAX_GROWTH, outcome
