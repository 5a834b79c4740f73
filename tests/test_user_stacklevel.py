"""Warnings have the line of the user's own code, tested with real scripts."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import attrs
import pytest

from aizoomdoc_client.testing import ServerBehavior, running_server

SYNC = """
    import sys
    from aizoomdoc_client import AIZoomDocClient, FileTokenStore

    client = AIZoomDocClient(sys.argv[1], sys.argv[2], token_store=FileTokenStore(sys.argv[3]))
    client.update_settings(temperature=0.5)  # TokenStoreWarning SettingNotKeptWarning
    for _ in range(50):
        chat = client.create_chat()
    client.list_chats()  # TruncatedListWarning
    stored = client.upload_file(b"plan")
    answer = client.send_message(chat, "?", attached_file_ids=[stored.id])
    for event in answer:  # FilesIgnoredWarning
        pass
    client.ask(chat, "?", attached_file_ids=[stored.id])  # FilesIgnoredWarning
"""
ASYNC = """
    import asyncio, sys
    from aizoomdoc_client import AsyncAIZoomDocClient, FileTokenStore

    async def main():
        client = AsyncAIZoomDocClient(sys.argv[1], sys.argv[2], token_store=FileTokenStore(sys.argv[3]))
        await client.update_settings(temperature=0.5)  # TokenStoreWarning SettingNotKeptWarning
        for _ in range(50):
            chat = await client.create_chat()
        await client.list_chats()  # TruncatedListWarning
        stored = await client.upload_file(b"plan")
        async for event in client.send_message(chat, "?", attached_file_ids=[stored.id]):  # FilesIgnoredWarning
            pass
        await client.ask(chat, "?", attached_file_ids=[stored.id])  # FilesIgnoredWarning

    asyncio.run(main())
"""


@pytest.mark.parametrize("body", [SYNC, ASYNC], ids=["sync", "async"])
def test_each_warning_names_the_line_that_led_to_it(body: str, tmp_path: Path) -> None:
    """The line is correct in every thread and task: a call, the first event of an answer, an unwritable token file."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(body), encoding="utf-8")
    expected = [
        (number, name)
        for number, line in enumerate(script.read_text(encoding="utf-8").splitlines(), start=1)
        for name in line.partition("#")[2].split()
    ]
    (tmp_path / "tokens.json").mkdir()  # a folder where the file should be
    with running_server(attrs.evolve(ServerBehavior.PRODUCTION, tells_file_urls=False)) as server:
        command = [sys.executable, str(script), server.url, server.static_token, str(tmp_path / "tokens.json")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)

    assert (0, expected) == (
        done.returncode,
        [
            (int(line), name)
            for line, name in re.findall(rf"^{re.escape(str(script))}:(\d+): (\w+Warning)", done.stderr, re.MULTILINE)
        ],
    )
    assert "aizoomdoc_client/" not in done.stderr
