"""Lock files: one process at a time holds a lock, and the others wait or get an error."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import filelock
import pytest

from aizoomdoc_client.filesystem import locks
from aizoomdoc_client.filesystem.locks import LockHeldError, ProcessLock, exclusive

HOLD = """
import sys
from pathlib import Path
from aizoomdoc_client.filesystem.locks import exclusive

with exclusive(Path(sys.argv[1]), timeout=0):
    print("held", flush=True)
    sys.stdin.readline()
"""


USE = """
import sys
from pathlib import Path
from aizoomdoc_client.filesystem.locks import in_use

with in_use(Path(sys.argv[1])):
    print("used", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lock"


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until it gets a line or is killed."""
    command = [sys.executable, "-W", "error", "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "held\n" == process.stdout.readline()
        yield process
        process.kill()


def test_a_lock_that_another_process_holds_is_not_acquired(path: Path, holder: subprocess.Popen[str]) -> None:
    """`try_acquire` returns False; `acquire` raises an `OSError` with the lock's name after its timeout."""
    assert not ProcessLock(path).try_acquire()
    with pytest.raises(LockHeldError, match="another process has held lock for 0 s") as raised, exclusive(path, timeout=0):
        pass

    assert errno.ETIMEDOUT == raised.value.errno


def test_a_released_lock_is_acquired_by_a_waiter(path: Path, holder: subprocess.Popen[str]) -> None:
    """The wait ends when the other process releases the lock, not after the timeout."""
    waiter = threading.Thread(target=ProcessLock(path).acquire, kwargs={"timeout": 30})
    waiter.start()
    holder.communicate("release\n")
    waiter.join(10)

    assert not waiter.is_alive()


def test_the_lock_of_a_killed_process_is_free(path: Path, holder: subprocess.Popen[str]) -> None:
    """The operating system releases the lock of a process that was killed."""
    holder.kill()
    holder.wait()

    assert ProcessLock(path).try_acquire()


def test_another_thread_may_release(path: Path) -> None:
    """A lock can be released by another thread than acquired it, because an event loop may be run by several threads in turn."""
    lock = ProcessLock(path)
    assert lock.try_acquire()
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join(10)

    assert ProcessLock(path).try_acquire()


def test_an_error_inside_of_the_block_releases(path: Path) -> None:
    """An error in the block is raised, and the lock is released."""
    with pytest.raises(ZeroDivisionError), exclusive(path, timeout=0):
        _ = 1 / 0

    assert ProcessLock(path).try_acquire()


def test_the_lock_file_is_private(path: Path) -> None:
    """The lock file has mode 0600."""
    with exclusive(path, timeout=0):
        assert 0o600 == path.stat().st_mode & 0o777


def test_where_no_lock_file_can_be_made_it_is_an_os_error(tmp_path: Path) -> None:
    """An impossible path raises an `OSError` at once, and not `LockHeldError`."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError) as raised, exclusive(tmp_path / "file" / "lock", timeout=30):  # noqa: PT011 (the class)
        pass

    assert not isinstance(raised.value, LockHeldError)


def test_a_file_system_without_locks_is_an_os_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`NotImplementedError` from filelock becomes an `OSError`, so that callers catch one class."""

    def missing(*_: object, **__: object) -> None:
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(filelock.FileLock, "acquire", missing)
    with pytest.raises(OSError, match="support flock") as raised:
        ProcessLock(path).acquire(timeout=0)

    assert errno.ENOLCK == raised.value.errno


SHARED_LOCKS = [pytest.param(True, marks=pytest.mark.skipif(sys.platform == "win32", reason="shared locks")), False]


@pytest.fixture(params=SHARED_LOCKS, ids=["shared", "exclusive only"])
def asking(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems with shared locks, and without, as Windows."""
    if not request.param:
        monkeypatch.setattr(locks, "_can_be_shared", lambda _: None)


@pytest.mark.usefixtures("asking")
def test_whether_a_lock_is_held_is_told_and_leaves_it_free(path: Path) -> None:
    """Before there is a lock file, while another one holds it, and afterwards; who asks holds it no longer."""
    lock = ProcessLock(path)
    before = lock.is_held()
    with exclusive(path, timeout=0):
        meanwhile = lock.is_held()
    after = lock.is_held()

    assert (False, True, False, True) == (before, meanwhile, after, lock.try_acquire())


@pytest.mark.skipif(sys.platform == "win32", reason="shared locks")
def test_one_who_asks_sees_no_other_one_who_asks(path: Path) -> None:
    """And makes no lock file, as in the folder of somebody else."""
    import fcntl

    is_held_without_file = ProcessLock(path).is_held()
    made = path.exists()
    with path.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        is_held = ProcessLock(path).is_held()

    assert (False, False, False) == (is_held_without_file, made, is_held)


@pytest.mark.usefixtures("asking")
def test_whether_a_lock_is_held_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    """As acquiring it is."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError) as raised:  # noqa: PT011 (the class)
        ProcessLock(tmp_path / "file" / "lock").is_held()

    assert not isinstance(raised.value, LockHeldError)


@pytest.mark.skipif(sys.platform == "win32", reason="shared locks")
@pytest.mark.parametrize("is_folder", [False, True])
def test_what_is_in_use_is_told_until_its_user_ends(tmp_path: Path, is_folder: bool) -> None:
    """Of files and folders, to those who ask at once; a killed process uses nothing."""
    path = tmp_path / "used"
    if is_folder:
        path.mkdir()
    else:
        path.touch()
    before = locks.is_in_use(path)
    with subprocess.Popen(
        [sys.executable, "-c", USE, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        meanwhile = [locks.is_in_use(path) for _ in range(2)]
        process.kill()
    with locks.in_use(path):
        again = locks.is_in_use(path)

    assert (False, [True, True], True, False) == (before, meanwhile, again, locks.is_in_use(path))


def test_what_cannot_be_marked_is_used_all_the_same(tmp_path: Path) -> None:
    """As on a file system without locks."""
    with locks.in_use(tmp_path / "missing"):
        is_in_use = locks.is_in_use(tmp_path / "missing")

    assert not is_in_use


def test_a_lock_file_is_told_from_one_in_its_place(path: Path) -> None:
    """While the first one is held, and may be deleted; where none is, there is nothing to tell."""
    lock = ProcessLock(path)
    missing = lock.file_id
    assert lock.try_acquire()
    first = lock.file_id
    path.unlink()
    with exclusive(path, timeout=1):
        second = lock.file_id
    lock.release()

    assert (None, True, True) == (missing, first is not None, second not in {None, first})
