"""The page about clusters says what works."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.batch.dask.clusters import RealCluster
from tests.batch.job_setup import TOKEN, Desk, desk_at

REPO = Path(__file__).parents[3]
PAGES = [REPO / "docs" / "cluster.md", REPO / "docs" / "cluster.ru.md"]


def code_of(page: Path) -> list[str]:
    return re.findall(r"^```\w+\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_at(tmp_path) as desk:
        yield desk


async def test_the_example_runs(cluster: RealCluster, desk: Desk, tmp_path: Path) -> None:
    """With the addresses and the token of this machine; without warnings."""
    shutil.copytree(REPO / "docs" / "sample", tmp_path / "sample")
    (example,) = [each for each in code_of(PAGES[0]) if each.startswith("import")]
    here = {
        "tls://scheduler.example.org:8786": cluster.address,
        "https://docs.example.org": desk.server.url,
        "your-static-token": TOKEN,
        '"plans"': repr(str(tmp_path / "sample")),
    }
    for written, meant in here.items():
        assert written in example
        example = example.replace(written, meant)
    pipe = asyncio.subprocess.PIPE
    words = (sys.executable, "-W", "error", "-c", example)
    env = {
        **os.environ,
        "AIZOOMDOC_CONFIG_DIR": str(tmp_path / "config"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    process = await asyncio.create_subprocess_exec(*words, cwd=tmp_path, env=env, stdout=pipe, stderr=pipe)
    printed, complaints = await process.communicate()

    assert (0, "") == (process.returncode, complaints.decode())
    assert "note.pdf Ответ" in printed.decode()


def test_both_languages_have_the_same_examples() -> None:
    """Apart from comments."""
    english, russian = ([re.sub(r" +#.*", "", each) for each in code_of(page)] for page in PAGES)

    assert english == russian
