"""The options of a batch job's documents and questions, and the tasks that they mean."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from . import output
from .errors import CommandError, ExitCode
from .framework import Choice, argument, option
from .input import text_of_argument
from .language import N_, _, language_in_force

if TYPE_CHECKING:
    from ..batch.documents import FoundDocuments
    from ..batch.questions import QuestionWithSettings
    from ..batch.task import BatchDocument, BatchQuestion, BatchSettings, BatchTask
    from ..client import AsyncAIZoomDocClient
    from ..models import ModelProfile, Role


T = TypeVar("T")


class BatchInput(NamedTuple):
    """The options as they were given."""

    paths: tuple[str, ...] = ()
    recursive: bool = False
    skip_unreadable: bool = False
    tree: bool = False
    client_id: str | None = None
    node: str | None = None
    tasks: Path | None = None
    questions: tuple[str, ...] = ()
    question_file: Path | None = None
    role: str | None = None
    model: ModelProfile | None = None


_FILE = click.Path(path_type=Path)
BATCH_INPUT_OPTIONS: Sequence[Callable[[Callable[..., Any]], Callable[..., Any]]] = (
    argument(
        "paths",
        nargs=-1,
        type=click.Path(),
        metavar=N_("PATH"),
        help=N_("documents: files, folders, or patterns such as 'plans/**/*.pdf'"),
    ),
    option("--recursive", "-r", is_flag=True, help=N_("folders with all folders below them")),
    option("--skip-unreadable", is_flag=True, help=N_("go on without documents that cannot be read, and name them")),
    option("--tree", is_flag=True, help=N_("documents of the server's project tree")),
    option("--client-id", metavar="ID", help=N_("with --tree: of this client only")),
    option("--node", metavar=N_("NODE"), help=N_("with --tree: what is below this node, by id or path")),
    option(
        "--tasks",
        type=_FILE,
        metavar=N_("TABLE"),
        help=N_("a CSV, JSONL or XLSX table: file, question, role, model, and columns of your own"),
    ),
    option("--question", "questions", multiple=True, metavar=N_("QUESTION"), help=N_("a question, several if repeated")),
    option("--questions", "question_file", type=_FILE, metavar=N_("FILE"), help=N_("a TOML file of named questions")),
    option("--role", metavar=N_("ROLE"), help=N_("the role that answers, by name or number")),
    option("--model", type=Choice(["simple", "complex"]), help=N_("simple: quick; complex: thorough")),
)
"""The argument and the options, in the order of the help."""


def batch_input_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command, which gets them as its argument `given`, a `BatchInput`."""

    @functools.wraps(command)
    def with_input(*args: Any, **kwargs: Any) -> Any:
        values = {name: kwargs.pop(name) for name in BatchInput._fields}
        return command(*args, given=BatchInput(**values), **kwargs)

    for add in reversed(BATCH_INPUT_OPTIONS):
        add(with_input)
    return with_input


async def read_tasks(given: BatchInput, client: AsyncAIZoomDocClient, *, exclude: Iterable[Path] = ()) -> list[BatchTask]:
    """The tasks that the options mean; roles and the project tree are requested only where the options name them.

    Files of `exclude`, such as the job's own results, are left out of the documents. Raises `CommandError` for options that do
    not fit together and, after a line for each problem, where files, tables or questions cannot be used.
    """
    from ..batch.questions import make_tasks

    _check_options(given)
    with _problems_as_lines():
        if given.tasks is not None:
            return await _tasks_of_table(given, given.tasks, client)
        reading = await _questions(given, client)
        documents = await _documents(given, client, exclude)
        return make_tasks(documents, reading.questions, reading.settings)


def _check_options(given: BatchInput) -> None:
    """Raises `CommandError` for options that do not fit together, or that leave nothing to ask."""
    if given.tasks is not None and (given.paths or given.tree):
        raise CommandError("tasks_with_documents", ExitCode.USAGE)
    if not given.tree and (given.client_id is not None or given.node is not None):
        raise CommandError("tree_options_without_tree", ExitCode.USAGE)
    has_documents = bool(given.paths) or given.tree
    has_questions = bool(given.questions) or given.question_file is not None
    if given.tasks is None and not (has_documents and has_questions):
        raise CommandError("no_document_or_question", ExitCode.USAGE, hint=_('aizoomdoc batch run PATH --question "QUESTION"'))


class _QuestionsAndRoles(NamedTuple):
    """The questions, the settings for all of them, and the server's roles, if they were needed."""

    questions: Sequence[BatchQuestion | QuestionWithSettings]
    settings: BatchSettings
    roles: Sequence[Role]


async def _questions(given: BatchInput, client: AsyncAIZoomDocClient, *, names_roles: bool = False) -> _QuestionsAndRoles:
    from ..batch.question_file import read_question_file
    from ..batch.questions import as_questions, check_distinct
    from ..batch.task import BatchSettings

    named = as_questions([text_of_argument(each) for each in given.questions]) if given.questions else ()
    file = None if given.question_file is None else await _in_thread(read_question_file, given.question_file)
    names_roles = names_roles or given.role is not None or (file is not None and file.names_roles)
    roles = await client.get_available_roles() if names_roles else ()
    role = None if given.role is None else _role_number(given.role, roles)
    of_file = () if file is None else file.questions(roles)
    check_distinct([*named, *(each.question for each in of_file)])
    return _QuestionsAndRoles([*named, *of_file], BatchSettings(role=role, model=given.model), roles)


async def _tasks_of_table(given: BatchInput, path: Path, client: AsyncAIZoomDocClient) -> list[BatchTask]:
    from ..batch.task_table import read_task_table

    table = await _in_thread(read_task_table, path)
    asked = await _questions(given, client, names_roles=table.names_roles)
    return await _in_thread(table.tasks, asked.questions, asked.settings, asked.roles)


async def _documents(given: BatchInput, client: AsyncAIZoomDocClient, exclude: Iterable[Path]) -> list[BatchDocument]:
    from ..batch.documents import find_documents
    from ..batch.tree_documents import tree_documents

    documents: list[BatchDocument] = []
    if given.paths:
        find = functools.partial(find_documents, recursive=given.recursive, exclude=exclude, recursive_option="--recursive")
        found = await _in_thread(find, given.paths)
        _report_left_out(found, given)
        documents += found.documents
    if given.tree:
        documents += await tree_documents(client, given.client_id, node=given.node)
    return documents


def _report_left_out(found: FoundDocuments, given: BatchInput) -> None:
    """Reports what was left out; raises `ConfigurationError` for unreadable documents, unless they are to be skipped."""
    from ..batch.problems import Problems
    from ..catalog import text

    problems = Problems()
    for problem in found.problems:
        if given.skip_unreadable:
            output.warning(_("Left out: {reason}").format(reason=problem.render(language_in_force())))
        else:
            problems.add(problem)
    if not found.documents and not problems.count and not given.tree:
        problems.add(text("no_documents"))
    problems.raise_if_any(text("batch_documents"))
    if found.others:
        kinds = ", ".join(sorted(kind or _("without a suffix") for kind in found.others))
        output.note(_("Other files in the folders: {count} ({kinds})").format(count=sum(found.others.values()), kinds=kinds))
    if found.subfolders:
        output.note(_("Folders that were not read: {count}; --recursive reads them").format(count=found.subfolders))


def _role_number(wanted: str, roles: Sequence[Role]) -> int:
    from ..batch.roles import role_number
    from ..catalog import LocalizedText, text
    from ..exceptions import ConfigurationError

    found = role_number(wanted, roles)
    if isinstance(found, LocalizedText):
        raise ConfigurationError(text("batch_input_unusable", source="--role", problems=[found], more=""))
    return found


@contextmanager
def _problems_as_lines() -> Generator[None]:
    """Prints each of several problems on a line of its own; all in one line would be too long to read."""
    from ..exceptions import ConfigurationError

    try:
        yield
    except ConfigurationError as error:
        problems = error.text.values.get("problems", ()) if error.code == "batch_input_unusable" else ()
        if len(problems) < 2:
            raise
        lines = [*problems, *([more] if (more := error.text.values["more"]) else [])]
        for problem in lines:
            output.line_error(problem.render(language_in_force()))
        raise CommandError("batch_input_problems", ExitCode.CONFIGURATION, source=error.text.values["source"]) from error


async def _in_thread(function: Callable[..., T], *arguments: object) -> T:
    """The result of a blocking function, which Ctrl-C abandons: reading a folder on a network can take minutes.

    Threads of asyncio and anyio are waited for when the process ends; a daemon thread is not.
    """
    done: Future[T] = Future()
    done.set_running_or_notify_cancel()

    def work() -> None:
        try:
            done.set_result(function(*arguments))
        except BaseException as error:  # noqa: BLE001 - raised again where the result is awaited
            done.set_exception(error)

    Thread(target=work, name="aizoomdoc-batch-input", daemon=True).start()
    return await asyncio.wrap_future(done)
