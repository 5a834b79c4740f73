"""What is in force and from where, and changes of the profile file."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from aizoomdoc_client.cli.commands.config import NAMES
from aizoomdoc_client.config import _settings_with_sources, resolve_config
from aizoomdoc_client.testing import ScriptedServer
from tests.cli.program import TOKEN, Program

SERVER = "https://docs.example.org"


@pytest.fixture(autouse=True)
def nothing_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the tests themselves names no proxies and certificates."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def profiles(program: Program, text: str) -> Path:
    """The profile file with that text."""
    program.folder.mkdir(parents=True, exist_ok=True)
    path = program.folder / "config.toml"
    path.write_text(text)
    return path


def rows(lines: list[str]) -> dict[str, tuple[str, str]]:
    """Values and places by the settings' names."""
    cells = [line.split("\t") for line in lines]
    return {name: (value, place) for name, value, place in cells}


def test_each_place_is_told(program: Program) -> None:
    """An option, a variable, the profile, a default: the first that has a setting, as the client takes it."""
    path = profiles(program, f'[office]\nserver_url = "{SERVER}"\ntimeout = 90\nca_file = "/ca.pem"\nmax_connections = 7\n')
    variables = {"AIZOOMDOC_TIMEOUT": "none", "AIZOOMDOC_PROFILE": "office", "AIZOOMDOC_TRANSPORT": "sse"}
    outcome = program("config", "--ca-file", "/other.pem", "--header", "X-Team: docs", env=variables)

    assert 0 == outcome.code, outcome
    found = rows(outcome.lines)
    assert {
        "server_url": (SERVER, "profile office"),
        "static_token": ("—", "default"),
        "timeout": ("none", "AIZOOMDOC_TIMEOUT"),
        "profile": ("office", "AIZOOMDOC_PROFILE"),
        "transport": ("sse", "AIZOOMDOC_TRANSPORT"),
        "allow_insecure": ("false", "default"),
        "proxy": ("—", "default"),
        "ca_file": ("/other.pem", "--ca-file"),
        "client_certificate": ("—", "default"),
        "client_key": ("—", "default"),
        "headers": ("X-Team: ********", "--header"),
        "max_connections": ("7", "profile office"),
        "profile file": (str(path), "AIZOOMDOC_CONFIG_DIR"),
    } == found


def test_it_works_before_anything_is_configured(program: Program) -> None:
    """Without a server, a login or a profile file, which is not written by looking."""
    outcome = program("config", "show")

    assert (0, ("—", "default")) == (outcome.code, rows(outcome.lines)["server_url"])
    assert not (program.folder / "config.toml").exists()


def test_secrets_are_shown_nowhere(program: Program) -> None:
    """Neither a token, nor a proxy's login, nor a header's value, in lines or JSON, wherever they are from."""
    profiles(program, f'[default]\nserver_url = "{SERVER}"\nproxy = "canary-1:canary-2@proxy.example:1"\n')
    variables = {"AIZOOMDOC_TOKEN": "canary-3", "AIZOOMDOC_HEADERS": "X-Key: canary-4"}
    for arguments in (("config",), ("config", "--json"), ("config", "--proxy", "socks5://canary:canary@host")):
        outcome = program(*arguments, env=variables)
        assert 0 == outcome.code, outcome
        assert "canary" not in outcome.out + outcome.err

    shown = program("config", "--json", env=variables).json["settings"]
    assert {"value": "http://********@proxy.example:1", "source": "profile", "place": "default"} == shown["proxy"]
    assert {"value": "********", "source": "variable", "place": "AIZOOMDOC_TOKEN"} == shown["static_token"]
    assert {"value": {"X-Key": "********"}, "source": "variable", "place": "AIZOOMDOC_HEADERS"} == shown["headers"]
    assert {"value": None, "source": "default", "place": None} == shown["ca_file"]


def test_a_saved_login_is_told(program: Program, server: ScriptedServer) -> None:
    """Its token is where the client takes it from."""
    program("login", "--server", server.url, "--token", TOKEN)
    found = program("config", "show", "--json").json["settings"]

    assert {"value": "********", "source": "login", "place": None} == found["static_token"]
    assert {"value": server.url, "source": "profile", "place": "default"} == found["server_url"]


def test_what_counts_for_other_programs_is_told(program: Program) -> None:
    """The environment's proxy without its login, unless the server is excluded, and where OpenSSL finds certificates."""
    variables = {"AIZOOMDOC_SERVER": SERVER, "HTTPS_PROXY": "http://user:canary@proxy.example:1", "SSL_CERT_FILE": "/ca.pem"}
    found = rows(program("config", env=variables).lines)

    assert ("http://********@proxy.example:1", "the system's proxy settings") == found["proxy"]
    assert ("/ca.pem", "SSL_CERT_FILE") == found["ca_file"]
    assert ("—", "default") == rows(program("config", env=variables | {"NO_PROXY": "example.org"}).lines)["proxy"]
    assert ("none", "--proxy") == rows(program("config", "--proxy", "none", env=variables).lines)["proxy"]


def test_what_cannot_be_used_is_named_with_its_place(program: Program) -> None:
    """And can be removed by its name."""
    path = profiles(program, '[default]\ntimeout = "soon"\n')
    outcome = program("config")

    assert (3, True) == (outcome.code, str(path) in outcome.errors[0]), outcome
    assert ["default: timeout removed"] == program("config", "unset", "timeout").lines
    assert 0 == program("config").code


def test_settings_are_written_as_the_client_reads_them(program: Program) -> None:
    """Each kind of value; what else is in the file stays, and paths count from wherever a command is run."""
    path = profiles(program, '# mine\n[office]\nserver_url = "https://office.example" # the office\n')
    given = {
        "server_url": ["https://docs.example.org/"],
        "timeout": ["none"],
        "transport": ["sse"],
        "allow_insecure": ["yes"],
        "proxy": ["http://user:canary@proxy.example:1"],
        "ca_file": ["System"],
        "client_certificate": ["cert.pem"],
        "client_key": ["/keys/key.pem"],
        "headers": ["X-Team: docs", "X-B: 2"],
        "max_connections": ["8"],
    }
    outcomes = {name: program("config", "set", name, *words) for name, words in given.items()}

    assert {0} == {outcome.code for outcome in outcomes.values()}, outcomes
    assert [f"default: server_url = {SERVER}"] == outcomes["server_url"].lines
    assert "canary" not in outcomes["proxy"].out + outcomes["headers"].out
    config = resolve_config(environ={"AIZOOMDOC_CONFIG_DIR": str(program.folder)})
    assert (SERVER, None, "sse", True, 8) == (
        config.server_url,
        config.timeout,
        config.transport,
        config.allow_insecure,
        config.max_connections,
    )
    assert ("http://user:canary@proxy.example:1", "System") == (config.proxy, config.ca_file)
    assert (str(Path.cwd() / "cert.pem"), "/keys/key.pem") == (config.client_certificate, config.client_key)
    assert {"X-Team": "docs", "X-B": "2"} == dict(config.headers)
    assert 'server_url = "https://office.example" # the office' in path.read_text()
    assert path.read_text().startswith("# mine\n")


def test_a_number_is_written_as_one(program: Program) -> None:
    """In the profile that an option names."""
    program("config", "set", "timeout", "90", "--profile", "office")
    program("config", "set", "timeout", "1.5")

    saved = tomllib.loads((program.folder / "config.toml").read_text())
    assert {"office": {"timeout": 90}, "default": {"timeout": 1.5}} == saved
    assert isinstance(saved["office"]["timeout"], int)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("server_url", "http://docs.example.org"), 3),
        (("server_url", "docs.example.org"), 3),
        (("timeout", "0"), 3),
        (("transport", "carrier pigeon"), 3),
        (("allow_insecure", "perhaps"), 3),
        (("proxy", "socks5://canary:canary@proxy"), 3),
        (("proxy", ""), 3),
        (("ca_file", " "), 3),
        (("headers", "canary"), 3),
        (("headers", "Authorization: canary"), 3),
        (("max_connections", "0"), 3),
        (("timeout", "1", "2"), 2),
        (("static_token", "canary"), 2),
        (("timeout",), 2),
    ],
)
def test_what_could_not_be_used_is_not_written(program: Program, arguments: tuple[str, ...], code: int) -> None:
    """One line says why, without a secret; nothing is written."""
    outcome = program("config", "set", *arguments)

    assert code == outcome.code, outcome
    assert outcome.err.startswith("Error: ")
    assert "canary" not in outcome.err
    assert not (program.folder / "config.toml").exists()


def test_plain_http_needs_its_permission_first(program: Program) -> None:
    """As a login does."""
    program("config", "set", "allow_insecure", "1")

    assert 0 == program("config", "set", "server_url", "http://docs.example.org").code


def test_a_setting_is_removed(program: Program) -> None:
    """From its profile alone; one that is not there is said not to be, and no file is made for that."""
    assert ["default: proxy was not set"] == program("config", "unset", "proxy").lines
    assert not (program.folder / "config.toml").exists()
    path = profiles(program, '[default]\nproxy = "p:1" # mine\ntimeout = 5\n[office]\nproxy = "q:1"\n')

    assert ["default: proxy removed"] == program("config", "unset", "proxy").lines
    assert {"default": {"timeout": 5}, "office": {"proxy": "q:1"}} == tomllib.loads(path.read_text())
    assert ["default: proxy was not set"] == program("config", "unset", "proxy").lines


def test_a_variable_that_goes_before_is_told(program: Program) -> None:
    """Otherwise a change seems to have no effect."""
    outcome = program("config", "set", "timeout", "5", env={"AIZOOMDOC_TIMEOUT": "7"})

    assert (0, ["Warning: AIZOOMDOC_TIMEOUT is set and goes before the profile"]) == (outcome.code, outcome.errors)


@pytest.mark.parametrize("text", ["default = 3\n", "[default\n"])
def test_a_file_that_is_no_profile_file_stays_as_it_is(program: Program, text: str) -> None:
    """A change of it is an error that names it."""
    path = profiles(program, text)
    outcome = program("config", "set", "timeout", "5")

    assert (3, True, text) == (outcome.code, str(path) in outcome.err, path.read_text())
    assert 3 == program("config", "unset", "timeout").code


@pytest.mark.parametrize(
    "arguments", [("ca_file", "\udcff.pem"), ("timeout", "5", "--profile", "\udcff")], ids=["a value", "a profile"]
)
def test_what_is_no_text_is_not_written(program: Program, arguments: tuple[str, ...]) -> None:
    """Bytes of an argument that are no UTF-8; the file stays as it is, and an error names it."""
    path = profiles(program, "# mine\n")
    outcome = program("config", "set", *arguments)

    assert (3, 1, True) == (outcome.code, len(outcome.errors), f"{path} takes UTF-8 text only" in outcome.err), outcome
    assert "# mine\n" == path.read_text()


@pytest.mark.skipif(os.name != "posix", reason="links need a permission elsewhere")
def test_links_in_a_circle_are_refused(program: Program) -> None:
    """With the reason, and the link stays."""
    program.folder.mkdir(parents=True)
    path = program.folder / "config.toml"
    path.symlink_to(path)
    outcome = program("config", "set", "timeout", "5")

    assert (3, True, True) == (outcome.code, str(path) in outcome.err, path.is_symlink()), outcome


def test_the_profile_file_is_named(program: Program) -> None:
    """Whether or not it is there."""
    assert [str(program.folder / "config.toml")] == program("config", "path").lines


def test_it_speaks_russian(program: Program) -> None:
    """The places and what was done; names of settings stay as the file has them."""
    variables = {"AIZOOMDOC_LANG": "ru"}

    assert ["default: timeout = 5"] == program("config", "set", "timeout", "5", env=variables).lines
    found = rows(program("config", env=variables).lines)
    assert (("5", "профиль default"), ("auto", "по умолчанию")) == (found["timeout"], found["transport"])
    assert ["default: timeout убрано"] == program("config", "unset", "timeout", env=variables).lines


def test_all_settings_of_a_profile_can_be_set() -> None:
    """The names that the command takes are those that a profile may have."""
    assert [name for name, sources in _settings_with_sources() if sources.of_profile] == list(NAMES)
