"""Settings of a language model."""

from __future__ import annotations

from typing import Any

import pytest

from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.local import LLMSettings


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://user:secret@host/v1"}, "must look like http"),
        ({"url": "http://host/v1?key=secret"}, "must look like http"),
        ({"url": "secret"}, "must look like http"),
        ({"model": " "}, "model of the language model must not be empty"),
        ({"embed_model": "a\nb"}, "embed_model of the language model"),
        ({"context_chars": 100}, "context_chars must be a whole number, 4000 or more"),
        ({"passages": 0}, "passages must be a whole number"),
        ({"delta_timeout": 0}, "delta_timeout must be a positive number of seconds"),
    ],
)
def test_a_setting_out_of_bounds_is_named(changes: dict[str, Any], words: str) -> None:
    """A URL is not repeated: it may hold a key."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        LLMSettings(**{"url": "http://localhost:11434", "model": "m"} | changes)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:11434", ("http://localhost:11434/v1", "http://localhost:11434")),
        ("http://192.168.0.5:8000/v1/", ("http://192.168.0.5:8000/v1",)),
        ("https://api.example.org/v1beta/openai/", ("https://api.example.org/v1beta/openai",)),
        ("http://localhost:8080/v1/chat/completions", ("http://localhost:8080/v1",)),
    ],
)
def test_where_the_paths_of_an_endpoint_begin(url: str, expected: tuple[str, ...]) -> None:
    """With the version that the URL names, else with and without one."""
    assert expected == LLMSettings(url=url, model="m").base_urls
