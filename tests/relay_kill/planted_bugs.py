"""Bugs of the relay that the kills must find: each is planted into the processes of the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from aizoomdoc_client.relay import relay as relay_module, takeover as takeover_module
from aizoomdoc_client.relay.continuation import Continuation
from aizoomdoc_client.relay.control_events import ViewedEvent
from aizoomdoc_client.relay.event_ids import as_event_id
from aizoomdoc_client.relay.event_log import EventLog
from aizoomdoc_client.relay.relayed_answer import RelayedAnswer


def _any_owner() -> None:
    """An id is enough to see an answer."""

    def same(_owner: str, _other: str) -> bool:
        return True

    _replace(relay_module, "is_same", same)


def _what_viewers_have_forgotten() -> None:
    """Who takes an answer up delivers all of its text behind what viewers have."""

    def of_nothing(_delivered: str) -> Continuation:
        return Continuation("")

    _replace(takeover_module, "Continuation", of_nothing)


def _one_event_too_late() -> None:
    """Who comes back goes on one event after the next one."""

    def late(after: int | str | None) -> int:
        return as_event_id(after) and as_event_id(after) + 1

    _replace(relay_module, "as_event_id", late)


def _snapshot_without_restart() -> None:
    """A snapshot is taken for more of the text."""
    events = EventLog._snapshot_events

    def without(self: EventLog) -> Iterator[ViewedEvent]:
        yield from list(events(self))[1:]

    _replace(EventLog, "_snapshot_events", without)


def _viewers_never_leave() -> None:
    """Who has left still counts as looking."""

    def stays(_self: RelayedAnswer) -> None:
        pass

    _replace(RelayedAnswer, "left", stays)


def _nobody_takes_up() -> None:
    """An answer whose worker is dead stays as it is."""

    async def never(*_: object) -> bool:
        return False

    _replace(relay_module.Relay, "_take_up", never)


@attrs.frozen
class Planted:
    """How a bug is planted, what a complaint about it says, and how many kills it takes until it surely shows."""

    plant: Callable[[], None]
    said: str
    kills: int = 3


PLANTED: Mapping[str, Planted] = {
    "any owner": Planted(_any_owner, "a stranger", kills=10),
    "what viewers have forgotten": Planted(_what_viewers_have_forgotten, "another text", kills=12),
    "one event too late": Planted(_one_event_too_late, "another text"),
    "snapshot without restart": Planted(_snapshot_without_restart, "another text"),
    "viewers never leave": Planted(_viewers_never_leave, "still open"),
    "nobody takes up": Planted(_nobody_takes_up, "does not end", kills=10),
}


def _replace(owner: Any, name: str, value: object) -> None:
    assert hasattr(owner, name), name  # else the bug would be planted where nobody looks
    setattr(owner, name, value)
