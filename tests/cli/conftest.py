"""The command line with a configuration of its own, and servers for it."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from aizoomdoc_client.local import LocalServer, LocalSettings
from aizoomdoc_client.testing import ScriptedServer, ServerBehavior, running_server
from tests.cli.program import TOKEN, Program
from tests.cli.servers import running_local_server

SAMPLE = Path(__file__).parents[2] / "docs" / "sample"


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes of these tests keep compiled modules, so that only the first one compiles."""
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture
def program(tmp_path: Path, bytecode: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Program:
    """``aizoomdoc``, not logged in."""
    return Program(tmp_path / "config", bytecode, capsys, monkeypatch)


@pytest.fixture
def server() -> Generator[ScriptedServer]:
    """A scripted server that keeps the contract."""
    with running_server(ServerBehavior.CONTRACT) as running:
        yield running


@pytest.fixture
def logged_in(program: Program, server: ScriptedServer) -> Program:
    """``aizoomdoc``, logged in to `server`."""
    outcome = program("login", "--server", server.url, "--token", TOKEN)
    assert 0 == outcome.code, outcome
    return program


@pytest.fixture(scope="session")
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Generator[LocalServer]:
    """A local server with the sample document as its projects."""
    settings = LocalSettings(
        port=0, data_dir=tmp_path_factory.mktemp("server") / "data", projects_dir=SAMPLE, tokens=(TOKEN,), pace_seconds=0
    )
    with running_local_server(settings) as running:
        yield running
