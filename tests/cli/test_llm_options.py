"""The options of a language model."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client import local
from tests.cli.program import Program


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[local.LocalSettings]:
    """The settings that servers are started with; none of them runs."""
    found: list[local.LocalSettings] = []

    def run(settings: local.LocalSettings, **_: Any) -> None:
        found.append(settings)

    monkeypatch.setattr(local, "run_server", run, raising=False)
    return found


def test_the_options_are_the_settings_of_the_model(program: Program, started: list[local.LocalSettings]) -> None:
    """Each of them; what is not given stays at its default."""
    given = ["--llm-url", "http://localhost:11434", "--llm-model", "qwen3:4b"]
    more = ["--llm-key-env", "KEY", "--embed-model", "bge-m3", "--llm-context", "50000"]
    assert [0, 0, 0] == [program("serve", *options).code for options in ([*given, *more], given, [])]

    url = "http://localhost:11434"
    full = local.LLMSettings(url=url, model="qwen3:4b", key_env="KEY", embed_model="bge-m3", context_chars=50000)
    assert [full, local.LLMSettings(url=url, model="qwen3:4b"), None] == [settings.llm for settings in started]


@pytest.mark.parametrize(
    "options", [["--llm-url", "http://localhost"], ["--llm-model", "m"], ["--embed-model", "m"], ["--llm-key-env", "K"]]
)
def test_an_option_alone_is_a_usage_error(program: Program, started: list[local.LocalSettings], options: list[str]) -> None:
    """It would be ignored otherwise."""
    outcome = program("serve", *options)

    assert (2, True, []) == (outcome.code, "--llm-url and --llm-model go together" in outcome.err, started)


def test_a_url_with_a_password_is_refused_and_not_shown(program: Program, started: list[local.LocalSettings]) -> None:
    """A key belongs into an environment variable."""
    outcome = program("serve", "--llm-url", "http://me:secret@localhost", "--llm-model", "m")

    assert (3, False, True) == (outcome.code, "secret" in outcome.err, "(--llm-key-env)" in outcome.err)


def test_a_model_elsewhere_gets_the_documents_in_the_clear(program: Program, started: list[local.LocalSettings]) -> None:
    """By plain http; the user is told, and the server starts."""
    outcomes = [program("serve", "--llm-url", f"{url}/v1", "--llm-model", "m") for url in ("http://10.0.0.5:8000", "https://a.b")]

    assert [True, False] == ["go to 10.0.0.5:8000 by plain http" in outcome.err for outcome in outcomes]
    assert 2 == len(started)
