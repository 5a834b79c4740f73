"""What was learnt of servers, kept in a file between processes."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import FileTokenStore, KeyringTokenStore, MemoryTokenStore
from aizoomdoc_client.protocol.transport_choice import Learnt
from aizoomdoc_client.storage import server_file
from aizoomdoc_client.storage.server_file import ServerFile

URL = "https://docs.example.org"


def file_of(folder: Path, url: str = URL, *, wall: float = 1_000_000.0) -> ServerFile:
    return ServerFile(folder / "new" / "servers.json", url, clock=lambda: wall)


def test_another_process_reads_what_one_has_learnt(tmp_path: Path) -> None:
    """Times are of the process's own clock, and pass with the wall clock; what is past is no more than nothing."""
    assert Learnt().doubted_until < file_of(tmp_path).load(5.0).refused_until < 5.0  # nothing is there
    file_of(tmp_path).save(Learnt(refused_until=600.0), 100.0)
    file_of(tmp_path, "https://other.example").save(Learnt(doubted_until=300.0), 100.0)
    later = file_of(tmp_path, wall=1_000_100.0).load(5.0)

    assert 405.0 == later.refused_until
    assert later.doubted_until < 5.0
    assert 305.0 - 100.0 == file_of(tmp_path, "https://other.example", wall=1_000_100.0).load(105.0).doubted_until
    assert later.refused_until == file_of(tmp_path, wall=1_000_100.0).load(5.0).refused_until


def test_what_is_past_is_dropped(tmp_path: Path) -> None:
    """The file does not grow with the servers that were ever asked; what ended before its time is dropped, too."""
    for number in range(10):
        file_of(tmp_path, f"https://s{number}.example", wall=1000.0 * number).save(Learnt(refused_until=600.0), 100.0)
    last = file_of(tmp_path, "https://s9.example", wall=9000.0)
    assert b"s8" not in last.path.read_bytes()
    assert b"s9" in last.path.read_bytes()
    last.save(Learnt(), 100.0)

    assert b"{}" == last.path.read_bytes()


def test_the_file_is_private(tmp_path: Path) -> None:
    """It says whom its owner talks to."""
    file_of(tmp_path).save(Learnt(refused_until=600.0), 100.0)

    assert 0o600 == stat.S_IMODE((tmp_path / "new" / "servers.json").stat().st_mode)


@pytest.mark.parametrize(
    "content", [b"", b"no JSON", b"[]", b'{"https://docs.example.org": 1}', b"\xff", b'{"a": {"refused_until": "x"}}']
)
def test_an_unreadable_file_is_nothing(tmp_path: Path, content: bytes) -> None:
    """No warning, no error; the next save replaces it."""
    file = file_of(tmp_path)
    file.path.parent.mkdir()
    file.path.write_bytes(content)
    assert file.load(5.0).refused_until < 5.0
    file.save(Learnt(refused_until=600.0), 100.0)

    assert 600.0 == file.load(100.0).refused_until


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process learns anew."""

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(30, "read-only")

    monkeypatch.setattr(server_file, "write_private", fail)
    file = file_of(tmp_path)
    file.save(Learnt(refused_until=600.0), 100.0)

    assert file.load(100.0).refused_until < 100.0


def test_the_file_is_beside_the_tokens(tmp_path: Path) -> None:
    """A store without a file has none."""
    tokens = FileTokenStore(tmp_path / "tokens.json")
    stores = [tokens, KeyringTokenStore(tokens), MemoryTokenStore(), KeyringTokenStore(MemoryTokenStore()), None]
    found = [ServerFile.beside(store, URL) for store in stores]

    assert [tmp_path / "servers.json"] * 2 + [None] * 3 == [file and file.path for file in found]
