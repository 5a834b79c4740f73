"""The ids of a stream's events: numbers that grow, of which none is ever given to two events, whichever worker gives it."""

from __future__ import annotations

import secrets

__all__ = ["NOWHERE", "as_event_id", "skipped_at_takeover", "skipped_when_read_again"]

NOWHERE = 2**53 - 1
"""The id of a snapshot's beginning, the greatest number that is exact in JavaScript: no event has it, in no worker.

A browser that loses its connection within a snapshot comes back with this id, and gets a snapshot again. Without one it would go
on after the event that it had before, although the snapshot's beginning has taken its text back.
"""
_MOST_DIGITS = 18
"""The most digits of an event's id; a longer number is no id."""
_UNPUBLISHED = 1 << 20
"""More ids than a worker can have given to events that it had not published when another one took its answer up."""
_READ_AGAIN = 1 << 40
"""Among so many numbers the ids begin of an answer that is read from the chat's history."""


def as_event_id(after: int | str | None) -> int:
    """The number of the last event that a browser has; 0, for none, for what is no number of an event."""
    if isinstance(after, int):
        return after if 0 < after < 10**_MOST_DIGITS else 0
    given = after or ""
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= _MOST_DIGITS else 0


def skipped_at_takeover(fence: int) -> int:
    """How many ids a worker that takes an answer up leaves to the workers before it: more with each fencing token.

    Workers that take it up one after another may all begin after the same event.
    """
    return fence * _UNPUBLISHED


def skipped_when_read_again(last_id: int) -> int:
    """How many ids are left to the answer itself, whose last one is `last_id`, and to others who read its history, too."""
    return last_id + secrets.randbelow(_READ_AGAIN)
