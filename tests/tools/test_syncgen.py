"""The generator of the sync classes: what it writes, and what it rejects."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from aizoomdoc_client._tools import syncgen
from aizoomdoc_client._tools.syncgen import UnmappedError, shells
from aizoomdoc_client._tools.syncgen.renaming import PHRASES, Wording
from aizoomdoc_client._tools.syncgen.shells import Shell, render
from aizoomdoc_client._tools.syncgen.source import read, read_text
from aizoomdoc_client._tools.syncgen.targets import HEADER, SHELLS

PACKAGE = Path(syncgen.__file__).parents[2]
CLIENT, _, JOB = SHELLS

MODULE = '''
from collections.abc import AsyncIterator, Sequence
from .models import Chat
from .answer_stream import AsyncAnswerStream


class AsyncAIZoomDocClient:
    """A client."""

{members}
'''


def made(members: str) -> str:
    """The text generated from an async client with `members`."""
    text = MODULE.format(members="\n".join(f"    {line}" for line in members.strip("\n").splitlines()))
    return render(CLIENT, read_text(text, "client.py", "AsyncAIZoomDocClient"), Wording())


JOB_MODULE = '''
from ..client import AsyncAIZoomDocClient
from .outcomes import Outcome


class Progress:
    """How far it is."""


class BatchJob:
    """Asks what `tasks` say.

    async with BatchJob(client) as job:
        async for outcome in job: ...
    """

    def __init__(self, client: AsyncAIZoomDocClient, *, tasks: list[str]) -> None:
        self._client = client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        pass

    def __aiter__(self) -> AsyncIterator[Outcome]:
        return self._outcomes()

    def __repr__(self) -> str:
        return "<BatchJob>"

    def _repr_html_(self) -> str:
        """As HTML."""
        return ""

    @property
    def progress(self) -> Progress:
        """How far it is."""

    async def run(self, limit: int) -> Progress:
        """Runs it."""

    def stop(self) -> None:
        """Stops."""

    def hold(self, seconds: float) -> None:
        """Waits."""

    def _prepare(self) -> None: ...
'''


def body_of(text: str, name: str) -> str:
    """The source text of the method `name`."""
    found = next(node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and node.name == name)
    return ast.get_source_segment(text, found) or ""


def test_the_committed_files_are_up_to_date() -> None:
    """Each generated file has the text that the current source gives, and no other file claims to be generated."""
    assert [] == syncgen.check(PACKAGE)


def test_the_public_interfaces_are_the_same() -> None:
    """The public names of the sync and async classes are the same."""
    from aizoomdoc_client import AIZoomDocClient, AnswerStream, AsyncAIZoomDocClient, AsyncAnswerStream

    def names(cls: type) -> set[str]:
        return {name for name in dir(cls) if not name.startswith("_")}

    assert (names(AsyncAIZoomDocClient), names(AsyncAnswerStream)) == (names(AIZoomDocClient), names(AnswerStream))


def parts_of(root: Path, shell: Shell) -> list[str]:
    """The modules that hold a part of the class: those beside its own, where that is a package's."""
    home = (root / shell.source).parent
    return [path.relative_to(root).as_posix() for path in home.glob("*.py")] if home != root else []


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with the sources, and with files generated from them."""
    for shell in SHELLS:
        for part in (shell.source, *parts_of(PACKAGE, shell)):
            (tmp_path / part).parent.mkdir(exist_ok=True)
            (tmp_path / part).write_text((PACKAGE / part).read_text(encoding="utf-8"), encoding="utf-8")
        (tmp_path / shell.target).parent.mkdir(exist_ok=True)
    assert [] == syncgen.write(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("def health", "def wealth"),
        lambda text: text[: len(text) // 2],
        lambda text: text + "\n",
        lambda text: "",
    ],
    ids=["edited", "truncated", "longer", "empty"],
)
def test_a_file_that_differs_is_found(package: Path, spoil: object) -> None:
    """Edited, truncated, longer and empty files are found, because whole texts are compared."""
    target = package / "sync" / "client.py"
    target.write_text(spoil(target.read_text(encoding="utf-8")), encoding="utf-8")  # type: ignore[operator]

    assert ["sync/client.py is stale: run python -m aizoomdoc_client._tools.syncgen"] == syncgen.check(package)


def test_a_missing_file_is_found(package: Path) -> None:
    """A generated file that does not exist is reported as stale."""
    (package / "sync" / "answer_stream.py").unlink()

    assert 1 == len(syncgen.check(package))


def test_a_file_that_is_no_longer_generated_is_found(package: Path) -> None:
    """A file with the generator's header that is not generated any more is reported."""
    (package / "sync" / "old.py").write_text(HEADER + "somewhere\n", encoding="utf-8")

    assert ["sync/old.py says that it was generated, but nothing generates it: delete it"] == syncgen.check(package)


def test_a_changed_source_makes_files_stale(package: Path) -> None:
    """A change of the async class makes the sync file stale until it is generated again."""
    source = package / "client" / "chats.py"
    source.write_text(source.read_text(encoding="utf-8").replace("A new chat;", "A chat;"), encoding="utf-8")
    before = syncgen.check(package)

    assert (1, []) == (len(before), syncgen.write(package))


def test_a_coroutine_becomes_a_call_through_the_bridge() -> None:
    """Signature and docstring are copied from the source; the body runs the coroutine in the loop."""
    text = made('''
async def get(self, chat_id: str, *, limit: int | None = None) -> Chat:
    """The chat."""
    return await self._parts.get(chat_id)
''')

    assert (
        body_of(text, "get")
        == '''def get(self, chat_id: str, *, limit: int | None = None) -> Chat:
        """The chat."""
        return self._bridge.run(self._client.get(chat_id, limit=limit))'''
    )


def test_base_classes_beside_a_class_are_parts_of_it(tmp_path: Path) -> None:
    """Their members follow the class's own, each group under the name of its module; names are imported from where they are."""
    modules = {
        "__init__": "from ..models import Chat\nfrom .files import FileMethods\nfrom ..base import Base\n\n\n"
        'class AsyncAIZoomDocClient(FileMethods, Base):\n    """A client."""\n\n'
        '    async def get(self) -> Chat:\n        """The chat."""\n',
        "files": "from ..models import File\nfrom .kinds import Kind\n\n\n"
        'class FileMethods:\n    """Files."""\n\n    async def read(self, kind: Kind) -> File:\n        """The file."""\n',
    }
    (tmp_path / "client").mkdir()
    for name, text in modules.items():
        (tmp_path / "client" / f"{name}.py").write_text(text, encoding="utf-8")
    made = render(CLIENT, read(tmp_path, "client/__init__.py", "AsyncAIZoomDocClient"), Wording())

    assert made.index("def get(") < made.index("    # -- files ---") < made.index("def read(self, kind: Kind) -> File:")
    assert "from ..client.kinds import Kind\n" in made
    assert "from ..models import Chat, File\n" in made
    assert "Base" not in made


def test_a_part_is_named_where_it_cannot_be_copied(package: Path) -> None:
    """The error names the part's own file and line."""
    source = package / "client" / "chats.py"
    source.write_text(source.read_text(encoding="utf-8") + "    limit = 5\n", encoding="utf-8")

    with pytest.raises(UnmappedError, match=r"^client/chats\.py, line "):
        syncgen.check(package)


def test_an_object_of_the_loop_is_used_there_only() -> None:
    """Its coroutines run in the loop and its items are read there; what returns nothing is posted, for any thread may call it."""
    text = render(JOB, read_text(JOB_MODULE, "batch/job.py", "BatchJob"), Wording())
    last = {
        "__init__": "self._job = BatchJob(inner, tasks=tasks)",
        "__enter__": "return self",
        "__exit__": "self._bridge.run(self._job.__aexit__(kind, *rest))",
        "__iter__": "return self._bridge.iterate(aiter(self._job))",
        "__repr__": "return repr(self._job).replace(type(self._job).__name__, type(self).__name__, 1)",
        "_repr_html_": "return self._job._repr_html_()",
        "progress": "return self._job.progress",
        "run": "return self._bridge.run(self._job.run(limit))",
        "stop": "self._bridge.post(self._job.stop)",
        "hold": "self._bridge.post(lambda: self._job.hold(seconds))",
    }

    assert last == {name: body_of(text, name).splitlines()[-1].strip() for name in last}
    assert "self._bridge.run(self._job.__aenter__())" in body_of(text, "__enter__")
    assert "self._bridge, inner = client._bridge, client._client" in body_of(text, "__init__")
    assert "check_client(client, AIZoomDocClient)\n" in body_of(text, "__init__")
    assert "_prepare" not in text


def test_an_object_without_a_client_has_no_sync_counterpart() -> None:
    """It would have no loop to live in; the error says what is missing, and where."""
    text = JOB_MODULE.replace("client: AsyncAIZoomDocClient", "client: object")

    with pytest.raises(UnmappedError, match=r"^batch/job\.py, line \d+: __init__ has no parameter .* AsyncAIZoomDocClient$"):
        render(JOB, read_text(text, "batch/job.py", "BatchJob"), Wording())


def test_an_example_of_an_async_class_becomes_one_of_the_sync_class() -> None:
    """Also where a parameter is called as an asynchronous thing is; its own package's names are imported from there."""
    text = render(JOB, read_text(JOB_MODULE, "batch/job.py", "BatchJob"), Wording())

    assert "    with SyncBatchJob(client) as job:\n        for outcome in job: ...\n" in text
    assert "from .job import BatchJob, Progress\nfrom .outcomes import Outcome\n" in text
    assert "def __init__(self, client: AIZoomDocClient, *, tasks: list[str]) -> None:" in text


def test_a_comment_behind_a_signature_is_left_out() -> None:
    """It is about the async method; a part of one, such as ``# noqa:``, would mean something else."""
    text = made('''
async def find(self, words: str = "a: б") -> None:  # noqa: ARG002 - a reason: any
    """Finds."""
''')

    assert '    def find(self, words: str = "a: б") -> None:\n' in text


def test_variable_arguments_are_passed_on() -> None:
    """``*args``, keyword-only parameters and ``**kwargs`` are passed on as such."""
    text = made('''
async def get(self, first: int, /, second: int, *rest: int, named: int, **more: int) -> None:
    """Nothing."""
''')

    assert "self._client.get(first, second, *rest, named=named, **more)" in text


def test_docstrings_are_copied_as_they_are_written() -> None:
    """Escape sequences stay as written, because the source text is copied."""
    text = made("async def get(self) -> int:\n" + r'    """A line feed is \\n."""')

    assert r'"""A line feed is \\n."""' in text


def test_a_property_stays_one() -> None:
    """A property returns that of the async object."""
    text = made('''
@property
def name(self) -> str:
    """The name."""
    return self._name
''')

    assert "    @property\n    def name(self) -> str:" in text
    assert body_of(text, "name").endswith("return self._client.name")


def test_an_answer_and_another_client_are_wrapped() -> None:
    """A method that returns an async stream or client returns its sync counterpart."""
    text = made('''
def send(self, text: str) -> AsyncAnswerStream:
    """An answer."""

def with_options(self) -> AsyncAIZoomDocClient:
    """A client."""
''')

    assert body_of(text, "send").splitlines()[2:] == [
        "        made = self._client.send(text)",
        "        return AnswerStream(self._bridge, made)",
    ]
    assert body_of(text, "with_options").splitlines()[2:] == [
        "        made = self._client.with_options()",
        "        return self._over(self._bridge, made)",
    ]
    assert "def with_options(self) -> AIZoomDocClient:" in text


def test_overloads_are_copied() -> None:
    """Overloads are copied, and precede the implementation."""
    text = made('''
@overload
async def get(self, chat_id: str) -> Chat: ...
@overload
async def get(self, chat_id: None) -> None: ...
async def get(self, chat_id: str | None) -> Chat | None:
    """The chat."""
''')
    ast.parse(text)

    assert (2, 3) == (text.count("@overload"), text.count("def get("))
    assert "    def get(self, chat_id: None) -> None: ..." in text


def test_imports_follow_the_signatures() -> None:
    """Only names in signatures are imported, relative ones from one level further up."""
    text = made('''
async def get(self) -> Sequence[Chat]:
    """Chats."""
''')

    assert ("from collections.abc import Sequence" in text, "from ..models import Chat" in text) == (True, True)
    assert "AsyncIterator" not in text


def test_phrases_of_docstrings_are_replaced() -> None:
    """``async`` and ``await`` are removed from code in docstrings, and the phrases of the table are replaced."""
    wording = Wording()
    phrase, counterpart = next(iter(PHRASES.items()))

    assert "Use ``with``, or x = go()" == wording.sync_docstring("Use ``async with``, or x = await go()", "here", 4)
    assert counterpart == " ".join(wording.sync_docstring(phrase, "here", 4).split())


def test_changed_paragraphs_are_wrapped() -> None:
    """A paragraph with a replaced phrase is wrapped to the line length again; other paragraphs are unchanged."""
    phrase, counterpart = max(PHRASES.items(), key=lambda pair: len(pair[1]))
    docstring = f"First.\n\n    {'word ' * 15}{phrase}\n\n    Last."
    lines = Wording().sync_docstring(docstring, "here", 4).split("\n")

    assert ("First.", "    Last.", True) == (lines[0], lines[-1], max(map(len, lines)) <= 130)
    assert counterpart in " ".join(" ".join(lines).split())


def test_an_unused_phrase_is_an_error() -> None:
    """A phrase that occurs in no docstring is an error, so that the table has no outdated entries."""
    with pytest.raises(UnmappedError, match="no docstring says"):
        Wording().finish()


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ('async def get(self) -> AsyncThing:\n    """X."""', "no sync name for AsyncThing"),
        ('def get(self) -> Awaitable[int]:\n    """X."""', "no sync name for Awaitable"),
        ('async def aget_async(self) -> int:\n    """X."""', "no sync name for aget_async"),
        ('def __acall__(self) -> int:\n    """X."""', "no sync name for __acall__"),
        ('def __call__(self) -> int:\n    """X."""', "no body is defined for __call__"),
        ('async def get(self, limit=1) -> int:\n    """X."""', "get has no annotation for limit"),
        ('async def get(self, *rest) -> int:\n    """X."""', "get has no annotation for rest"),
        ('async def get(self):\n    """X."""', "get has no annotation for its return value"),
        ("async def get(self) -> int:\n    return 1", "get has no docstring"),
        ('async def get(self) -> int:\n    """Await it."""', "the docstring speaks of 'Await'"),
        ('async def get(self) -> int:\n    """A coroutine."""', "the docstring speaks of 'coroutine'"),
        ('async def get(self) -> int:\n    """For any event\n    loop."""', "the docstring speaks of 'event loop'"),
        ('async def get(self) -> int:\n    r"""X."""', "only docstrings in plain"),
        ("limit = 5", "only methods and properties can be copied"),
    ],
)
def test_what_is_not_mapped_is_an_error(members: str, complaint: str) -> None:
    """A name or word without a replacement, and a missing annotation or docstring, raise an error with the line number."""
    with pytest.raises(UnmappedError, match=complaint) as raised:
        made(members)

    assert str(raised.value).startswith("client.py, line ")


def test_a_class_must_exist_and_have_a_docstring() -> None:
    """A missing class, or one without a docstring, raises an error."""
    with pytest.raises(UnmappedError, match="there is no class Missing"):
        read_text("x = 1", "client.py", "Missing")
    with pytest.raises(UnmappedError, match="Bare has no docstring"):
        read_text("class Bare:\n    limit = 1", "client.py", "Bare")


@pytest.mark.parametrize("count", [1, 3, 8, 20, 40])
def test_the_layout_is_the_formatters(count: int, tmp_path: Path) -> None:
    """Calls, signatures and imports of any length are laid out as ruff lays them out."""
    names = [f"argument_{number}" for number in range(count)]
    lines = [
        shells.from_import("module", names),
        shells.call("found = function", names, 0),
        shells.call("function", names, 0, around="found = another"),
        shells.signature("def function", f"(\n    {', '.join(names[:8])}\n) -> None:") + "\n    pass",
    ]
    path = tmp_path / "made.py"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "130", "--diff", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    changed = [line for line in done.stdout.splitlines() if line.startswith(("-", "+")) and line.strip("+-")]

    assert [] == changed[2:]


def test_the_exit_status_of_the_command() -> None:
    """``--check`` exits with 0 if all files are up to date; an unknown argument with 2, and the usage on standard error."""
    command = [sys.executable, "-m", "aizoomdoc_client._tools.syncgen"]
    fresh = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    wrong = subprocess.run([*command, "--chekc"], capture_output=True, text=True, check=False)

    assert (0, "", 2, True) == (fresh.returncode, fresh.stderr, wrong.returncode, wrong.stderr.startswith("usage:"))


def test_each_async_class_has_a_shell() -> None:
    """Each public async class has a shell."""
    assert ["AsyncAIZoomDocClient", "AsyncAnswerStream", "BatchJob"] == [shell.async_name for shell in SHELLS]
    assert all(isinstance(shell, Shell) for shell in SHELLS)
