"""Batch jobs: the same questions to many documents."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import output
from ..batch_input import BatchInput, batch_input_options, read_tasks
from ..errors import CommandError, ExitCode
from ..framework import CommonOptions, Group, argument, command, json_option, option, run as run_coroutine, whole_number
from ..language import N_, _, language_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...batch.job import JobProgress
    from ...batch.journal_reader import JournalReader
    from ...batch.outcomes import JobCounts
    from ...batch.task import BatchTask
    from ...client import AsyncAIZoomDocClient

_JOURNAL = argument(
    "journal", type=click.Path(dir_okay=False, path_type=Path), metavar=N_("JOURNAL"), help=N_("the journal of the job")
)
_MOST_FAILURES = 10  # that `status` prints
_STOPPED = N_("Stopped. The same command goes on where it was.")


def _concurrency(value: str) -> int | str:
    return value if value == "auto" else whole_number(1)(value)


@command("run", N_("Ask questions about many documents; run it again to go on"))
@batch_input_options
@option(
    "--out",
    "out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar=N_("FILE"),
    help=N_("the results: .jsonl, .csv, .xlsx, .md or .html"),
)
@option(
    "--journal",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar=N_("FILE"),
    help=N_("what has happened so far, for going on; by default beside the results"),
)
@option("--concurrency", type=_concurrency, default="auto", metavar="N", help=N_("questions at a time; auto finds a good number"))
@option(
    "--schema",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar=N_("FILE"),
    help=N_("a TOML file of fields that the answers must have"),
)
@option("--limit", type=whole_number(1), metavar="N", help=N_("ask at most so many questions now"))
@option("--retry-failed", is_flag=True, help=N_("ask those again that failed before"))
@option("--scheduler", metavar=N_("ADDRESS"), help=N_("a Dask cluster that asks the questions, such as tls://host:8786"))
@option("--dry-run", is_flag=True, help=N_("show what would be asked, and send nothing"))
@json_option
def run(
    common: CommonOptions,
    *,
    given: BatchInput,
    out: Path | None,
    journal: Path | None,
    concurrency: int | str,
    schema: Path | None,
    limit: int | None,
    retry_failed: bool,
    scheduler: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    from ...batch.results.export import check_replaces_nothing, check_results_path
    from ...structured.toml_fields import read_fields

    if out is not None:
        check_results_path(out)
    fields = None if schema is None else read_fields(schema)
    journal = journal or (out.with_suffix(".sqlite") if out is not None else Path("aizoomdoc-batch.sqlite"))
    if out is not None:
        named = [journal, given.tasks, given.question_file, schema, *map(Path, given.paths)]
        check_replaces_nothing(out, [path for path in named if path is not None])
    if dry_run:
        tasks = run_coroutine(_tasks(common, given, journal, out))
        _print_plan(tasks, journal, schema=fields, limit=limit, retry_failed=retry_failed, as_json=as_json)
        return
    options = {"concurrency": concurrency, "limit": limit, "schema": fields, "retry_failed": retry_failed}
    running = _run_job(common, given, journal, out, scheduler=scheduler, as_json=as_json, options=options)
    progress, was_stopped = run_coroutine(running)
    _print_end(progress)
    if out is not None:  # outside of the event loop, where Ctrl-C ends it at once
        _export_at_end(journal, out)
        output.line_error(_("Results: {path}").format(path=out))
    _print_hints(progress.counts, journal, has_results=out is not None or as_json, was_stopped=was_stopped)
    _exit_if_incomplete(progress.counts, was_stopped=was_stopped)


async def _tasks(common: CommonOptions, given: BatchInput, journal: Path, out: Path | None) -> list[BatchTask]:
    async with common.client() as client:
        return await _read_tasks(given, client, journal, out)


async def _read_tasks(given: BatchInput, client: AsyncAIZoomDocClient, journal: Path, out: Path | None) -> list[BatchTask]:
    """The tasks, without the journal and earlier results as documents; raises where the results would replace a document."""
    from ...batch.results.export import check_replaces_nothing

    if out is None:
        return await read_tasks(given, client, exclude=[journal])
    tasks = await read_tasks(given, client, exclude=[journal, out])
    check_replaces_nothing(out, [task.document.path for task in tasks if task.document.path is not None])
    return tasks


async def _run_job(
    common: CommonOptions,
    given: BatchInput,
    journal: Path,
    out: Path | None,
    *,
    scheduler: str | None,
    as_json: bool,
    options: Mapping[str, Any],
) -> tuple[JobProgress, bool]:
    """Runs the job; returns its progress at the end, and whether the user stopped it."""
    from ...batch.job import BatchJob
    from ..batch_run import executor_on, run_job, with_pause_lines
    from ..display.batch_progress import batch_progress

    async with common.client() as client:
        tasks = await _read_tasks(given, client, journal, out)
        with batch_progress() as show:
            on_progress = with_pause_lines(show) if as_json else show
            executor = None if scheduler is None else executor_on(scheduler)
            job = BatchJob(client, tasks=tasks, journal=journal, executor=executor, on_progress=on_progress, **options)
            try:
                async with job:
                    was_stopped = await run_job(job, as_json=as_json)
            except asyncio.CancelledError:
                output.hint(_(_STOPPED))
                raise
    return job.progress, was_stopped


def _print_plan(
    tasks: list[BatchTask], journal: Path, *, schema: type[Any] | None, limit: int | None, retry_failed: bool, as_json: bool
) -> None:
    """Prints what a run would ask and upload, and what is answered already."""
    from ...batch.answer_format import AnswerFormat
    from ...batch.plan import plan

    fields = None if schema is None else AnswerFormat(schema).key
    found = plan(tasks, journal, fields, limit=limit, retry_failed=retry_failed)
    if as_json:
        output.as_json(found)
        return
    from ...catalog import size

    output.result(_("Documents: {count}").format(count=found.documents))
    output.result(_("Questions to ask: {count}").format(count=found.to_ask))
    if found.later:
        output.result(_("Left for later: {count}, because of --limit").format(count=found.later))
    output.result(_("Answered already: {count}").format(count=found.done))
    if found.failed:
        output.result(_("Failed before: {count}; --retry-failed asks them again").format(count=found.failed))
    output.result(
        _("To upload: {count} files, {size}").format(count=found.uploads, size=size(found.bytes_to_upload, language_in_force()))
    )
    for problem in found.problems:
        output.warning(problem.render(language_in_force()))


def _export(journal: Path, out: Path) -> int:
    from ...batch.journal_export import export

    return export(journal, out, language=language_in_force())


def _export_at_end(journal: Path, out: Path) -> None:
    """Writes the results after a run; where that fails, tells the user how to write them later from the journal."""
    from ...exceptions import ConfigurationError

    command = shlex.join(["aizoomdoc", "batch", "export", str(journal), "--out", str(out)])
    try:
        _export(journal, out)
    except ConfigurationError as error:
        if error.code == "results_not_written":
            error.add_note(_("The answers are in the journal; once that is mended: {command}").format(command=command))
        raise
    except KeyboardInterrupt:
        output.hint(_("The answers are in the journal; to write them: {command}").format(command=command))
        raise


def _print_end(progress: JobProgress) -> None:
    from ..display.batch_progress import progress_line

    output.line_error(progress_line(progress, None))
    if progress.changed_settings:
        output.warning(_("Somebody changed the role or the model while the job ran: the settings of before were not put back"))


def _print_hints(counts: JobCounts, journal: Path, *, has_results: bool, was_stopped: bool) -> None:
    quoted = shlex.quote(str(journal))
    if not has_results:
        output.hint(_("Results as a file: aizoomdoc batch export {journal} --out answers.xlsx").format(journal=quoted))
    if counts.failed:
        output.hint(_("What failed, and why: aizoomdoc batch status {journal}").format(journal=quoted))
    if was_stopped:
        output.hint(_(_STOPPED))


def _exit_if_incomplete(counts: JobCounts, *, was_stopped: bool) -> None:
    if was_stopped:
        raise click.exceptions.Exit(ExitCode.CTRL_C)
    if counts.failed or counts.skipped:
        raise click.exceptions.Exit(ExitCode.INCOMPLETE)


@command("status", N_("How far a job is, and what failed"))
@_JOURNAL
@json_option
def status(common: CommonOptions, *, journal: Path, as_json: bool) -> None:
    del common
    from ...batch.journal_reader import JournalReader

    with JournalReader(journal) as reader:
        if as_json:
            paused = None if reader.paused is None else reader.paused.render(language_in_force())
            said = {"running": reader.is_running, "paused": paused, "server": reader.fact("server"), "counts": reader.counts()}
            output.as_json(said)
        else:
            _print_status(reader)


def _print_status(reader: JournalReader) -> None:
    from ...batch.job import JobProgress
    from ..display.batch_progress import progress_line

    counts = reader.counts()
    output.result(progress_line(JobProgress(counts=counts), None))
    if (server := reader.fact("server")) is not None:
        output.result(_("Server: {url}").format(url=server))
    is_running = reader.is_running
    output.result(_("A process runs the job now") if is_running else _("No process runs the job now"))
    if reader.paused is not None:
        said = _("It pauses: {reason}") if is_running else _("It paused when it ended: {reason}")
        output.result(said.format(reason=reader.paused.render(language_in_force())))
    failed = (row for row in reader.rows() if row.state in {"failed", "skipped"})
    for number, row in enumerate(failed):
        if number == _MOST_FAILURES:
            output.hint(_("The others: aizoomdoc batch export, which has failures first"))
            break
        reason = "" if row.error is None else row.error.render(language_in_force())
        output.result(f"  {row.task.document.name}: {row.task.question.heading}: {reason}")
    if counts.failed and not is_running:
        output.hint(_("Ask again what failed: the same command with --retry-failed"))


@command("export", N_("Write the results of a job as a file, also while it runs"))
@_JOURNAL
@option(
    "--out",
    "out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar=N_("FILE"),
    help=N_("the results: .jsonl, .csv, .xlsx, .md or .html"),
)
def export(common: CommonOptions, *, journal: Path, out: Path) -> None:
    del common
    count = _export(journal, out)
    output.result(_("Results: {path}").format(path=out))
    output.note(_("Rows: {count}").format(count=count))


@command("retry", N_("Let the next run ask again what failed"))
@_JOURNAL
async def retry(common: CommonOptions, *, journal: Path) -> None:
    del common
    from ...batch.journal import Journal
    from ...batch.progression import retried

    if not await asyncio.to_thread(journal.is_file):
        raise CommandError("no_journal", ExitCode.CONFIGURATION, path=journal)
    opened = await Journal.open(journal)
    try:
        states = await opened.states()
        again = {key: new for key, state in states.items() if (new := retried(state)) != state}
        await opened.record_all(again)
    finally:
        await opened.close()
    output.result(_("Questions that the next run asks again: {count}").format(count=len(again)))


@command("cancel", N_("Stop the process that runs a job; it can go on later"))
@_JOURNAL
@option("--now", is_flag=True, help=N_("do not wait for the questions that run"))
def cancel(common: CommonOptions, *, journal: Path, now: bool) -> None:
    del common
    from ...batch.journal_reader import JournalReader

    with JournalReader(journal) as reader:
        process = reader.process
    if process is None:
        output.result(_("No process runs the job now"))
        return
    if not process.is_here:
        raise CommandError("job_runs_elsewhere", ExitCode.OTHER, process=process.pid, host=process.host)
    try:
        os.kill(process.pid, signal.SIGTERM if now else signal.SIGINT)
    except (ProcessLookupError, PermissionError) as error:
        raise CommandError("process_not_stopped", ExitCode.OTHER, process=process.pid) from error
    output.result(_("The job stops") if now else _("The job stops once the questions that run are finished"))


batch: Group = Group(
    "batch", help=N_("Jobs: the same questions to many documents"), commands=[run, status, export, retry, cancel]
)
