"""Gives naive dates from servers the time zone UTC, which is what servers mean by them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

PostInit = Callable[[Any], None]
"""A hook that attrs calls with each new instance."""


def naive_as_utc(*fields: str) -> PostInit:
    """An ``__attrs_post_init__`` that sets the time zone UTC on the naive dates among a frozen model's `fields`.

    It is a post-init hook because msgspec creates attrs classes without calling converters. It is built once per class because it
    is called tens of thousands of times for a large project tree.
    """

    def post_init(model: Any) -> None:
        for field in fields:
            moment: datetime | None = getattr(model, field)
            if moment is not None and moment.tzinfo is None:
                object.__setattr__(model, field, moment.replace(tzinfo=UTC))

    return post_init
