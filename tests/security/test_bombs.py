"""What grows or never ends: an error of ours, in little memory, each in a process of its own."""

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

MOST_GROWTH = 80
"""MiB."""

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc"),
    pytest.mark.timeout(180),  # some hundreds of MiB go over a socket
]


@pytest.fixture(scope="module")
def prey() -> Iterator[subprocess.Popen[str]]:
    """The process whose children are attacked."""
    command = [sys.executable, str(Path(__file__).with_name("prey.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        cast("TextIO", process.stdin).close()


async def attacked(prey: subprocess.Popen[str], name: str) -> dict[str, Any]:
    """What a child of `prey` came to."""
    deed, library, attack = BOMBS[name]
    async with attacking(attack) as hostile:
        said = cast("TextIO", prey.stdin), cast("TextIO", prey.stdout)
        said[0].write(json.dumps({"url": hostile.url, "deed": deed, "library": library}) + "\n")
        said[0].flush()
        outcome: dict[str, Any] = json.loads(await asyncio.to_thread(said[1].readline))
    assert hostile.was_reached, outcome
    return outcome


@pytest.mark.parametrize("name", BOMBS)
async def test_it_fails_within_bounds(name: str, prey: subprocess.Popen[str]) -> None:
    """One of our errors comes out, and the peak of memory has grown by less than 80 MiB."""
    outcome = await attacked(prey, name)
    kind = getattr(exceptions, outcome["came"].partition(":")[0], None)

    assert isinstance(kind, type), outcome
    assert issubclass(kind, exceptions.APIError), outcome
    assert outcome["growth"] < MOST_GROWTH, outcome
