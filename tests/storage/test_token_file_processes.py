"""The token file shared by processes: no entry is lost, and a lock ends with the process that holds it."""

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
    """If 8 processes save 5 keys each at the same time, the file has all keys afterwards."""
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
    """If the threads of a process save different keys at the same time, the file has all keys afterwards."""
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
    """A process that is killed before it replaces the file leaves the old one, and does not block the next writer."""
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


async def test_waiting_for_another_process_does_not_block_the_loop(path: Path) -> None:
    """While another process holds the lock this one's loop runs; when it is released, the waiter gets it."""
    process = await holder(path)
    waiter = asyncio.create_task(FileTokenStore(path).lock(KEY).__aenter__())
    iterations = 0
    while iterations < 1000:
        await asyncio.sleep(0)
        iterations += 1
    waited = not waiter.done()
    await process.communicate(b"release\n")
    await asyncio.wait_for(waiter, 10)

    assert waited


async def test_a_killed_holder_does_not_block_the_next(path: Path) -> None:
    """The lock of a process that was killed can be acquired."""
    process = await holder(path)
    process.kill()
    await process.communicate()

    async with asyncio.timeout(10), FileTokenStore(path).lock(KEY):
        pass


async def test_a_stopped_holder_blocks_until_the_timeout_only(path: Path) -> None:
    """After the timeout a lock that its holder does not release is ignored, with a warning."""
    process = await holder(path)
    with pytest.warns(TokenStoreWarning, match="going on without the lock"):
        async with FileTokenStore(path, renewal_timeout=0).lock(KEY):
            pass
    async with asyncio.timeout(10), FileTokenStore(path).lock(OTHER_KEY):
        pass
    await process.communicate(b"release\n")


@pytest.mark.parametrize("shared", [True, False], ids=["one store", "two stores"])
async def test_tasks_of_one_process_exclude_each_other(path: Path, shared: bool) -> None:
    """One task at a time holds the lock, whether tasks share a store or only its file."""
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
    """One at a time of the tasks in the loops of several threads holds the lock."""
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
    """A task that fails or is cancelled while it holds the lock releases it for this process and all others."""
    with pytest.raises(failure):
        async with FileTokenStore(path).lock(KEY):
            raise failure

    assert await enters(FileTokenStore(path).lock(KEY))


async def test_a_cancelled_waiter_holds_nothing(path: Path) -> None:
    """A task that is cancelled while it polls for the lock file leaves both locks free, the process's own and the file."""
    store, other = FileTokenStore(path), FileTokenStore(path)
    async with other.lock(KEY):
        waiter = asyncio.create_task(store.lock(KEY).__aenter__())
        for _ in range(3):
            await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)

    assert waiter.cancelled()
    assert await enters(store.lock(KEY))


async def test_tasks_exclude_each_other_without_a_lock_file(tmp_path: Path) -> None:
    """If no lock file can be created, the lock works within the store, without a warning: saving issues one."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    store = FileTokenStore(tmp_path / "file" / "tokens.json")
    async with store.lock(KEY):
        waiter = asyncio.create_task(enters(store.lock(KEY)))
        await asyncio.sleep(0)
        waited = not waiter.done()

    assert (True, True) == (waited, await waiter)


def test_a_forked_child_does_not_wait_for_a_task_of_its_parent(path: Path) -> None:
    """A child gets the lock when its parent releases it, although the child's copy of the parent's task never releases it."""
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
