"""Points in time as the database keeps them: UTC, ISO 8601 with six digits, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """The moment as the database keeps it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def read(text: str) -> datetime:
    """The moment that `written` wrote."""
    return datetime.fromisoformat(text)


def from_now(seconds: float) -> datetime:
    """The moment so many seconds from now; negative ones lie in the past."""
    return now() + timedelta(seconds=seconds)
