"""A forked child gets a loop and connections of its own, and those of its parent are not disturbed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aizoomdoc_client.testing import ScriptedServer, ServerBehavior, running_server
from tests.sync.conftest import HeldAnswer
from tests.sync.scripts import run, start

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")

BEGINNING = """
import warnings
warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)

def child(work):
    pid = os.fork()
    if pid == 0:
        work()
        sys.exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""


@pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["contract", "production"])
def test_parent_and_child_both_go_on(tmp_path: Path, behavior: ServerBehavior) -> None:
    """A child that is forked in mid-stream, asks and ends leaves the parent's stream, calls and connections as they were."""
    with running_server(behavior) as server:
        held = HeldAnswer(server)
        script = start(
            tmp_path,
            server,
            BEGINNING
            + """
answer = client.send_message(chat.id, "?")
say(first_piece(answer))

def work():
    say("child:", client.get_me().user.username, len(client.ask(client.create_chat().id, "??").text) > 0)
    client.close()
    say("child again:", client.health().status)

say("status", child(work))
say("parent:", client.get_me().user.username)
say(answer.result().text)
""",
        )
        lines = [script.line() for _ in range(5)]
        held.go_on.set()
        ended = script.end()

    assert [HeldAnswer.FIRST, "child: user-1 True", "child again: healthy", "status 0", "parent: user-1"] == lines
    assert (0, HeldAnswer.FIRST + HeldAnswer.REST, "") == (ended.status, ended.output[-1], ended.errors)


def test_a_stream_of_the_parent_cannot_be_read_in_the_child(tmp_path: Path, server: ScriptedServer) -> None:
    """Reading it there raises an error, whether or not reading had begun; dropping and closing it has no effect on the parent."""
    held = HeldAnswer(server)
    script = start(
        tmp_path,
        server,
        BEGINNING
        + """
answer = client.send_message(chat.id, "?")
unread = client.send_message(client.create_chat().id, "??")
say(first_piece(answer))

def work():
    for stream in (answer, unread):
        for read in (list, type(stream).result):
            try:
                read(stream)
            except StreamInterruptedError as error:
                say("child:", error.message.partition(":")[0])
        stream.cancel()
        stream.close()
    globals().update(answer=None, unread=None)

say("status", child(work))
say("go on")
say(answer.result().text)
say(len(unread.result().text) > 0)
""",
    )
    lines = [script.line() for _ in range(7)]
    held.go_on.set()
    ended = script.end()

    refused = "child: This answer belongs to the parent process"
    assert [HeldAnswer.FIRST, *([refused] * 4), "status 0", "go on"] == lines
    assert (0, [HeldAnswer.FIRST + HeldAnswer.REST, "True"], "") == (ended.status, ended.output[-2:], ended.errors)


def test_workers_of_a_forked_pool_share_a_client(tmp_path: Path, server: ScriptedServer) -> None:
    """A client that was created and used before the fork works in each process of a pool."""
    ended = run(
        tmp_path,
        server,
        BEGINNING
        + """
import multiprocessing

def work(number):
    return client.get_me().user.username + str(len(client.ask(client.create_chat().id, "?").text) > 0)

with multiprocessing.get_context("fork").Pool(3) as pool:
    say(set(pool.map(work, range(6))))
say(client.get_me().user.username)
""",
    )

    assert (0, ["{'user-1True'}", "user-1"], "") == (ended.status, ended.output, ended.errors)


def test_forks_while_other_threads_are_busy(tmp_path: Path, server: ScriptedServer) -> None:
    """No lock stays held in a child that is forked while other threads call and stream."""
    ended = run(
        tmp_path,
        server,
        BEGINNING
        + """
stop = threading.Event()

def busy():
    mine = client.create_chat().id
    while not stop.is_set():
        client.ask(mine, "?")

threads = [threading.Thread(target=busy) for _ in range(3)]
for thread in threads:
    thread.start()
say([child(lambda: client.get_me()) for _ in range(3)])
stop.set()
""",
    )

    assert (0, [str([0] * 3)], "") == (ended.status, ended.output, ended.errors)
