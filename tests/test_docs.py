"""The documentation: its links work, its code is valid, and the two languages of the guide match."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import get_args

import pytest

from aizoomdoc_client.cli.errors import ExitCode
from aizoomdoc_client.events import AnswerEvent, UnknownEvent
from aizoomdoc_client.local import LocalServer, LocalSettings

REPO = Path(__file__).parent.parent
GUIDES = [REPO / "docs" / "guide.md", REPO / "docs" / "guide.ru.md"]
PAGES = [REPO / "README.md", REPO / "CHANGELOG.md", *sorted((REPO / "docs").glob("**/*.md"))]


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Each block of code with its language."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """What a link may name after ``#``: headings in lower case, spaces as hyphens, punctuation gone."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    found = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if link.startswith("https://"):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


def by_name(page: Path) -> str:
    return str(page.relative_to(REPO))


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link inside the repository names a file, and a heading in it, that exist."""
    assert [] == broken_links(page)


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """A missing file and a missing heading are each found, those that exist are not."""
    page = tmp_path / "page.md"
    page.write_text("# One Title\n[a](gone.md) [b](#one-title) [c](#two) [d](page.md#one-title)\n", encoding="utf-8")

    assert ["gone.md", "#two"] == broken_links(page)


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_python_blocks_are_python(page: Path) -> None:
    """Every example parses."""
    for language, source in blocks(page):
        if language == "python":
            ast.parse(source)


def test_the_guides_are_twins() -> None:
    """Both languages have the same code, the same tables and the same sections in the same order."""

    def shape(page: Path) -> object:
        text = prose(page)
        names = re.findall(r"^\| (`[^|]+?`)", text, re.MULTILINE)
        return blocks(page), len(re.findall(r"^## ", text, re.MULTILINE)), names

    english, russian = map(shape, GUIDES)
    assert english == russian


@pytest.mark.parametrize("page", GUIDES, ids=by_name)
def test_the_guides_list_every_exit_code(page: Path) -> None:
    """A script's author finds each code of the command line, and no other."""
    listed = re.findall(r"^\| (\d+) \|", prose(page), re.MULTILINE)

    assert [code.value for code in ExitCode] == list(map(int, listed))


@pytest.mark.parametrize("page", GUIDES, ids=by_name)
def test_the_guides_list_every_environment_variable(page: Path) -> None:
    """Each variable that the package reads is in the table."""
    sources = (source.read_text(encoding="utf-8") for source in (REPO / "aizoomdoc_client").rglob("*.py"))
    read = {name for source in sources for name in re.findall(r"\"(AIZOOMDOC_[A-Z_]+)\"", source)}

    assert read == set(re.findall(r"^\| `(AIZOOMDOC_[A-Z_]+)`", prose(page), re.MULTILINE))


@pytest.mark.parametrize("page", GUIDES, ids=by_name)
def test_the_guides_list_every_event(page: Path) -> None:
    """The table of events has each event that an answer can give, and no other."""
    table = re.search(r"^\| (?:Event|Событие) \|.*?\n\n", prose(page), re.MULTILINE | re.DOTALL)
    listed = [
        name for row in (table[0].strip().splitlines()[2:] if table else ()) for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]
    known = {kind.event for kind in get_args(AnswerEvent) if kind is not UnknownEvent}

    assert sorted(known) == sorted(listed)


@asynccontextmanager
async def a_readers_machine(tmp_path: Path) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """A server that accepts the documentation's token, and the environment of a new user."""
    settings = LocalSettings(
        port=0, data_dir=tmp_path / "server", projects_dir=REPO / "docs" / "sample", tokens=("your-static-token",), pace_seconds=0
    )
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIZOOMDOC_")}
    fresh = {"AIZOOMDOC_CONFIG_DIR": str(tmp_path / "config"), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    async with LocalServer(settings) as server:
        yield server.url, {**own, **fresh, "PYTHONIOENCODING": "utf-8"}


async def run_python(*arguments: str, cwd: Path, env: dict[str, str]) -> tuple[int | None, str, str]:
    """Exit code, stdout and stderr."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=cwd, env=env, stdout=pipe, stderr=pipe)
    printed, complaints = await process.communicate()
    return process.returncode, printed.decode(), complaints.decode()


@pytest.mark.parametrize("page", [REPO / "README.md", REPO / "docs" / "guide.md"], ids=by_name)
async def test_examples_run(page: Path, tmp_path: Path) -> None:
    """The examples run in order against a server, without warnings; what they write is not left in the repository."""
    shutil.copytree(REPO / "docs" / "sample", tmp_path / "docs" / "sample")
    async with a_readers_machine(tmp_path) as (url, env):
        examples = "\n".join(source for language, source in blocks(page) if language == "python")
        code, printed, complaints = await run_python(
            *("-W", "error", "-c", examples.replace("http://localhost:8000", url)), cwd=tmp_path, env=env
        )

    assert (0, "") == (code, complaints)
    assert "note.pdf" in printed


def commands_of(page: Path) -> list[str]:
    """The commands in the page's terminal sessions, without the program's name."""
    typed = "".join(source for language, source in blocks(page) if language == "console")
    return [line.removeprefix("$ aizoomdoc ") for line in typed.splitlines() if line.startswith("$ aizoomdoc ")]


def test_the_readme_types_what_the_guide_types() -> None:
    """Every command of the README is in the guide, whose commands are run."""
    assert set() == set(commands_of(REPO / "README.md")) - set(commands_of(GUIDES[0]))


def test_the_readme_names_every_extra() -> None:
    """Those for users: what developers need, they get by the command under "Test it"."""
    extras = set(tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"])
    named = re.findall(r"aizoomdoc-client\[([\w,]+)\]", (REPO / "README.md").read_text(encoding="utf-8"))

    assert {"all", "dev"} == extras - set(",".join(named).split(","))


async def test_commands_run(tmp_path: Path) -> None:
    """The commands succeed in order."""
    desk = tmp_path / "desk"
    shutil.copytree(REPO / "docs" / "sample", desk / "docs" / "sample")
    shutil.copy(REPO / "docs" / "sample" / "note.pdf", desk / "document.pdf")
    failed = []
    async with a_readers_machine(tmp_path) as (url, env):
        for command in commands_of(GUIDES[0]):
            words = shlex.split(command.replace("https://docs.example.org", url))
            if words[0] == "serve":
                continue  # it runs until Ctrl-C
            code, _, complaints = await run_python("-m", "aizoomdoc_client", *words, cwd=desk, env=env)
            failed += [(command, code, complaints)] if code else []

    assert [] == failed
