"""What a script shows of an error: the user's own lines, the reason, and none of the package's frames."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from aizoomdoc_client.testing import ScriptedServer, complex_answer, error_answer
from aizoomdoc_client.testing.server_thread import running_server

NOWHERE = "00000000-0000-4000-8000-000000000009"
BEGINNING = """
import asyncio, sys
from aizoomdoc_client import AIZoomDocClient, AsyncAIZoomDocClient, MemoryTokenStore, RetryPolicy

OPTIONS = dict(token_store=MemoryTokenStore(), retry=RetryPolicy(attempts=2, base_delay=0.01))
URL, TOKEN = sys.argv[1:]

def client():
    return AIZoomDocClient(URL, TOKEN, **OPTIONS)

def run(main):
    async def body():
        async with AsyncAIZoomDocClient(URL, TOKEN, **OPTIONS) as client:
            await main(client)
    asyncio.run(body())
"""


@attrs.frozen
class Shown:
    """A script's standard error: all lines, the functions of its last traceback, and the last line."""

    lines: list[str]

    @property
    def files(self) -> list[str]:
        return [found[1] for line in self.lines if (found := re.match(r'  File "(.+)", line', line))]

    @property
    def frames(self) -> list[str]:
        """The functions of the last traceback; those of asyncio, which runs the user's coroutine, are left out."""
        begin = max(number for number, line in enumerate(self.lines) if line.startswith("Traceback"))
        found = [re.match(r'  File "(.+)", line \d+, in (.+)', line) for line in self.lines[begin:]]
        return [each[2] for each in found if each and "asyncio" not in each[1]]


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with running_server() as running:
        yield running


def shown(tmp_path: Path, url: str, code: str, **environment: str) -> Shown:
    script = tmp_path / "script.py"
    script.write_text(BEGINNING + textwrap.dedent(code), encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if name != "AIZOOMDOC_TRACEBACK"}
    command = [sys.executable, str(script), url, "your-static-token"]
    ended = subprocess.run(command, env=inherited | environment, capture_output=True, text=True, check=False, timeout=50)
    assert 1 == ended.returncode, ended.stderr
    return Shown(ended.stderr.splitlines())


SCRIPTS = {
    "sync call": ("client().get_chat(NOWHERE)", ["<module>"]),
    "sync question": ("client().ask(NOWHERE, 'Где ВРУ?')", ["<module>"]),
    "sync message": ("client().send_message(NOWHERE, 'Где ВРУ?')", ["<module>"]),
    "sync constructor": ("AIZoomDocClient('nonsense://x')", ["<module>"]),
    "sync options": ("client().with_options(timeout=-1)", ["<module>"]),
    "sync argument": ("client().get_chat('')", ["<module>"]),
    "async call": ("async def main(client): await client.get_chat(NOWHERE)\nrun(main)", ["<module>", "run", "body", "main"]),
    "async question": ("async def main(client): await client.ask(NOWHERE, '?')\nrun(main)", ["<module>", "run", "body", "main"]),
    "async message": (
        "async def main(client): await client.send_message(NOWHERE, '?')\nrun(main)",
        ["<module>", "run", "body", "main"],
    ),
    "async with": (
        "async def main(client):\n    async with client.send_message(NOWHERE, '?'): pass\nrun(main)",
        ["<module>", "run", "body", "main"],
    ),
    "async for": (
        "async def main(client):\n    async for _ in client.send_message(NOWHERE, '?'): pass\nrun(main)",
        ["<module>", "run", "body", "main"],
    ),
}


@pytest.mark.parametrize(("code", "frames"), SCRIPTS.values(), ids=SCRIPTS)
def test_a_failed_call_shows_the_users_lines_only(tmp_path: Path, server: ScriptedServer, code: str, frames: list[str]) -> None:
    """A script that meets an error prints its own lines and the error: the last frame is the line that called."""
    found = shown(tmp_path, server.url, code.replace("NOWHERE", repr(NOWHERE)))

    assert frames == found.frames
    assert "aizoomdoc_client.exceptions." in found.lines[-1]
    assert len(found.lines) <= 15 + (8 if "async" in code else 0), found.lines  # asyncio's own frames, which are the user's call


READING = {
    "sync for": "for _ in client().send_message(CHAT, '?'): pass",
    "sync text": "for _ in client().send_message(CHAT, '?').text_stream: pass",
    "sync snapshots": "for _ in client().send_message(CHAT, '?').snapshots: pass",
    "sync result": "client().send_message(CHAT, '?').result()",
    "async for": "async def main(client):\n    async for _ in client.send_message(CHAT, '?'): pass\nrun(main)",
    "async text": "async def main(client):\n    async for _ in client.send_message(CHAT, '?').text_stream: pass\nrun(main)",
    "async snapshots": "async def main(client):\n    async for _ in client.send_message(CHAT, '?').snapshots: pass\nrun(main)",
    "async result": "async def main(client): await client.send_message(CHAT, '?').result()\nrun(main)",
}


@pytest.mark.parametrize("code", READING.values(), ids=READING)
def test_a_failed_answer_shows_the_users_lines_only(tmp_path: Path, server: ScriptedServer, code: str) -> None:
    """However an answer is read, the line that reads it is the last frame."""
    server.answer_with(error_answer("The model is gone"))
    making = "CHAT = client().create_chat().id\n"
    found = shown(tmp_path, server.url, making + code)

    assert ("main" if "main" in code else "<module>") == found.frames[-1]
    assert "The model is gone" in found.lines[-1]
    server.answer_with(complex_answer("x"))


def test_the_real_cause_stays_visible(tmp_path: Path) -> None:
    """What the system said is shown in a line, without the frames between."""
    found = shown(tmp_path, "http://127.0.0.1:9", "client().upload_file('not there.pdf')")

    assert ["<module>"] == found.frames
    assert any(line.startswith("FileNotFoundError: ") for line in found.lines), found.lines
    assert 15 > len(found.lines)
    assert {str(tmp_path / "script.py")} == set(found.files)


def test_an_error_that_the_user_was_handling_stays_whole(tmp_path: Path, server: ScriptedServer) -> None:
    """What happened before the call is the user's, with all of its frames."""
    code = """
    def lost():
        raise KeyError("mine")

    try:
        lost()
    except KeyError:
        client().get_chat(NOWHERE)
    """
    found = shown(tmp_path, server.url, code.replace("NOWHERE", repr(NOWHERE)))

    assert "KeyError: 'mine'" in found.lines
    assert 3 == len(found.files)
    assert ["<module>"] == found.frames


def test_frames_of_the_users_own_code_below_stay(tmp_path: Path, server: ScriptedServer) -> None:
    """A callback of the user is the user's line, wherever it was called from; another exception than ours is left as it is."""
    code = """
    def progress(sent, total):
        raise ValueError("mine")

    client().upload_file(b"x" * 100, filename="a.txt", progress=progress)
    """
    found = shown(tmp_path, server.url, code)

    assert ("<module>", "progress", "ValueError: mine") == (found.frames[0], found.frames[-1], found.lines[-1])


@pytest.mark.parametrize("name", ["AIZOOMDOC_TRACEBACK", "AIZOOMDOC_DEBUG"])
def test_developers_see_everything(tmp_path: Path, server: ScriptedServer, name: str) -> None:
    """With ``AIZOOMDOC_TRACEBACK=full``, and where the command line is debugged, every frame is shown."""
    value = "full" if name == "AIZOOMDOC_TRACEBACK" else "1"
    found = shown(tmp_path, server.url, f"client().get_chat({NOWHERE!r})", **{name: value})

    assert {"get_chat", "call", "send"} <= set(found.frames)
    assert 50 < len(found.lines)
