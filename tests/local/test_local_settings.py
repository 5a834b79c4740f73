"""Settings of a local server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aizoomdoc_client.exceptions import ConfigurationError
from aizoomdoc_client.local import LocalSettings
from tests.local.support import settings


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"port": 70000}, "port must be between 0"),
        ({"slots": 0}, "slots of the local server must be 1 or more"),
        ({"queue_size": -1}, "queue_size of the local server must be 0 or more"),
        ({"pace_seconds": float("nan")}, "pace_seconds"),
        ({"tokens": ("a", "")}, "must not be empty"),
        ({"tokens": ("a\n",)}, "control characters"),
        ({"allowed_hosts": ("docs.example.org:8000",)}, "An allowed host is a name"),
        ({"allowed_hosts": ("https://docs.example.org",)}, "An allowed host is a name"),
        ({"allowed_hosts": ("",)}, "An allowed host is a name"),
        ({"tokens": ("a", "a")}, "the same static token"),
    ],
)
def test_a_setting_out_of_bounds_is_named(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    """Before anything is started."""
    with pytest.raises(ConfigurationError, match=words):
        settings(tmp_path, **changes)


def test_one_token_is_taken_as_one(tmp_path: Path) -> None:
    """A text is a token, not one for each of its letters."""
    assert ("only",) == LocalSettings(data_dir=tmp_path, tokens="only").tokens
