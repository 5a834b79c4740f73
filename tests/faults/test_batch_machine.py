"""A batch job whose machine sleeps, whose server is away or restarts, and whose documents are away."""

from __future__ import annotations

import signal
from collections.abc import Generator

import pytest

from aizoomdoc_client.testing import Answer, Drop, Hang, Question, ScriptedServer, ServerBehavior, SyncPoint, Wait, simple_answer
from aizoomdoc_client.testing.server_thread import ScriptedServerThread
from tests.faults.batch_command import BatchCommand, until


@pytest.fixture
def thread(batch: BatchCommand) -> Generator[ScriptedServerThread]:
    """A server that can be stopped, and a user who is logged in."""
    with ScriptedServerThread(ScriptedServer(ServerBehavior.CONTRACT)) as thread:
        thread.server.answer_with(lambda _: simple_answer("3,3 м"))
        batch.log_in(thread.server.url)
        yield thread


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stopped processes of POSIX systems")
def test_batch_asleep(batch: BatchCommand, thread: ScriptedServerThread) -> None:
    """Its answer was finished meanwhile, its connection cut, its token expired: the answer is taken, and the job goes on."""
    server, held = thread.server, SyncPoint()

    def answer(question: Question) -> Answer:
        (file_id,) = question.attached_file_ids
        usual = simple_answer("3,3 м")
        is_first = server.store.files[file_id].filename == "План 1.md"
        return usual.interrupted(2, Wait(held), Drop(then="finish")) if is_first else usual

    server.answer_with(answer)
    with batch.running("--concurrency", "1") as job:
        until(lambda: len(server.model_runs) == 1)
        job.process.send_signal(signal.SIGSTOP)
        held.set()
        until(lambda: server.model_runs[0].state == "finished")
        server.expire_tokens()
        job.process.send_signal(signal.SIGCONT)
        outcome = job.ended()

    assert (0, "done 6 of 6") == (outcome.code, outcome.errors[0])
    assert (6, 6) == (len(server.posts), len(server.model_runs))


def test_batch_server_away(batch: BatchCommand, thread: ScriptedServerThread) -> None:
    """The job pauses and says why, also by ``batch status``; once the server is there it goes on by itself, nothing twice."""
    server = thread.server
    server.respond("POST", "/chats", Hang(), Hang())
    with batch.running("--concurrency", "2") as job:
        until(lambda: len(server.requests_to("POST", "/chats")) == 2)
        thread.run(server.stop())
        job.until_said(f"paused: No connection to 127.0.0.1:{server.port}: nobody answers there; the job tries again by itself")
        until(lambda: "It pauses: No connection to" in batch.status())
        thread.run(server.start())
        outcome = job.ended()

    assert (0, "done 6 of 6") == (outcome.code, outcome.errors[-2]), outcome
    assert (6, 6) == (len(server.posts), len(server.model_runs))
    assert "paus" not in batch.status()


def test_batch_server_away__restarted(batch: BatchCommand, thread: ScriptedServerThread) -> None:
    """A restart is no reason to pause: what it broke off is done again."""
    server = thread.server
    server.respond("POST", "/chats", Hang(), Hang())
    with batch.running("--concurrency", "2") as job:
        until(lambda: len(server.requests_to("POST", "/chats")) == 2)
        thread.run(server.restart())
        outcome = job.ended()

    assert (0, "done 6 of 6") == (outcome.code, outcome.errors[0])
    assert (6, 6) == (len(server.posts), len(server.model_runs))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals of POSIX systems")
def test_batch_server_away__ctrl_c(batch: BatchCommand, thread: ScriptedServerThread) -> None:
    """Ctrl-C ends the pause; the next run, with a server again, does the rest."""
    server = thread.server
    server.respond("POST", "/chats", Hang(), Hang())
    with batch.running("--concurrency", "2") as job:
        until(lambda: len(server.requests_to("POST", "/chats")) == 2)
        thread.run(server.stop())
        job.until_said("the job tries again by itself")
        job.process.send_signal(signal.SIGINT)
        outcome = job.ended()
    thread.run(server.start())
    again = batch.run()

    assert (130, True) == (outcome.code, "The same command goes on where it was." in outcome.err), outcome
    assert (0, 6) == (again.code, len(server.posts))


@pytest.mark.parametrize("is_mounted", [False, True])
def test_batch_documents_away(batch: BatchCommand, thread: ScriptedServerThread, is_mounted: bool) -> None:
    """The job pauses and names the folder, which may be there and empty; with its files again it goes on, and none failed."""
    server, held, away = thread.server, SyncPoint(), batch.folder / "away"
    batch.write(*(f"Этаж {number}.md" for number in range(6)))
    server.answer_with(lambda _: simple_answer("3,3 м").interrupted(2, Wait(held)))
    with batch.running("--concurrency", "2") as job:
        until(lambda: len(server.model_runs) == 2)
        batch.plans.rename(away)
        if is_mounted:
            batch.plans.mkdir()
        held.set()
        job.until_said(
            f"paused: the folder {batch.plans} is not available: it is missing, cannot be read, or is empty; the job tries"
        )
        if is_mounted:
            batch.plans.rmdir()
        away.rename(batch.plans)
        outcome = job.ended()

    assert (0, "done 12 of 12") == (outcome.code, outcome.errors[-2]), outcome
    assert (12, 12) == (len(server.posts), len(server.model_runs))
