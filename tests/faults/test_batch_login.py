"""A batch job whose static token is revoked while it runs, and where nobody is logged in."""

from __future__ import annotations

import json
import signal
from collections.abc import Generator

import pytest

from aizoomdoc_client.testing import ScriptedServer, ServerBehavior, running_server, simple_answer
from tests.faults.batch_command import BatchCommand, until

NEW_TOKEN = "newer-token"
REFUSED = "paused: the server refuses the login (Invalid static token): log in again in another terminal by `aizoomdoc login`"
AT_ONCE = ("--concurrency", "1")


@pytest.fixture
def server() -> Generator[ScriptedServer]:
    """A server whose user's token is replaced in its third answer, as an administrator does."""
    with running_server(ServerBehavior.CONTRACT) as server:

        def answer(_question: object) -> object:
            if len(server.model_runs) == 3:
                revoke(server)
            return simple_answer("3,3 м")

        server.answer_with(answer)  # type: ignore[arg-type]
        yield server


def revoke(server: ScriptedServer) -> None:
    server.user.static_token = NEW_TOKEN
    server.expire_tokens()
    server.expire_refresh_tokens()


def test_batch_login_revoked(batch: BatchCommand, server: ScriptedServer) -> None:
    """The job says what to do, leaves the server alone meanwhile, and goes on after the login in another terminal."""
    batch.log_in(server.url)
    with batch.running(*AT_ONCE, "--json") as job:
        job.until_said(REFUSED)
        until(lambda: "It pauses: the server refuses the login" in batch.status())
        shown = json.loads(batch.program("batch", "status", str(batch.journal), "--json").out)
        batch.log_in(server.url, NEW_TOKEN)
        outcome = job.ended()

    said = [json.loads(line) for line in outcome.lines]
    assert (0, True, True) == (outcome.code, shown["running"], "`aizoomdoc login`" in shown["paused"])
    assert {"paused": 1, "resumed": 1, "done": 6} == {
        kind: sum(each["outcome"] == kind for each in said) for kind in ("paused", "resumed", "done")
    }
    assert "`aizoomdoc login`" in next(each["reason"] for each in said if each["outcome"] == "paused")
    assert 6 == len(server.posts)
    assert 8 >= len(server.requests_to("POST", "/auth/exchange"))
    assert "paus" not in batch.status()


@pytest.mark.parametrize("role", [(), ("--role", "1")], ids=["usual", "with a role"])
def test_batch_login_revoked__ctrl_c(batch: BatchCommand, server: ScriptedServer, role: tuple[str, ...]) -> None:
    """Ctrl-C ends a pause at once; ``batch status`` says why the job did not go on, and the next run does."""
    batch.log_in(server.url)
    with batch.running(*AT_ONCE, *role) as job:
        job.until_said(REFUSED)
        job.process.send_signal(signal.SIGINT)
        outcome = job.ended()
    shown = batch.status()
    batch.log_in(server.url, NEW_TOKEN)
    again = batch.run(*AT_ONCE, *role)

    assert (130, True) == (outcome.code, "The same command goes on where it was." in outcome.err), outcome
    assert "Error" not in outcome.err
    assert "It paused when it ended: the server refuses the login" in shown
    assert (0, 6) == (again.code, len(server.posts)), again
    assert server.user.settings["selected_role_prompt_id"] is None


def test_batch_login_revoked__token_in_the_environment(batch: BatchCommand, server: ScriptedServer) -> None:
    """No login replaces a token that was given: the job says so, and does not name a command that cannot help."""
    with batch.running(*AT_ONCE, AIZOOMDOC_TOKEN=server.static_token, AIZOOMDOC_SERVER=server.url) as job:
        job.until_said("paused: the server refuses the token that was given (Invalid static token): stop the job")
        assert "aizoomdoc login" not in job.err


def test_batch_login_revoked__another_profile(batch: BatchCommand, server: ScriptedServer) -> None:
    """The command names the profile and the server, where these are not those it takes by itself."""
    batch.program("login", "--server", server.url, "--profile", "стройка", "--token", server.static_token)
    with batch.running(*AT_ONCE, "--profile", "стройка") as job:
        job.until_said("`aizoomdoc login --profile 'стройка'`")
        batch.program("login", "--profile", "стройка", "--token", NEW_TOKEN)

        assert 0 == job.ended().code


def test_batch_not_logged_in(batch: BatchCommand, server: ScriptedServer) -> None:
    """A job that was never let in ends at once: nobody may be there who could log in."""
    revoked = batch.program("login", "--server", server.url, "--token", server.static_token)
    revoke(server)
    outcome = batch.run()

    assert (0, 4) == (revoked.code, outcome.code)
    assert "Log in: aizoomdoc login" in outcome.err
    assert 0 == len(server.posts)
