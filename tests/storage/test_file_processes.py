"""The token file between processes: writers that lose nothing, locks that end with their holder."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import threading
from asyncio.subprocess import PIPE, Process
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from aizoomdoc_client.exceptions import TokenStoreWarning
from aizoomdoc_client.storage import FileTokenStore, TokenKey
from tests.storage.samples import KEY, OTHER_KEY, TOKENS, program

HOLD = """
async def main():
    async with FileTokenStore(sys.argv[1]).lock(TokenKey(*sys.argv[2:])):
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "aizoomdoc" / "tokens.json"


async def holder(path: Path) -> Process:
    """Another process that holds the lock of `KEY` until it gets a line or is killed."""
    process = await asyncio.create_subprocess_exec(*program(HOLD, path, KEY.server_url, KEY.user), stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    assert b"held\n" == await process.stdout.readline()
    return process


def test_processes_saving_at_once_lose_nothing(path: Path) -> None:
    """Of 8 processes that save 5 keys each at the same moment, every key is in the file afterwards."""
    source = """
store = FileTokenStore(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(5):
    store.save(TokenKey("https://docs.example.org", f"{sys.argv[2]}-{number}"), TokenSet(access_token=sys.argv[2]))
"""
    commands = [program(source, path, name) for name in range(8)]
    writers = [subprocess.Popen(each, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for each in commands]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    statuses = [writer.wait(30) for writer in writers]
    for writer in writers:
        writer.communicate()
    store = FileTokenStore(path)
    found = [store.load(TokenKey("https://docs.example.org", f"{name}-{number}")) for name in range(8) for number in range(5)]

    assert ([0] * 8, [str(name) for name in range(8) for _ in range(5)]) == (
        statuses,
        [each and each.access_token for each in found],
    )


def test_threads_saving_at_once_lose_nothing(path: Path) -> None:
    """Threads that share a store save different keys at the same moment, and every key is in the file afterwards."""
    store = FileTokenStore(path)
    keys = [TokenKey("https://docs.example.org", str(number)) for number in range(16)]
    start = threading.Barrier(len(keys))

    def save(key: TokenKey) -> None:
        start.wait()
        store.save(key, TOKENS)

    threads = [threading.Thread(target=save, args=[key]) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [TOKENS] * 16 == [FileTokenStore(path).load(key) for key in keys]


def test_a_writer_killed_before_the_last_step_changes_nothing(path: Path) -> None:
    """Killed when the draft is written and not yet in place, a process leaves the old file, and does not stop the next one."""
    source = """
os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
FileTokenStore(sys.argv[1]).save(TokenKey("https://docs.example.org", "lost"), TokenSet(access_token="a"))
"""
    FileTokenStore(path).save(KEY, TOKENS)
    killed = subprocess.run(program(source, path), check=False)
    after = FileTokenStore(path).load(KEY)
    FileTokenStore(path).save(OTHER_KEY, TOKENS)
    left = sorted(each.name for each in path.parent.iterdir())

    assert (-signal.SIGKILL, TOKENS, ["tokens.json", "tokens.json.lock"]) == (killed.returncode, after, left)


async def test_a_lock_held_elsewhere_is_waited_for_without_stopping_the_loop(path: Path) -> None:
    """While another process holds the lock this one's loop goes on; when it lets go the waiter gets it."""
    process = await holder(path)
    waiter = asyncio.create_task(FileTokenStore(path).lock(KEY).__aenter__())
    turns = 0
    while turns < 1000:
        await asyncio.sleep(0)
        turns += 1
    waited = not waiter.done()
    await process.communicate(b"let go\n")
    await asyncio.wait_for(waiter, 10)

    assert waited


async def test_a_killed_holder_does_not_block_the_next(path: Path) -> None:
    """The lock of a process that was killed is free."""
    process = await holder(path)
    process.kill()
    await process.communicate()

    async with asyncio.timeout(10), FileTokenStore(path).lock(KEY):
        pass


async def test_a_stopped_holder_blocks_no_longer_than_said(path: Path) -> None:
    """A holder that neither ends nor lets go is waited for as long as was said; then a warning, and the work goes on."""
    process = await holder(path)
    with pytest.warns(TokenStoreWarning, match="going on without the lock"):
        async with FileTokenStore(path, renewal_patience=0).lock(KEY):
            pass
    async with asyncio.timeout(10), FileTokenStore(path).lock(OTHER_KEY):
        pass
    await process.communicate(b"let go\n")


@pytest.mark.parametrize("shared", [True, False], ids=["one store", "two stores"])
async def test_tasks_of_one_process_exclude_each_other(path: Path, shared: bool) -> None:
    """One task at a time holds the lock, whether the tasks share the store or only its file."""
    stores = [FileTokenStore(path)] * 2 if shared else [FileTokenStore(path), FileTokenStore(path)]
    inside: list[int] = []

    async def once(store: FileTokenStore) -> int:
        async with store.lock(KEY):
            inside.append(1)
            await asyncio.sleep(0)
            count = len(inside)
            inside.pop()
            return count

    assert [1] * 6 == await asyncio.gather(*map(once, stores * 3))


def test_threads_with_their_own_loops_exclude_each_other(path: Path) -> None:
    """Tasks in the loops of several threads hold the lock one at a time."""
    store = FileTokenStore(path)
    inside: list[int] = []
    seen: list[int] = []

    async def once() -> None:
        async with store.lock(KEY):
            inside.append(1)
            await asyncio.sleep(0)
            seen.append(len(inside))
            inside.pop()

    async def many() -> None:
        await asyncio.gather(*(once() for _ in range(5)))

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert [1] * 20 == seen


async def enters(lock: AbstractAsyncContextManager[None]) -> bool:
    async with asyncio.timeout(10), lock:
        return True


@pytest.mark.parametrize("failure", [asyncio.CancelledError, ValueError])
async def test_the_lock_is_released_by_an_error(path: Path, failure: type[BaseException]) -> None:
    """A task that fails or is cancelled inside the lock releases it for this process and all others."""
    with pytest.raises(failure):
        async with FileTokenStore(path).lock(KEY):
            raise failure

    assert await enters(FileTokenStore(path).lock(KEY))


async def test_a_cancelled_waiter_holds_nothing(path: Path) -> None:
    """Cancelled while it polls for the file, a task leaves both its turn and the file free."""
    store, other = FileTokenStore(path), FileTokenStore(path)
    async with other.lock(KEY):
        waiter = asyncio.create_task(store.lock(KEY).__aenter__())
        for _ in range(3):
            await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)

    assert waiter.cancelled()
    assert await enters(store.lock(KEY))


async def test_where_no_lock_file_can_be_made_tasks_still_exclude_each_other(tmp_path: Path) -> None:
    """In a folder that cannot be written the lock holds within the store, silently: the save says what is wrong."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = FileTokenStore(tmp_path / "file" / "tokens.json")
    async with store.lock(KEY):
        waiter = asyncio.create_task(enters(store.lock(KEY)))
        await asyncio.sleep(0)
        waited = not waiter.done()

    assert (True, True) == (waited, await waiter)


def test_a_forked_child_does_not_wait_for_a_task_of_its_parent(path: Path) -> None:
    """After a fork the child takes the lock once its parent has let go, though its copy of the parent's task never does."""
    source = """
store, key = FileTokenStore(sys.argv[1]), TokenKey("s", "u")
may_go, go = os.pipe()

async def take():
    os.read(may_go, 1)
    async with asyncio.timeout(5), store.lock(key):
        os._exit(7)

lock = store.lock(key)
asyncio.run(lock.__aenter__())
child = os.fork()
if not child:
    asyncio.run(take())
asyncio.run(lock.__aexit__(None, None, None))
os.write(go, b"x")
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run(program(source, path), capture_output=True, text=True, check=False, timeout=30)

    assert (0, "7\n", "") == (done.returncode, done.stdout, done.stderr)
