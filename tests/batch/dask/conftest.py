"""A cluster that the tests of a module share; each starts with three workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.batch.dask.clusters import RealCluster, real_cluster

RESTART_SECONDS = 20
"""So long a killed worker may take to be replaced; on a busy machine its nanny gives up at times."""


@pytest.fixture(scope="module")
def whole_cluster() -> Iterator[Callable[[], RealCluster]]:
    """Gives the module's cluster, or a new one where a worker of it was not replaced."""
    with ExitStack() as stack:
        running: RealCluster | None = None

        def whole() -> RealCluster:
            nonlocal running
            if running is not None:
                try:
                    running.admin.wait_for_workers(3, timeout=RESTART_SECONDS)
                except TimeoutError:
                    stack.close()
                else:
                    return running
            running = stack.enter_context(real_cluster())
            running.admin.wait_for_workers(3)
            return running

        yield whole


@pytest.fixture
def cluster(whole_cluster: Callable[[], RealCluster]) -> RealCluster:
    return whole_cluster()
