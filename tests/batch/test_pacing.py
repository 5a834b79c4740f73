"""How many questions of a job are open at a time: the rules one by one, and what they come to on servers in virtual time."""

from __future__ import annotations

import itertools
import random
import statistics

import pytest
from hypothesis import given, strategies as st

from aizoomdoc_client.batch.pacing import MOST_CONCURRENCY, Pacing
from tests.batch.pacing_server import MEAN_SECONDS, OtherUsers, PacedServer, Trouble, VirtualTime, job_on

FIXED = (1, 2, 4, 8, 16, 32, 64)
SEEDS = range(6)


def answers(pacing: Pacing, count: int, *, at: float = 10.0) -> None:
    for _ in range(count):
        pacing.answered(at + 5.0, asked_at=at, queued_seconds=None)


def after_the_start() -> Pacing:
    """A pacing that saw a queue, at eight."""
    pacing = Pacing()
    answers(pacing, 6)
    pacing.queued(open_now=8, waiting=1)
    assert pacing.limit == 8
    return pacing


# -- the rules ---------------------------------------------------------------------------------------------------------------


def test_pacing_begins_with_two_and_adds_one_for_each_answer_until_a_queue() -> None:
    """The faster start."""
    pacing = Pacing()

    assert pacing.limit == 2
    answers(pacing, 5)
    assert pacing.limit == 7


def test_after_a_queue_pacing_adds_one_for_ten_answers_in_a_row_that_did_not_wait() -> None:
    """Nine are too few, and one that waited begins the count anew."""
    pacing = after_the_start()
    answers(pacing, 9)
    pacing.answered(15.0, asked_at=10.0, queued_seconds=1.0)
    answers(pacing, 9)
    assert pacing.limit == 8
    answers(pacing, 1)
    assert pacing.limit == 9


def test_a_refusal_halves_once_for_all_that_were_asked_before_it() -> None:
    """Eight questions refused at the same time are one event."""
    pacing = after_the_start()
    for number in range(8):
        pacing.refused(20.0 + number / 10, asked_at=19.0)

    assert pacing.limit == 4


def test_a_time_of_refusals_halves_once_and_is_asked_at_growing_distances() -> None:
    """Questions that try whether it is over do not halve it again; once one is accepted, refusals count again."""
    pacing = after_the_start()
    now, distances = 20.0, list[float]()
    for _ in range(8):
        pacing.refused(now, asked_at=now - 0.1)
        distances.append(pacing.not_before - now)
        now = pacing.not_before + 0.1
    assert pacing.limit == 4
    assert distances == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60])

    pacing.accepted(asked_at=now)
    assert pacing.not_before < now
    pacing.refused(now + 1, asked_at=now + 0.5)
    assert pacing.limit == 2


def test_after_a_refusal_one_question_begins_at_a_time_until_one_is_accepted() -> None:
    """Not as many at once as the limit allows."""
    pacing = after_the_start()
    pacing.refused(20.0, asked_at=19.0)
    pacing.begun(21.0)
    assert pacing.not_before == 22.0
    pacing.accepted(asked_at=19.5)
    assert pacing.not_before == 22.0
    pacing.accepted(asked_at=21.1)
    assert pacing.not_before < 21.0


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [(None, 1), (30.0, 30), (0.0, 1), (-5.0, 1), (float("nan"), 1), (float("inf"), 3600), (1e9, 3600)],
)
def test_retry_after_is_obeyed_within_bounds(retry_after: float | None, pause: float) -> None:
    """Also by a fixed number, which stays what it is."""
    for pacing, limit in ((Pacing(), 1), (Pacing(5), 5)):
        pacing.refused(100.0, asked_at=99.0, retry_after=retry_after)

        assert (limit, 100.0 + pause) == (pacing.limit, pacing.not_before)


def test_questions_of_ours_that_wait_are_not_replaced_but_for_one() -> None:
    """Of eight open ones three wait, since others have slots: five run, and one more may wait."""
    pacing = after_the_start()
    pacing.queued(open_now=8, waiting=3)

    assert pacing.limit == 6


def after_a_wait_that_grew(*, tells_queue: bool = False) -> Pacing:
    """A pacing that saw ten waits of two minutes at 64, asked at 50, after waits of 20 seconds; now it is 200."""
    pacing = Pacing(start=64)
    if tells_queue:
        pacing.queued(open_now=64, waiting=1)
    for now, asked_at, wait in ((40.0, 10.0, 20.0), (200.0, 50.0, 120.0)):
        for number in range(10):
            seconds = wait + number / 10
            began = asked_at if tells_queue else now - seconds
            pacing.answered(now, asked_at=began, queued_seconds=seconds if tells_queue else None)
    return pacing


def test_after_a_wait_that_grew_two_thirds_of_the_number_come_back_soon() -> None:
    """One for each answer asked after the halving, none for earlier ones but by tens; above two thirds by tens again."""
    pacing = after_a_wait_that_grew()
    limits = [pacing.limit]
    for count, asked_at in ((9, 150.0), (1, 201.0), (9, 201.0), (9, 201.0), (1, 201.0)):
        answers(pacing, count, at=asked_at)
        limits.append(pacing.limit)

    assert [32, 32, 33, 42, 42, 43] == limits


def test_a_server_that_tells_of_its_queue_is_asked_more_by_tens_after_a_wait_that_grew() -> None:
    """Its queue tells when there are too many; there is nothing to guess."""
    pacing = after_a_wait_that_grew(tells_queue=True)
    limits = [pacing.limit]
    answers(pacing, 9, at=201.0)

    assert [32, 32] == [*limits, pacing.limit]


EVENT = st.tuples(st.sampled_from(["begun", "accepted", "queued", "answered", "refused"]), st.floats(0, 100), st.floats(0, 1000))


@given(st.lists(EVENT, max_size=200), st.one_of(st.none(), st.integers(1, 500)), st.integers(1, MOST_CONCURRENCY))
def test_the_limit_stays_within_its_bounds(events: list[tuple[str, float, float]], fixed: int | None, most: int) -> None:
    """Whatever happens: 1 ≤ limit ≤ most, a fixed number stays, a refusal holds back, and none at all for ever."""
    pacing, now = Pacing(fixed, most=most), 0.0
    for name, passed, number in events:
        now += passed
        before = pacing.limit
        match name:
            case "begun":
                pacing.begun(now)
            case "accepted":
                pacing.accepted(asked_at=now - number)
            case "queued":
                pacing.queued(open_now=int(number) + 1, waiting=min(int(passed), int(number)) + 1)
            case "answered":
                pacing.answered(now, asked_at=now - number, queued_seconds=passed if passed < number else None)
            case _:
                pacing.refused(now, asked_at=now - number, retry_after=number)
                assert pacing.not_before >= now + number
        assert 1 <= pacing.limit <= (most if fixed is None else fixed)
        assert fixed in (None, pacing.limit)
        assert before // 2 <= pacing.limit <= before + 1 or name == "queued"
        assert pacing.not_before <= now + 3600


# -- on servers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", [0.3, 0.6, 1.0])
@pytest.mark.parametrize("slots", [1, 4, 32])
def test_it_finds_a_number_within_15_percent_of_the_best(slots: int, sigma: float) -> None:
    """1,000 units, without being told the slots, on a server that tells of its queue."""
    for seed in SEEDS:
        best = min(job_on(PacedServer(VirtualTime(), slots), Pacing(n), seed=seed, sigma=sigma).time.now for n in FIXED)
        job = job_on(PacedServer(VirtualTime(), slots), Pacing(), seed=seed, sigma=sigma)

        assert job.time.now <= best * 1.15
        assert job.limits[-1][1] <= slots + 1


@pytest.mark.parametrize("sigma", [0.3, 0.6, 1.0])
@pytest.mark.parametrize("slots", [1, 4, 32])
def test_without_queue_events_the_time_of_answers_tells(slots: int, sigma: float) -> None:
    """Within 15 % of the best fixed number, as on a server that tells of its queue."""
    for seed in SEEDS:
        ended = {
            n: job_on(PacedServer(VirtualTime(), slots, tells_queue=False), Pacing(n), seed=seed, sigma=sigma).time.now
            for n in (*FIXED, None)
        }

        assert ended[None] <= min(ended.values()) * 1.15


@pytest.mark.parametrize("sigma", [0.6, 1.0, 1.5])
def test_noise_is_no_growing_wait(sigma: float) -> None:
    """Answer times that differ by factors, on a server that always has a free slot, lower it in at most 2 of 30 jobs."""
    lowered = 0
    for seed in range(30):
        job = job_on(PacedServer(VirtualTime(), 1000, tells_queue=False), Pacing(), seed=seed, sigma=sigma)
        limits = [limit for _, limit in job.limits]
        lowered += any(later < earlier for earlier, later in itertools.pairwise(limits))

    assert lowered <= 2


@pytest.mark.parametrize("slots", [1, 4, 32])
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_another_users_question_waits_little_longer(slots: int, share: float) -> None:
    """Than without the job, in the mean: by at most one answer's mean time and 2/slots of it, as one of the job's own waits."""
    waits = list[float]()
    for seed in SEEDS:
        server = PacedServer(VirtualTime(), slots)
        others = OtherUsers(server, random.Random(seed), share=share, start=400.0, end=5000.0)
        job = job_on(server, Pacing(), seed=seed)
        alone = PacedServer(VirtualTime(), slots)
        without_us = OtherUsers(alone, random.Random(seed), share=share, start=400.0, end=5000.0)
        alone.time.run(lambda: False)
        waits.append(statistics.fmean(others.waits) - statistics.fmean(without_us.waits))
        assert job.most_waiting <= slots + 1

    assert statistics.fmean(waits) <= MEAN_SECONDS * (1 + 2 / slots)


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(200.0, 260.0, "down"),
        Trouble(200.0, 400.0, "429"),
        Trouble(200.0, 400.0, "429", retry_after=30.0),
    ],
)
@pytest.mark.parametrize("slots", [4, 32])
def test_it_recovers_from_a_restart_and_from_429(slots: int, trouble: Trouble) -> None:
    """The server is asked seldom meanwhile, and before the job's end the limit is at the slots again."""
    for seed in SEEDS:
        job = job_on(PacedServer(VirtualTime(), slots, troubles=(trouble,)), Pacing(), seed=seed, units=2000)

        assert job.refusals <= slots + 20
        assert max(limit for when, limit in job.limits if when > trouble.end + MEAN_SECONDS) >= slots


def test_a_full_queue_is_left_to_others() -> None:
    """Where it has one place, the job ends, with few refusals."""
    server = PacedServer(VirtualTime(), 4, queue_size=1)
    OtherUsers(server, random.Random(1), share=0.5, start=100.0, end=3000.0)
    job = job_on(server, Pacing(), seed=1)

    assert job.refusals < 100
