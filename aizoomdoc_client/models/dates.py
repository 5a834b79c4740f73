"""Dates as the servers mean them: naive ones are UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def read_naive_as_utc(model: Any, *fields: str) -> None:
    """Gives the naive dates among `fields` of a frozen `model` the time zone UTC; called from ``__attrs_post_init__``.

    A post-init hook, because msgspec builds attrs classes without running converters.
    """
    for field in fields:
        moment: datetime | None = getattr(model, field)
        if moment is not None and moment.tzinfo is None:
            object.__setattr__(model, field, moment.replace(tzinfo=UTC))
