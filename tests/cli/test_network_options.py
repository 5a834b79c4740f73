"""The options of every command about the network."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from aizoomdoc_client.testing import ScriptedServer
from tests.cli.program import TOKEN, Program


def test_headers_and_a_proxy_are_options(logged_in: Program, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """They go with the requests of any command; ``--proxy none`` leaves out the environment's proxy."""
    monkeypatch.setenv("AIZOOMDOC_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("AIZOOMDOC_HEADERS", "X-Not: this")
    outcome = logged_in("me", "--proxy", "none", "--header", "X-Team: docs", "--header", "X-B:2", "--max-connections", "3")

    assert 0 == outcome.code, outcome
    sent = server.requests[-1].headers
    assert ("docs", "2", None) == (sent.get("X-Team"), sent.get("X-B"), sent.get("X-Not"))


def test_the_system_may_check_certificates(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an option, a variable and a line of a profile: without the package each names the extra."""
    monkeypatch.setitem(sys.modules, "truststore", None)
    server = ("--server", "https://server.example")
    by_option = program("health", *server, "--ca-file", "system")
    by_variable = program("health", *server, env={"AIZOOMDOC_CA_FILE": "system"})
    program.folder.mkdir(parents=True, exist_ok=True)
    (program.folder / "config.toml").write_text('[default]\nca_file = "system"\n')
    by_profile = program("health", *server)

    wanted = "Error: ca_file=system needs truststore: run `pip install 'aizoomdoc-client[truststore]'`"
    assert [(3, wanted)] * 3 == [(outcome.code, outcome.errors[0]) for outcome in (by_option, by_variable, by_profile)]


def test_a_login_uses_them_too(program: Program, server: ScriptedServer) -> None:
    """The first request is made by the login."""
    outcome = program("login", "--server", server.url, "--token", TOKEN, "--header", "X-Team: docs")

    assert (0, "docs") == (outcome.code, server.requests[0].headers.get("X-Team"))


@pytest.mark.parametrize("verbose", [(), ("--verbose",)])
def test_a_password_of_a_proxy_is_not_shown(
    logged_in: Program, monkeypatch: pytest.MonkeyPatch, verbose: tuple[str, ...]
) -> None:
    """Neither where the proxy cannot be reached, nor in the records of ``--verbose``."""
    monkeypatch.setenv("AIZOOMDOC_DEBUG", "1")
    outcome = logged_in("me", "--proxy", "http://user:canary@127.0.0.1:9", *verbose)

    shown = outcome.out + outcome.err
    assert outcome.code != 0
    assert not any(form in shown for form in ("canary", base64.b64encode(b"user:canary").decode()))


@pytest.mark.parametrize(
    "option",
    [
        ("--proxy", "ftp://user:canary@proxy"),
        ("--ca-file", "/missing.pem"),
        ("--client-certificate", "/missing.pem"),
        ("--header", "canary"),
        ("--header", "Authorization: canary"),
        ("--max-connections", "0"),
    ],
)
def test_what_cannot_be_used_is_one_line(logged_in: Program, option: tuple[str, str]) -> None:
    """Without the values that may be secret."""
    outcome = logged_in("me", *option)

    assert outcome.code != 0
    assert outcome.err.startswith("Error: ")
    assert "canary" not in outcome.err
    assert "Traceback" not in outcome.err
