"""A job without await: for scripts, notebooks and threads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from ..sync.client import AIZoomDocClient
from ..tracebacks import ending_at_user
from .documents import DocumentLike
from .executor import Executor
from .job import BatchJob, JobProgress
from .outcomes import JobCounts, Outcome
from .progression import Limits
from .questions import QuestionLike
from .task import BatchSettings, BatchTask

__all__ = ["SyncBatchJob"]


@ending_at_user
class SyncBatchJob:
    """Asks each of `questions` about each of `documents`, or what `tasks` say, and hands out what becomes of it.

    The parameters, and what is raised, are those of `BatchJob`. The job runs in the background loop of `client`: also between two
    outcomes, as long as few of them wait to be taken. `on_progress` is called in that loop's thread; it may call `stop`, and
    must not use the client.

    ::

        with SyncBatchJob(client, documents="plans", questions="…", journal="run.sqlite") as job:
            for outcome in job: ...

    Ctrl-C, or any other exception, ends the job: the answers that are being read are given up, the user's settings are put back,
    and the journal has what is needed to go on.
    """

    def __init__(
        self,
        client: AIZoomDocClient,
        *,
        documents: DocumentLike | Iterable[DocumentLike] | None = None,
        questions: QuestionLike | Iterable[QuestionLike] | Mapping[str, str] | None = None,
        tasks: Iterable[BatchTask] | None = None,
        settings: BatchSettings | None = None,
        journal: str | Path,
        concurrency: int | Literal["auto"] = "auto",
        limit: int | None = None,
        retry_failed: bool = False,
        schema: type[Any] | None = None,
        executor: Executor | None = None,
        limits: Limits | None = None,
        on_progress: Callable[[JobProgress], None] | None = None,
    ) -> None:
        # The generated client keeps both to itself: its users need neither.
        self._bridge = client._bridge  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        self._job = BatchJob(
            client._client,  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            documents=documents,
            questions=questions,
            tasks=tasks,
            settings=settings,
            journal=journal,
            concurrency=concurrency,
            limit=limit,
            retry_failed=retry_failed,
            schema=schema,
            executor=executor,
            limits=limits,
            on_progress=on_progress,
        )

    def __enter__(self) -> Self:
        self._bridge.run(self._job.__aenter__())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._bridge.run(self._job.__aexit__(kind, error, traceback))

    def __iter__(self) -> Iterator[Outcome]:
        outcomes = aiter(self._job)
        try:
            while (outcome := self._bridge.run(_next(outcomes))) is not None:
                yield outcome
        finally:
            self._bridge.run(_closed(outcomes))

    def __repr__(self) -> str:
        return repr(self._job).replace("BatchJob", type(self).__name__, 1)

    def _repr_html_(self) -> str:
        """The counts as a table, in a notebook."""
        return self._job._repr_html_()  # pyright: ignore[reportPrivateUsage]

    @property
    def progress(self) -> JobProgress:
        """How far the job is."""
        return self._job.progress

    def run(self) -> JobCounts:
        """Runs the job to its end, without handing out what becomes of each unit; how far it came."""
        return self._bridge.run(self._job.run())

    def stop(self) -> None:
        """Begins no more units; those that run are read to their end, then the iteration ends.

        May be called from any thread, from a signal handler, and from `on_progress`.
        """
        self._bridge.post(self._job.stop)


async def _next(outcomes: AsyncGenerator[Outcome, None]) -> Outcome | None:
    return await anext(outcomes, None)


async def _closed(outcomes: AsyncGenerator[Outcome, None]) -> None:
    await outcomes.aclose()
