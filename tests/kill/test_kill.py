"""Jobs and their server, killed (`kill -9`) at every write of the journal and at random; `nox -s kill` kills more of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.kill.campaign import FROM_THE_SERVER_ON, Campaign
from tests.kill.planted_bugs import PLANTED
from tests.kill.writes import KINDS, PLACES

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="these programs fork"),
    pytest.mark.timeout(180),
]

RANDOM_KILLS, DOCUMENTS = 10, 6
FEW = 2


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with Campaign(tmp_path_factory.mktemp("kill"), seed=1) as campaign:
        yield campaign


def test_a_job_that_is_killed_at_each_write_of_its_journal_ends_with_each_result_once(campaign: Campaign) -> None:
    """Before, inside of and after each kind of write: nothing lost, asked, answered or recorded twice, settings put back."""
    before = campaign.killed.total()

    assert [] == campaign.at_every_write()
    assert len(KINDS) * len(PLACES) == campaign.killed.total() - before


def test_a_job_whose_server_is_killed_at_each_write_ends_with_each_result_once(campaign: Campaign) -> None:
    """The server's connections break while the job has just written what it is about to do, or what was done."""
    before = campaign.killed.total()

    assert [] == campaign.server_at_every_write()
    assert len(FROM_THE_SERVER_ON) - 1 == campaign.killed.total() - before  # a job that lives on is not started after a crash


def test_a_job_that_is_killed_at_random_ends_with_each_result_once(campaign: Campaign) -> None:
    """At moments, at writes in the middle of the job, and its server."""
    assert [] == campaign.at_random(RANDOM_KILLS, documents=DOCUMENTS)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(campaign: Campaign, name: str) -> None:
    """The checks can fail: each of these bugs leaves something lost, double or changed where the job is killed."""
    found = campaign.at_writes(PLANTED[name].deaths, documents=FEW, bug=name)

    assert any(PLANTED[name].said in complaint for complaint in found), found


def test_what_a_job_did_wrong_is_not_said_of_the_next(campaign: Campaign) -> None:
    """Jobs share a server, and tests come in any order: each is judged by its own runs of the model."""
    bug = "settings not set again"
    assert campaign.at_writes(PLANTED[bug].deaths, documents=FEW, bug=bug)

    assert [] == campaign.at_writes([], documents=FEW)
