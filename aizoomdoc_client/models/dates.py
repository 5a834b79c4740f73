"""Dates as the servers mean them: naive ones are UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

PostInit = Callable[[Any], None]
"""What attrs calls with a new model."""


def naive_as_utc(*fields: str) -> PostInit:
    """An ``__attrs_post_init__`` that gives the naive dates among a frozen model's `fields` the time zone UTC.

    A post-init hook, because msgspec builds attrs classes without running converters; made once a class, because a project's tree
    runs it tens of thousands of times.
    """

    def post_init(model: Any) -> None:
        for field in fields:
            moment: datetime | None = getattr(model, field)
            if moment is not None and moment.tzinfo is None:
                object.__setattr__(model, field, moment.replace(tzinfo=UTC))

    return post_init
