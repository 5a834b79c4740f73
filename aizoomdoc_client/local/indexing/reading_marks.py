"""Which documents broke a reader, and when they are tried again.

A document is marked before each reading, by its digest, so that the mark outlives whatever the document breaks. One that was
given up may have had a slow machine, or a fault of the reader: it is tried again after a day, and then after ever longer times,
or at once by another version of this package.
"""

from __future__ import annotations

import sqlite3

import attrs
import msgspec

from ..reading import Reason

MOST_READINGS = 2
"""So often the reading of a document may be begun without ending: once more than the one time that may be chance."""
_DAY = 86_400.0  # seconds
_MOST_DAYS = 32


@attrs.frozen
class Mark:
    """How often its reading was begun and not ended, this time included; of a document that was given up, why and until when."""

    readings: int
    reason: Reason | None = None
    retry_at: float = 0.0

    @property
    def is_given_up(self) -> bool:
        """Whether the document is not to be read now."""
        return self.reason is not None or self.readings > MOST_READINGS


_BEGIN = """
INSERT INTO marks (digest, readings) VALUES (:digest, 1) ON CONFLICT (digest) DO UPDATE SET
    readings = CASE WHEN retry_at <= :now THEN 1 ELSE readings + 1 END,
    reason = CASE WHEN retry_at <= :now THEN NULL ELSE reason END,
    retry_at = CASE WHEN retry_at <= :now THEN NULL ELSE retry_at END
RETURNING readings, reason, retry_at
"""


def begin(db: sqlite3.Connection, digest: str, now: float) -> Mark:
    """The mark of a document whose reading begins now, in seconds since 1970."""
    row = db.execute(_BEGIN, {"digest": digest, "now": now}).fetchone()
    reason = None if row["reason"] is None else msgspec.json.decode(row["reason"], type=Reason)
    return Mark(row["readings"], reason, row["retry_at"] or 0.0)


def give_up(db: sqlite3.Connection, digest: str, reason: Reason, now: float, version: str) -> float:
    """Marks the document as given up by this version of the package; returns when to try it again, in seconds since 1970."""
    values = msgspec.json.encode(reason).decode(), version, digest
    row = db.execute(
        "UPDATE marks SET reason = ?, version = ?, failures = failures + 1 WHERE digest = ? RETURNING failures", values
    ).fetchone()
    retry_at = retry_time(now, row["failures"])
    db.execute("UPDATE marks SET retry_at = ? WHERE digest = ?", (retry_at, digest))
    return retry_at


def retry_time(now: float, failures: int) -> float:
    """When to try again what was given up so often: after 1, 2, 4 days and so on, 32 at most."""
    return now + _DAY * min(1 << min(failures - 1, 10), _MOST_DAYS)


def retry_after_update(db: sqlite3.Connection, version: str) -> None:
    """Makes what other versions of the package gave up due now."""
    if db.execute("UPDATE marks SET retry_at = 0, version = ? WHERE version != ?", (version, version)).rowcount:
        db.execute("UPDATE documents SET retry_at = 0 WHERE retry_at IS NOT NULL")


def forget(db: sqlite3.Connection, digest: str) -> None:
    """Deletes the mark of a document that was read, or whose reading was called off; one that is given up keeps its mark."""
    db.execute("DELETE FROM marks WHERE digest = ? AND reason IS NULL", (digest,))
