"""Random schedules of workers that share an answer; more by ``python -m tests.relay.schedules``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from aizoomdoc_client.relay import follower, publisher, takeover
from aizoomdoc_client.relay.backplane import Batch
from aizoomdoc_client.relay.stream_facts import StreamFacts

from .schedules import complaint


def test_no_schedule_breaks_an_invariant() -> None:
    """Whatever is killed, paused, lost, stopped or reloaded, and in which order."""
    assert {} == {seed: said for seed in range(300) if (said := complaint(seed)) is not None}


@contextmanager
def planted(bug: str) -> Iterator[dict[str, Any]]:
    """A relay, or a backplane, with a bug that this package once had, or could have."""
    with pytest.MonkeyPatch.context() as patch:
        match bug:
            case "a batch whose reply was lost is added again":
                patch.setattr(follower, "connected", lambda batches: batches)
                yield {"checks_order": False}
            case "text that viewers have comes again":
                patch.setattr(takeover.Continuation, "feed", lambda self, event: [event])
                yield {}
            case "what was missed is not noticed":
                patch.setattr(follower.Follower, "_take", _take_all)
                yield {}
            case "a run is not counted":
                patch.setattr(StreamFacts, "of_rerun", lambda self: self)
                yield {}
            case "a run begins before it is counted":
                patch.setattr(publisher.Publisher, "facts_stored", _stored_at_once)
                yield {}
            case _:
                raise AssertionError(bug)


async def _stored_at_once(_: publisher.Publisher) -> None:
    pass


def _take_all(self: follower.Follower, batch: Batch) -> bool:
    for number, event in zip(batch.ids(), batch.events, strict=True):
        self._answer.log.append(event, number)
    return True


@pytest.mark.parametrize(
    "bug",
    [
        "a batch whose reply was lost is added again",
        "text that viewers have comes again",
        "what was missed is not noticed",
        "a run is not counted",
        "a run begins before it is counted",
    ],
)
def test_a_planted_bug_is_found(bug: str) -> None:
    """Some schedule breaks an invariant."""
    with planted(bug) as options:
        assert any(complaint(seed, **options) for seed in range(300))
