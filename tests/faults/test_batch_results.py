"""How ``aizoomdoc batch run`` writes its results: a full disk, Ctrl-C, a folder that is not there."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from aizoomdoc_client.testing import ScriptedServer, ServerBehavior, SyncPoint, Wait, running_server, simple_answer
from tests.faults.batch_command import BatchCommand, until
from tests.local.test_storage_errors import filled, small_disk

__all__ = ["small_disk"]

OLD = b"old results"


@pytest.fixture
def server(batch: BatchCommand) -> Generator[ScriptedServer]:
    """A server that answers at once, and a user who is logged in."""
    with running_server(ServerBehavior.CONTRACT) as server:
        server.answer_with(lambda _: simple_answer("3,3 м"))
        batch.log_in(server.url)
        yield server


@pytest.fixture
def slow_disk(tmp_path: Path) -> Mapping[str, str]:
    """The environment of a program whose finished results wait for the disk; a file tells that they do."""
    folder = tmp_path / "slow"
    folder.mkdir()
    code = f"""
import pathlib, time
replace = pathlib.Path.replace
def waits(path, target):
    if path.suffix == ".part":
        pathlib.Path({str(folder / "waits")!r}).touch()
        time.sleep(60)
    return replace(path, target)
pathlib.Path.replace = waits
"""
    (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {"PYTHONPATH": str(folder)}


def test_batch_export_full(batch: BatchCommand, server: ScriptedServer, small_disk: Path) -> None:
    """All answers are in the journal; the command names the disk, and what writes the results later. The old ones stay."""
    out = small_disk / "Ответы, все.csv"
    out.write_bytes(OLD)
    with filled(small_disk):
        outcome = batch.run("--out", str(out))
        again = batch.program("batch", "export", str(batch.journal), "--out", str(out))
        left = out.read_bytes()
    command = f"aizoomdoc batch export {batch.journal} --out '{out}'"

    assert (3, 3, OLD) == (outcome.code, again.code, left)
    assert [
        "done 6 of 6",
        f"Error: The results cannot be written to {out}: No space left on device",
        f"The answers are in the journal; once that is mended: {command}",
    ] == outcome.errors[-3:]
    assert [out] == [*small_disk.iterdir()]
    assert 0 == batch.program("batch", "export", str(batch.journal), "--out", str(out)).code
    assert 7 == len(out.read_text("utf-8-sig").splitlines())
    assert 6 == len(server.posts)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_batch_export_interrupted(
    batch: BatchCommand, server: ScriptedServer, slow_disk: Mapping[str, str], number: signal.Signals, code: int
) -> None:
    """One Ctrl-C ends the writing at once: the old results stay, nothing else is left, and a command writes them later."""
    out = batch.folder / "answers.html"
    out.write_bytes(OLD)
    with batch.running("--out", str(out), **slow_disk) as job:
        until(lambda: Path(slow_disk["PYTHONPATH"], "waits").exists())
        job.process.send_signal(number)
        outcome = job.ended()

    assert (code, OLD) == (outcome.code, out.read_bytes()), outcome
    assert [
        "done 6 of 6",
        f"The answers are in the journal; to write them: aizoomdoc batch export {batch.journal} --out {out}",
        "Interrupted",
    ] == outcome.errors[-3:]
    assert [] == [*batch.folder.glob(".*")]
    assert 0 == batch.program("batch", "export", str(batch.journal), "--out", str(out)).code
    assert 6 == len(server.posts)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_batch_export_interrupted__its_own_command(
    batch: BatchCommand, server: ScriptedServer, slow_disk: Mapping[str, str], number: signal.Signals
) -> None:
    """``batch export`` leaves the old results, too, however it ends; the next one replaces them."""
    out = batch.folder / "answers.csv"
    out.write_bytes(OLD)
    assert 0 == batch.run().code
    arguments = ("batch", "export", str(batch.journal), "--out", str(out))
    with batch.program.start(*arguments, env=slow_disk) as export:
        until(lambda: Path(slow_disk["PYTHONPATH"], "waits").exists())
        export.send_signal(number)
        export.communicate(timeout=30)

    assert ({130, -9} & {export.returncode}, OLD) == ({export.returncode}, out.read_bytes())
    assert 0 == batch.program(*arguments).code
    assert (6, 7) == (len(server.posts), len(out.read_text("utf-8-sig").splitlines()))


def test_batch_export_no_folder(batch: BatchCommand, server: ScriptedServer) -> None:
    """A folder that is not there is named before anything is asked, not after a night."""
    outcome = batch.run("--out", str(batch.folder / "nowhere" / "answers.csv"))

    assert 3 == outcome.code
    assert f"there is no folder {batch.folder / 'nowhere'}" in outcome.err
    assert [] == server.posts


def test_batch_journal_full(batch: BatchCommand, server: ScriptedServer, small_disk: Path) -> None:
    """The job pauses, says which disk is full, and goes on by itself once there is room: nothing is asked twice."""
    released = SyncPoint()
    server.answer_with(lambda _: simple_answer("3,3 м " * 2000).interrupted(1, Wait(released)))
    journal = small_disk / "run.sqlite"
    with batch.running("--concurrency", "1", "--journal", str(journal)) as job:
        until(lambda: len(server.model_runs) == 1)
        with filled(small_disk):
            released.set()
            job.until_said(f"paused: the disk of the journal {journal} is full: make room on it, the job then goes on")
        outcome = job.ended()

    assert (0, "done 6 of 6") == (outcome.code, outcome.errors[-2]), outcome
    assert (6, 6) == (len(server.posts), len(server.model_runs))
