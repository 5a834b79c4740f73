"""A batch job with a document at which the server, or the program, fails, and with documents that change."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator

import pytest

from aizoomdoc_client.testing import (
    Answer,
    Question,
    ScriptedServer,
    ServerBehavior,
    Stall,
    SyncPoint,
    Wait,
    detail,
    error_answer,
    running_server,
    simple_answer,
)
from tests.faults.batch_command import BatchCommand, until

POISON = "План 3.md"
AT_ONCE = ("--concurrency", "1")


@pytest.fixture
def server(batch: BatchCommand) -> Generator[ScriptedServer]:
    """A server that answers with the name of the document, and a user who is logged in."""
    with running_server(ServerBehavior.CONTRACT) as server:
        batch.log_in(server.url)
        answer_by_name(server, simple_answer)
        yield server


def answer_by_name(server: ScriptedServer, answer: Callable[[str], Answer]) -> None:
    def made(question: Question) -> Answer:
        (file_id,) = question.attached_file_ids
        return answer(server.store.files[file_id].filename)

    server.answer_with(made)


def runs_of(server: ScriptedServer, name: str) -> int:
    """How often the model was asked about a document."""
    return sum(server.store.files[run.question.attached_file_ids[0]].filename == name for run in server.model_runs)


def test_batch_poison(batch: BatchCommand, server: ScriptedServer) -> None:
    """A document at which the server fails is tried three times and named; the others are answered, and not asked again."""
    answer_by_name(server, lambda name: error_answer("Cannot read the document") if name == POISON else simple_answer(name))
    outcome = batch.run()
    status = batch.status()
    second = batch.run()
    answer_by_name(server, simple_answer)
    third = batch.run("--retry-failed")

    assert (12, "done 5 of 6; failed 1") == (outcome.code, outcome.errors[0])
    assert f"  {POISON}: Какая высота этажа?: Cannot read the document" in status.splitlines()
    assert (12, 0, "done 6 of 6") == (second.code, third.code, third.errors[0])
    assert (4, 9) == (runs_of(server, POISON), len(server.model_runs))


def test_batch_poison__refused(batch: BatchCommand, server: ScriptedServer) -> None:
    """A document that is refused is not sent again, and five in a row do not stop the job."""
    server.respond("POST", "/files/upload", *[detail(400, "The file is damaged")] * 5)
    outcome = batch.run(*AT_ONCE)

    assert (12, "done 1 of 6; failed 5") == (outcome.code, outcome.errors[0])
    assert 5 == batch.status().count(": The file is damaged")
    assert 6 == len(server.requests_to("POST", "/files/upload"))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 of POSIX systems")
def test_batch_poison__kills_the_program(batch: BatchCommand, server: ScriptedServer) -> None:
    """A document at which the program died twice, as for want of memory, is left out by the third run, which says why."""
    answer_by_name(server, lambda name: simple_answer(name).interrupted(2, *[Stall()] * (name == POISON)))
    for number in (1, 2):
        with batch.running(*AT_ONCE) as job:
            until(lambda: runs_of(server, POISON) == number)  # noqa: B023  # returns before the next number
            job.process.kill()
            job.process.wait()
    outcome = batch.run(*AT_ONCE)
    status = batch.status()

    assert (12, "done 5 of 6; failed 1") == (outcome.code, outcome.errors[0])
    assert f"{POISON}: Какая высота этажа?: the program ended 2 times while it was at this question" in status
    assert (2, 7) == (runs_of(server, POISON), len(server.model_runs))


def test_batch_second_run(batch: BatchCommand, server: ScriptedServer) -> None:
    """The second run says who uses the journal and how to stop it, sends nothing, and leaves results and the first run alone."""
    out = batch.folder / "answers.csv"
    out.write_bytes(b"old")
    held = SyncPoint()
    answer_by_name(server, lambda name: simple_answer(name).interrupted(2, Wait(held)))
    with batch.running(*AT_ONCE) as job:
        until(lambda: len(server.model_runs) == 1)
        posts = len(server.posts)
        second = batch.run("--out", str(out))
        retry = batch.program("batch", "retry", str(batch.journal))
        running = "A process runs the job now" in batch.status()
        untouched = (posts, b"old") == (len(server.posts), out.read_bytes())
        held.set()
        first = job.ended()
    stop = f"`aizoomdoc batch cancel {batch.journal}`"
    said = f"the journal {batch.journal} is in use by another run: wait for it, or stop it ({stop})"

    assert [f"Error: {said}"] == second.errors == retry.errors
    assert (3, 3, 0, True, True) == (second.code, retry.code, first.code, running, untouched)
    assert 6 == len(server.posts)


def test_batch_second_run__cancelled(batch: BatchCommand, server: ScriptedServer) -> None:
    """The command that the second run names ends the first one, and the same command goes on then."""
    held = SyncPoint()
    answer_by_name(server, lambda name: simple_answer(name).interrupted(2, Wait(held)))
    with batch.running(*AT_ONCE) as job:
        until(lambda: len(server.model_runs) == 1)
        cancelled = batch.program("batch", "cancel", str(batch.journal))
        job.until_said("Stopping")
        held.set()
        first = job.ended()
    again = batch.run()

    assert (0, 130, 0) == (cancelled.code, first.code, again.code)
    assert (["done 6 of 6"], 6) == (again.errors[:1], len(server.posts))


def test_batch_document_changed(batch: BatchCommand, server: ScriptedServer) -> None:
    """Between two runs: new content and new files are asked about; a renamed file is not, and one that is gone is left out."""
    out = batch.folder / "answers.jsonl"
    batch.run("--out", str(out))
    (batch.plans / "План 1.md").write_text("Другой документ", encoding="utf-8")
    (batch.plans / "План 2.md").rename(batch.plans / "План 7.md")
    (batch.plans / "План 3.md").unlink()
    batch.write("План 8.md")
    outcome = batch.run("--out", str(out))

    assert (0, "done 6 of 6") == (outcome.code, outcome.errors[0])
    assert {"План 1.md": 2, "План 2.md": 1, "План 3.md": 1, "План 7.md": 0, "План 8.md": 1} == {
        name: runs_of(server, name) for name in ("План 1.md", "План 2.md", "План 3.md", "План 7.md", "План 8.md")
    }
    assert 6 == len(out.read_text("utf-8").splitlines())
    assert "План 3.md" not in out.read_text("utf-8")


def test_batch_document_changed__while_it_runs(batch: BatchCommand, server: ScriptedServer) -> None:
    """Between the start and its upload: a failure that says so, not an answer to another content; the next run asks."""
    changed = batch.plans / "План 6.md"

    def answer(name: str) -> Answer:
        changed.write_text("Другой документ", encoding="utf-8")
        return simple_answer(name)

    answer_by_name(server, answer)
    outcome = batch.run(*AT_ONCE)
    status = batch.status()
    answer_by_name(server, simple_answer)
    again = batch.run(*AT_ONCE)

    assert (12, "done 5 of 6; failed 1") == (outcome.code, outcome.errors[0])
    assert f"{changed} was changed while the job ran: run the job again" in status
    assert (0, "done 6 of 6") == (again.code, again.errors[0])
    assert (1, 6) == (runs_of(server, "План 6.md"), len(server.posts))
    until(lambda: "failed" not in batch.status())
