"""A server that has lost the files of a job."""

from __future__ import annotations

from pathlib import Path

from aizoomdoc_client.batch import BatchJob, Done
from aizoomdoc_client.batch.outcomes import Outcome
from aizoomdoc_client.local import LocalServer, LocalSettings
from aizoomdoc_client.session.retrier import waiting_by
from tests.batch.job_setup import TOKEN, HeldAnswerer, client_of, documents_in
from tests.client_and_server import no_wait


async def test_files_that_the_server_has_lost_are_sent_again(tmp_path: Path) -> None:
    """Once each, however many of their questions find them missing."""
    folder = documents_in(tmp_path / "plans", "План 1.md", "План 2.md")
    port, uploads = 0, list[int]()
    for data in ("before", "after"):
        settings = LocalSettings(port=port, data_dir=tmp_path / data, tokens=(TOKEN,), pace_seconds=0)
        with waiting_by(no_wait):
            async with LocalServer(settings, answerer=HeldAnswerer()) as server, client_of(server) as client:
                port = int(server.url.rpartition(":")[2])
                questions = [f"Высота {data}?", f"Ширина {data}?", f"Длина {data}?"]
                job = BatchJob(client, documents=folder, questions=questions, journal=tmp_path / "run.sqlite", concurrency=6)
                async with job:
                    outcomes: list[Outcome] = [outcome async for outcome in job]
                uploads.append(len([*(tmp_path / data / "files").iterdir()]))

        assert [Done] * 6 == [type(outcome) for outcome in outcomes]
    assert [2, 2] == uploads
