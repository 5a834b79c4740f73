"""Warnings about requests that a server accepted but did not perform."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from aizoomdoc_client.exceptions import SettingNotKeptWarning, TruncatedListWarning
from aizoomdoc_client.models import Settings
from aizoomdoc_client.server_warnings import warn_of_settings_not_kept, warn_of_truncated_chats


@pytest.mark.parametrize(
    ("changes", "settings", "words"),
    [
        ({"temperature": 0.5}, Settings(), "did not keep them: temperature$"),
        ({"temperature": 0.5, "top_p": 1.0}, Settings(top_p=0.9), "did not keep them: temperature, top_p$"),
        (
            {"selected_role_prompt_id": None},
            Settings(selected_role_prompt_id=4),
            "did not keep them: selected_role_prompt_id$",
        ),
        ({"newer": 1}, Settings(), "did not keep them: newer$"),
    ],
)
def test_lost_setting_is_named(changes: dict[str, Any], settings: Settings, words: str) -> None:
    """A setting that comes back with another value was not stored, whatever the status."""
    with pytest.warns(SettingNotKeptWarning, match=words):
        warn_of_settings_not_kept(changes, settings)


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ({}, Settings()),
        ({"model_profile": "complex", "temperature": 1}, Settings(model_profile="complex", temperature=1.0)),
        ({"selected_role_prompt_id": None}, Settings()),
        ({"thinking_enabled": False}, Settings(thinking_enabled=False)),
    ],
)
def test_kept_setting_is_no_news(changes: dict[str, Any], settings: Settings) -> None:
    """If all settings were stored, there is no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_settings_not_kept(changes, settings)


@pytest.mark.parametrize("limit", [None, 51, 1000])
def test_full_list_is_said_to_be_cut_off(limit: int | None) -> None:
    """A server lists at most fifty chats: a warning says that there may be more."""
    with pytest.warns(TruncatedListWarning, match="lists 50 chats at the most"):
        warn_of_truncated_chats(50, limit)


@pytest.mark.parametrize(("returned", "limit"), [(0, None), (49, None), (50, 50), (50, 1), (120, None)])
def test_whole_list_is_no_news(returned: int, limit: int | None) -> None:
    """There is no warning for a shorter list, a longer one, or if fewer were requested."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_truncated_chats(returned, limit)
