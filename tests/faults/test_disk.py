"""Full disks, read-only folders, corrupted files, and several writers at once."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path

import pytest

from aizoomdoc_client import (
    AIZoomDocClient,
    AsyncAIZoomDocClient,
    ConfigurationError,
    MemoryTokenStore,
    TokenStoreWarning,
)
from aizoomdoc_client.exceptions import AIZoomDocWarning
from aizoomdoc_client.testing import ScriptedServer, running_server
from tests.faults.programs import run_programs


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of profiles and tokens."""
    for name in ("AIZOOMDOC_SERVER", "AIZOOMDOC_TOKEN", "AIZOOMDOC_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AIZOOMDOC_CONFIG_DIR", str(tmp_path / "settings"))
    return tmp_path / "settings"


@pytest.mark.parametrize(("function", "number"), [("fsync", errno.ENOSPC), ("replace", errno.EROFS), ("open", errno.EROFS)])
async def test_disk_full(settings: Path, monkeypatch: pytest.MonkeyPatch, function: str, number: int) -> None:
    """The token is kept in memory, with one warning; the file's content is unchanged."""
    async with ScriptedServer(static_tokens=("one", "two")) as server:
        async with AsyncAIZoomDocClient(server.url, "one") as client:
            await client.get_me()
        before = (settings / "tokens.json").read_bytes()
        real = getattr(os, function)

        def fails(*arguments: object, **options: object) -> object:
            if function == "open" and not str(arguments[0]).endswith(".new"):
                return real(*arguments, **options)
            raise OSError(number, os.strerror(number))

        async with AsyncAIZoomDocClient(server.url, "two") as client:
            monkeypatch.setattr(os, function, fails)
            with pytest.warns(TokenStoreWarning, match=r"tokens\.json.*memory") as told:
                await client.get_me()
            server.expire_tokens()
            await client.get_me()
            monkeypatch.undo()

        assert (1, before) == (len(told), (settings / "tokens.json").read_bytes())
        assert ["one", "two", "two"] == [request.json["static_token"] for request in server.requests_to("POST", "/auth/exchange")]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits on files")
async def test_disk_full__system(tmp_path: Path) -> None:
    """The system rejects the write, as on a full disk: the program works, with one warning."""
    program = """
        import resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            client.authenticate()
            client.authenticate()
            print(client.get_me().user.username, [warning.category.__name__ for warning in told])
    """
    async with ScriptedServer() as server:
        assert [(0, "user-1 ['TokenStoreWarning']\n", "")] == await run_programs(
            [program], server.url, server.static_token, folder=tmp_path
        )


async def test_two_writers(tmp_path: Path) -> None:
    """Four users' programs log in repeatedly at once: no login is lost, no reader finds a partial file."""
    program = """
        for _ in range(4):
            client.authenticate()
            AIZoomDocClient(url, token).get_me()
        print("done")
    """
    users = ("one", "two", "three", "four")
    async with ScriptedServer(static_tokens=users) as server:
        ended = await run_programs([program] * 4, server.url, *users, folder=tmp_path)
        exchanges = len(server.requests_to("POST", "/auth/exchange"))
        again = await run_programs(["client.get_me()"] * 4, server.url, *users, folder=tmp_path)

        assert ([(0, "done\n", "")] * 4, [(0, "", "")] * 4) == (ended, again)
        assert (16, exchanges) == (exchanges, len(server.requests_to("POST", "/auth/exchange")))
    assert [] == [path.name for path in (tmp_path / "settings").iterdir() if path.suffix in {".new", ".corrupt"}]


TORN = {"torn": '{"version": 1, "servers": {"http', "empty": "", "no text": "\x00\x01"}


@pytest.mark.parametrize("kind", TORN)
def test_corrupted_file__tokens(settings: Path, kind: str) -> None:
    """An unreadable token file is moved aside unchanged, and a warning names it; the program goes on with a new login."""
    settings.mkdir()
    (settings / "tokens.json").write_text(TORN[kind], encoding="utf-8")
    told = pytest.warns(TokenStoreWarning, match=r"tokens\.json .*tokens\.json\.corrupt")
    with running_server() as server, AIZoomDocClient(server.url, server.static_token) as client, told:
        client.get_me()

    assert TORN[kind] == (settings / "tokens.json.corrupt").read_text(encoding="utf-8")
    assert 1 == json.loads((settings / "tokens.json").read_text(encoding="utf-8"))["version"]


def test_corrupted_file__settings(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreadable profile file raises an error that names it, and is not changed; environment variables still work."""
    settings.mkdir()
    (settings / "config.toml").write_text("[default\nserver", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"config\.toml cannot be read"):
        AIZoomDocClient()
    with running_server() as server:
        monkeypatch.setenv("AIZOOMDOC_SERVER", server.url)
        monkeypatch.setenv("AIZOOMDOC_TOKEN", server.static_token)
        with (
            pytest.warns(AIZoomDocWarning, match=r"config\.toml cannot be read"),
            AIZoomDocClient(token_store=MemoryTokenStore()) as client,
        ):
            assert "user-1" == client.get_me().user.username

    assert "[default\nserver" == (settings / "config.toml").read_text(encoding="utf-8")
