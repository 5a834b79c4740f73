"""How child processes are started."""

from __future__ import annotations

from pathlib import Path

import pytest

from aizoomdoc_client.local.child_processes.starting import end_child, start_child

CHILD = """
import os, sys
def main():
    print(sys.argv[1:], os.environ["GLIBC_TUNABLES"], os.getcwd() in sys.path)
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", "glibc.malloc.hugetlb=1"), ("glibc.malloc.arena_max=2", "glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1")],
)
async def test_a_child_gets_its_arguments_and_large_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, expected: str
) -> None:
    """Beside the settings of glibc that the server has; the working directory is not searched for modules."""
    (tmp_path / "printing_child.py").write_text(CHILD, encoding="utf-8")
    (tmp_path / "documents").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path / "documents")
    monkeypatch.setenv("GLIBC_TUNABLES", given)
    child = await start_child("printing_child", "one", b"two")
    assert child.stdout is not None
    said = await child.stdout.read()
    await end_child(child)

    assert f"['one', 'two'] {expected} False\n" == said.decode()
