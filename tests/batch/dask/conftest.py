"""A cluster that the tests of a module share; each starts with three workers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.batch.dask.clusters import RealCluster, real_cluster


@pytest.fixture(scope="module")
def shared_cluster() -> Iterator[RealCluster]:
    with real_cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: RealCluster) -> RealCluster:
    shared_cluster.admin.wait_for_workers(3)
    return shared_cluster
