"""The English templates of all errors and warnings, by code."""

from __future__ import annotations

from collections.abc import Mapping

TEMPLATES: Mapping[str, str] = {
    "verbatim": "{text}",
}
