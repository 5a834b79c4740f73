"""What users give to a job, and what its mistakes look like."""

from __future__ import annotations

import pickle
import sys
import types
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client import AIZoomDocClient, AsyncAIZoomDocClient, ConfigurationError, MemoryTokenStore
from aizoomdoc_client.batch import DaskExecutor, Done, SyncBatchJob
from aizoomdoc_client.batch.dask import cluster as cluster_module, worker as on_worker, workers
from tests.batch.dask.clusters import RealCluster, real_cluster
from tests.batch.job_setup import HEIGHT, TOKEN, Desk, desk_at


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_at(tmp_path) as desk:
        yield desk


async def error_of(desk: Desk, executor: DaskExecutor) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        await desk.run(executor=executor)
    assert 0 == await desk.posted()
    return caught.value


def test_a_token_is_sent_only_where_that_is_wanted() -> None:
    """And neither a repr nor a pickle has it."""
    with pytest.raises(ConfigurationError, match="send_token=True") as caught:
        DaskExecutor("tcp://127.0.0.1:8786", client_options={"static_token": TOKEN})
    executor = DaskExecutor("tcp://127.0.0.1:8786", client_options={"static_token": TOKEN}, send_token=True)

    assert "token_not_to_be_sent" == caught.value.code
    assert "<DaskExecutor tcp://127.0.0.1:8786>" == repr(executor)
    with pytest.raises(TypeError, match="stays in its process"):
        pickle.dumps(executor)


async def test_a_client_without_a_token_has_none_to_send(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says where to give one."""
    monkeypatch.delenv("AIZOOMDOC_TOKEN", raising=False)
    async with AsyncAIZoomDocClient(desk.server.url, token_store=MemoryTokenStore()) as client:
        with pytest.raises(ConfigurationError) as caught:
            async with DaskExecutor("tcp://127.0.0.1:9", send_token=True).for_job(client, None):
                pass

    assert "no_token_to_send" == caught.value.code


async def test_the_jobs_own_token_can_be_sent(cluster: RealCluster, desk: Desk) -> None:
    """It is in no log of a worker, of the scheduler, or of this process."""
    outcomes = await desk.run(executor=DaskExecutor(cluster.local, send_token=True))
    logs = [cluster.admin.get_worker_logs(), cluster.admin.get_scheduler_logs()]

    assert [Done] * 3 == [type(outcome) for outcome in outcomes]
    assert "open_session" in str(logs)
    assert TOKEN not in str(logs)


async def test_a_cluster_with_tls_is_used_by_its_address_and_certificates(desk: Desk) -> None:
    """Without them nobody is let in."""
    pytest.importorskip("cryptography")  # Dask makes certificates by it
    import distributed

    security = distributed.Security.temporary()
    with real_cluster(n_workers=1, protocol="tls://", security=security) as cluster:
        stranger = await error_of(desk, DaskExecutor(cluster.address, send_token=True))
        outcomes = await desk.run(executor=DaskExecutor(cluster.address, send_token=True, security=security))

    assert cluster.address.startswith("tls://")
    assert "dask_scheduler_not_reached" == stranger.code
    assert [Done] * 3 == [type(outcome) for outcome in outcomes]


def test_a_job_without_await_uses_the_workers_as_well(cluster: RealCluster, tmp_path: Path) -> None:
    """From the background loop of its client."""
    from aizoomdoc_client.local import LocalSettings
    from tests.cli.servers import running_local_server

    plan = tmp_path / "План.md"
    plan.write_text("Высота этажа 3,3 м", encoding="utf-8")
    settings = LocalSettings(port=0, data_dir=tmp_path / "server", tokens=(TOKEN,), pace_seconds=0, readers=1)
    with (
        running_local_server(settings) as server,
        AIZoomDocClient(server.url, TOKEN, token_store=MemoryTokenStore()) as client,
        SyncBatchJob(
            client,
            documents=plan,
            questions=HEIGHT,
            journal=tmp_path / "j.sqlite",
            executor=DaskExecutor(cluster.address, send_token=True),
        ) as job,
    ):
        assert 1 == job.run().done


async def test_workers_of_another_version_are_refused(cluster: RealCluster, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything else is sent to them; the error has both versions."""
    monkeypatch.setattr(workers, "__version__", "9.9.9")
    monkeypatch.setattr(workers, "_WAIT_SECONDS", 0.1)
    error = await error_of(desk, DaskExecutor(cluster.local, send_token=True))

    assert ("worker_unusable", True) == (error.code, "9.9.9" in error.message)
    assert "установите одну и ту же версию" in error.localized("ru")


async def test_workers_without_the_package_are_refused(cluster: RealCluster, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install there."""
    only_here: Any = types.ModuleType("only_here")
    exec("async def greet(): return 'x'", only_here.__dict__)
    monkeypatch.setitem(sys.modules, "only_here", only_here)
    monkeypatch.setattr(on_worker, "greet", only_here.greet)
    monkeypatch.setattr(workers, "_WAIT_SECONDS", 0.1)
    error = await error_of(desk, DaskExecutor(cluster.local, send_token=True))

    assert ("worker_unusable", True) == (error.code, "only_here" in error.message)
    assert "install it on the workers" in error.message


async def test_workers_that_are_logged_in_as_nobody_are_refused(
    cluster: RealCluster, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They use their own login where no token is sent."""
    monkeypatch.setattr(workers, "_WAIT_SECONDS", 0.1)
    error = await error_of(desk, DaskExecutor(cluster.local, client_options={"profile": None}))

    assert ("worker_unusable", True) == (error.code, "logged" in error.message or "token" in error.message)


async def test_a_scheduler_that_is_not_there_is_an_error(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that names its address; so is an address that is none."""
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:9", "nothing://at.all", "tcp://"):
        error = await error_of(desk, DaskExecutor(address, send_token=True))
        assert ("dask_scheduler_not_reached", True) == (error.code, address in error.message)
        assert "\n" not in error.message


async def test_a_scheduler_without_workers_is_an_error(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job waits for some, but not for ever."""
    import distributed

    monkeypatch.setattr(workers, "_WAIT_SECONDS", 0.2)
    async with distributed.LocalCluster(
        n_workers=0, processes=False, dashboard_address="127.0.0.1:0", asynchronous=True
    ) as cluster:
        error = await error_of(desk, DaskExecutor(cluster, send_token=True))

    assert "no_workers" == error.code


async def test_without_the_library_the_error_names_the_extra(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is imported by the first job that needs it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    error = await error_of(desk, DaskExecutor("tcp://127.0.0.1:9", send_token=True))

    assert ("extra_missing", True) == (error.code, "aizoomdoc-client[dask]" in error.message)
