"""What users give to a job whose steps are performed on a cluster of Dask."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from ...catalog import text
from ...client import AsyncAIZoomDocClient
from ...exceptions import ConfigurationError
from ..answer_format import AnswerFormat
from ..executor import Executor
from .cluster import Cluster
from .job_on_cluster import JobOnCluster

__all__ = ["DaskExecutor"]


class DaskExecutor:
    """Lets a Dask cluster ask a job's questions: ``BatchJob(…, executor=DaskExecutor("tls://host:8786"))``.

    `scheduler` is the address of a scheduler, or a cluster object of Dask; `security` is a `distributed.Security`, by default
    that of the cluster object or of Dask's configuration. Each worker has this package, in the same version, and holds one
    client for the job. The journal, the files, the user's settings and the schema stay in the process that runs the job: it
    uploads the files, and it alone writes the journal. What a worker was at when it was lost is looked up, and goes on elsewhere.

    Workers log in as the same user as the job's client. They do so by their own environment, profile file or saved login, unless
    `client_options`, arguments of `AsyncAIZoomDocClient` such as `timeout`, say otherwise. With ``send_token=True`` they get the
    static token of `client_options`, or else that of the job's client, and keep it in memory only. Tokens and questions then
    travel through the scheduler as Dask's transport carries them: encrypted with ``tls://`` only. Whoever can reach a scheduler
    without TLS can run any code on its workers.

    Raises `ConfigurationError` for a token among `client_options` without `send_token`. Running the job raises it where there is
    no token to send, the scheduler cannot be reached, or no worker can be used; later losses make the job pause until a worker is
    there again.
    """

    def __init__(
        self,
        scheduler: object,
        *,
        client_options: Mapping[str, Any] | None = None,
        send_token: bool = False,
        security: object = None,
    ) -> None:
        self._scheduler = scheduler
        self._options = dict(client_options or {})
        self._send_token = send_token
        self._security = security
        if not send_token and self._options.get("static_token") is not None:
            raise ConfigurationError(text("token_not_to_be_sent"))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self._scheduler, 'scheduler_address', self._scheduler)}>"

    def __reduce__(self) -> Any:
        raise TypeError(f"a {type(self).__name__} stays in its process: its options may hold a token")

    @asynccontextmanager
    async def for_job(self, client: AsyncAIZoomDocClient, answer_format: AnswerFormat | None) -> AsyncGenerator[Executor]:
        """The executor of one job, connected to the cluster inside of the block."""
        options = dict(self._options)
        if self._send_token and options.get("static_token") is None:
            if client.config.static_token is None:
                raise ConfigurationError(text("no_token_to_send"))
            options["static_token"] = client.config.static_token
        async with JobOnCluster.connected(
            lambda: Cluster.connect(self._scheduler, self._security), client, answer_format, options
        ) as job:
            yield job
