"""Warnings about requests that a server accepted and did not carry out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .catalog import text
from .exceptions import SettingNotKeptWarning, TruncatedListWarning
from .models import Settings
from .user_stacklevel import warn

CHAT_LIST_LIMIT = 50
"""The most chats that a server lists."""


def warn_of_settings_not_kept(changes: Mapping[str, Any], settings: Settings) -> None:
    """Warns of settings that were changed with success and are not what was asked for."""
    lost = [name for name, value in changes.items() if getattr(settings, name, None) != value]
    if lost:
        warn(text("settings_not_kept", names=lost), SettingNotKeptWarning)


def warn_of_truncated_chats(returned: int, limit: int | None) -> None:
    """Warns of a list of chats that may have been cut off by the server."""
    if returned == CHAT_LIST_LIMIT and (limit is None or limit > CHAT_LIST_LIMIT):
        warn(text("chat_list_truncated", most=CHAT_LIST_LIMIT), TruncatedListWarning)
