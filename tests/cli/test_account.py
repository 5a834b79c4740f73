"""Logging in and out, and what is kept of it."""

from __future__ import annotations

import contextlib
import stat
import tomllib
from pathlib import Path

import attrs
import pytest

from aizoomdoc_client import ConfigurationError
from aizoomdoc_client.cli import login as login_module
from aizoomdoc_client.cli.framework import CommonOptions
from aizoomdoc_client.testing import Reply, ScriptedServer, ServerBehavior, detail
from tests.cli.program import TOKEN, Program


def test_a_login_serves_later_commands(logged_in: Program, server: ScriptedServer) -> None:
    """After a login a command knows server and user by itself."""
    outcome = logged_in("me")

    assert (0, ["User\tuser-1", "Status\tactive", f"Server\t{server.url}"]) == (outcome.code, outcome.lines[:3])


def test_the_access_token_is_taken_from_the_login(logged_in: Program, server: ScriptedServer) -> None:
    """A command after the login does not exchange the static token again."""
    logged_in("me")

    assert 1 == len(server.requests_to("POST", "/auth/exchange"))


def test_an_expired_access_token_is_renewed(logged_in: Program, server: ScriptedServer) -> None:
    """A command whose access token has ended gets a new one by itself."""
    server.expire_tokens()

    assert 0 == logged_in("me").code


def test_a_login_outlives_all_that_the_server_gave_out(logged_in: Program, server: ScriptedServer) -> None:
    """Where neither access nor refresh token works any more, the static token of the login does."""
    server.expire_tokens()
    server.expire_refresh_tokens()

    assert 0 == logged_in("me").code


@pytest.mark.parametrize("behavior", [ServerBehavior.CONTRACT, ServerBehavior.PRODUCTION], ids=["contract", "production"])
def test_a_login_outlives_a_redeployed_server(program: Program, server: ScriptedServer, behavior: ServerBehavior) -> None:
    """A server with a new secret, which takes the old tokens for garbage, is logged in to anew."""
    server.behavior = behavior
    program("login", "--server", server.url, "--token", TOKEN)
    server.change_secret()

    assert 0 == program("me").code


def test_the_profile_file_keeps_what_its_owner_wrote(program: Program, server: ScriptedServer) -> None:
    """A login writes the server's address and leaves comments, order and other profiles alone."""
    config = program.folder / "config.toml"
    config.parent.mkdir()
    config.write_text("# mine\n[office]\nserver_url = 'https://office.example'  # work\n\n[default]\ntimeout = 90 # slow line\n")
    program("login", "--server", server.url, "--token", TOKEN)

    expected = "# mine\n[office]\nserver_url = 'https://office.example'  # work\n\n[default]\ntimeout = 90 # slow line\n"
    assert expected + f'server_url = "{server.url}"\n' == config.read_text()


def test_a_linked_profile_file_stays_a_link(program: Program, server: ScriptedServer, tmp_path: Path) -> None:
    """Where the profile file is a link, the file behind it is written."""
    program.folder.mkdir()
    (tmp_path / "dotfiles.toml").write_text("")
    (program.folder / "config.toml").symlink_to(tmp_path / "dotfiles.toml")
    program("login", "--server", server.url, "--token", TOKEN)

    assert (True, True) == ((program.folder / "config.toml").is_symlink(), server.url in (tmp_path / "dotfiles.toml").read_text())


def test_no_file_of_a_login_is_open_to_others(logged_in: Program) -> None:
    """Nobody else may read the tokens or write anything."""
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in logged_in.folder.iterdir()}

    assert (0o600, set()) == (modes["tokens.json"], {name for name, mode in modes.items() if mode & 0o022})


def test_profiles_are_logins_of_their_own(program: Program, server: ScriptedServer) -> None:
    """Two profiles hold two users of one server."""
    server.store.add_user("second-token", "второй")
    program("login", "--server", server.url, "--token", TOKEN)
    program("--profile", "two", "login", "--server", server.url, "--token", "second-token")

    names = [
        program(*before, "me", *after).lines[0]
        for before, after in [((), ()), (("--profile", "two"), ()), ((), ("--profile", "two"))]
    ]
    assert ["User\tuser-1", "User\tвторой", "User\tвторой"] == names


@pytest.mark.parametrize("arguments", [("--token", "-"), ()], ids=["dash", "piped"])
def test_a_piped_token_is_read(program: Program, server: ScriptedServer, arguments: tuple[str, ...]) -> None:
    """The token may come through standard input, where no other user of the machine sees it."""
    outcome = program("login", "--server", server.url, *arguments, stdin=f"{TOKEN}\n")

    assert (0, "user-1" in outcome.out) == (outcome.code, True)


def test_no_token_is_an_error(program: Program, server: ScriptedServer) -> None:
    """An empty standard input is told, with the option to use."""
    outcome = program("login", "--server", server.url)

    assert (2, "Error: No token: standard input is empty") == (outcome.code, outcome.errors[0])


def test_a_wrong_token_is_not_kept(program: Program, server: ScriptedServer) -> None:
    """A refused token is one line and leaves nothing behind."""
    outcome = program("login", "--server", server.url, "--token", "wrong")

    assert (4, "Error: Invalid static token (HTTP 401)") == (outcome.code, outcome.errors[0])
    assert ("", False) == (outcome.out, (program.folder / "config.toml").exists())


def test_a_refused_login_leaves_the_last_one(logged_in: Program, server: ScriptedServer) -> None:
    """A login that fails does not cost the one that works."""
    logged_in("login", "--token", "wrong")

    assert 0 == logged_in("me").code


def test_the_local_server_is_found_and_named(program: Program, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no server is named and none can be asked for, the one on this machine is taken, and that is said."""
    monkeypatch.setattr(login_module, "LOCAL_SERVER", server.url)
    outcome = program("login", "--token", TOKEN)

    assert (0, [f"No server named; one answers here: {server.url}"]) == (outcome.code, outcome.errors)
    assert {"default": {"server_url": server.url}} == tomllib.loads((program.folder / "config.toml").read_text())


def test_no_server_at_all_is_an_error(program: Program, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing answers on this machine either, the error says how to name a server and how to run one."""
    server.respond("GET", "/health", Reply(503))
    monkeypatch.setattr(login_module, "LOCAL_SERVER", server.url)
    outcome = program("login", "--token", TOKEN)

    assert (3, f"Error: No server is named, and none answers at {server.url}") == (outcome.code, outcome.errors[0])
    assert ("aizoomdoc serve" in outcome.err, 2) == (True, len(outcome.errors))


def test_plain_http_elsewhere_is_refused_before_the_token_is_sent(program: Program) -> None:
    """A login by http to another machine wants a word of consent."""
    outcome = program("login", "--server", "http://192.0.2.1", "--token", TOKEN)

    assert (3, True, 1) == (outcome.code, "--allow-insecure" in outcome.err, len(outcome.errors))


@pytest.mark.parametrize(
    ("word", "saved", "is_allowed"), [("true", "", True), ("ON", "", True), ("0", "allow_insecure = true", False)]
)
def test_a_login_reads_the_variable_that_allows_http_as_other_commands_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, saved: str, *, is_allowed: bool
) -> None:
    """In any of the words for yes and no, and before the profile."""
    (tmp_path / "config.toml").write_text(f"[office]\n{saved}\n")
    monkeypatch.setenv("AIZOOMDOC_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("AIZOOMDOC_PROFILE", "office")
    monkeypatch.setenv("AIZOOMDOC_SERVER", "http://192.0.2.1")
    monkeypatch.setenv("AIZOOMDOC_ALLOW_INSECURE", word)
    given = CommonOptions(None, None)
    expected = contextlib.nullcontext() if is_allowed else pytest.raises(ConfigurationError, match="--allow-insecure")
    with expected:
        assert "http://192.0.2.1" == login_module.find_server(given, allow_insecure=False)


def test_a_folder_that_cannot_be_written_is_named(program: Program, server: ScriptedServer) -> None:
    """A login that cannot be kept is no success, and the line names the place."""
    program.folder.write_text("a file where a folder should be")
    outcome = program("login", "--server", server.url, "--token", TOKEN)

    assert (3, True, 1) == (outcome.code, str(program.folder) in outcome.errors[0], len(outcome.errors))


def test_a_login_that_cannot_be_kept_is_no_success(program: Program, server: ScriptedServer) -> None:
    """Where tokens cannot be written, a login fails, since the next command would not know of it."""
    (program.folder / "tokens.json.new").mkdir(parents=True)  # stands where the draft of the file would
    outcome = program("login", "--server", server.url, "--token", TOKEN)

    assert (3, "") == (outcome.code, outcome.out)
    assert f"Error: The login works but could not be saved in {program.folder}" in outcome.errors


def test_logging_out_forgets_the_login(logged_in: Program, server: ScriptedServer) -> None:
    """After logging out the tokens are gone and a command asks for a login."""
    assert [f"Logged out: {server.url}"] == logged_in("logout").lines

    outcome = logged_in("me")
    expected = "Error: Nobody is logged in: pass static_token, set AIZOOMDOC_TOKEN, or run `aizoomdoc login`"
    assert (4, [expected]) == (outcome.code, outcome.errors)
    assert TOKEN not in (logged_in.folder / "tokens.json").read_text()


def test_logging_out_works_without_the_server(logged_in: Program, server: ScriptedServer) -> None:
    """A server that fails to log out is told of in a warning, and the login is forgotten all the same."""
    server.respond("POST", "/auth/logout", *[detail(403, "Access denied")] * 3)
    outcome = logged_in("logout")

    assert (0, ["Warning: the server could not be told: Access denied (HTTP 403)"]) == (outcome.code, outcome.errors)
    assert 4 == logged_in("me").code


def test_health_needs_no_login(program: Program, server: ScriptedServer) -> None:
    """`health` asks the server that is named and says what it says."""
    outcome = program("health", "--server", server.url)

    assert (0, 1, True) == (outcome.code, len(outcome.lines), outcome.out.startswith(f"{server.url}: healthy"))


def test_the_token_shows_in_nothing_that_is_printed(program: Program, server: ScriptedServer) -> None:
    """Neither success nor failure nor a traceback repeats the token, not even one that the server echoes."""
    canary = "canary-token-7f3a"
    server.store.add_user(canary, "canary")
    server.behavior = attrs.evolve(server.behavior, refresh_tokens=False)
    printed = [
        program("login", "--server", server.url, "--token", canary),
        program("me", "--json"),
        program("login", "--server", server.url, "--token", canary + "-wrong", env={"AIZOOMDOC_DEBUG": "1"}),
        program("login", "--server", server.url, "--token", canary + "\x07", env={"AIZOOMDOC_DEBUG": "1"}),
    ]

    assert [0, 0, 4, 3] == [outcome.code for outcome in printed]
    assert not [outcome for outcome in printed if canary in outcome.out + outcome.err]
