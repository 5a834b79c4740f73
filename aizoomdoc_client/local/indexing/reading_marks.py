"""Which documents broke a reader.

A document is marked before each reading, by its digest, so that the mark outlives whatever the document breaks.
"""

from __future__ import annotations

import sqlite3

import attrs
import msgspec

from ..reading import Reason

MOST_READINGS = 2


@attrs.frozen
class Mark:
    """How often its reading was begun and not ended, this time included, and why it cannot be read, where that is known."""

    readings: int
    reason: Reason | None = None

    @property
    def is_given_up(self) -> bool:
        """Whether the document is not to be read again."""
        return self.reason is not None or self.readings > MOST_READINGS


def begin(db: sqlite3.Connection, digest: str) -> Mark:
    """The mark of a document whose reading begins now."""
    row = db.execute(
        "INSERT INTO marks (digest, readings) VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET readings = readings + 1"
        " RETURNING readings, reason",
        (digest,),
    ).fetchone()
    return Mark(row["readings"], None if row["reason"] is None else msgspec.json.decode(row["reason"], type=Reason))


def give_up(db: sqlite3.Connection, digest: str, reason: Reason) -> None:
    """The document is not to be read again, for this reason."""
    db.execute("UPDATE marks SET reason = ? WHERE digest = ?", (msgspec.json.encode(reason).decode(), digest))


def forget(db: sqlite3.Connection, digest: str) -> None:
    """The document was read, or its reading was called off."""
    db.execute("DELETE FROM marks WHERE digest = ? AND reason IS NULL", (digest,))
