"""Workers of a backend, their Redis and their server, killed while browsers ask; `nox -s relay` kills more of them."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.relay.redis_servers import needs_redis
from tests.relay_kill.campaign import Campaign
from tests.relay_kill.planted_bugs import PLANTED

pytestmark = [
    needs_redis,
    pytest.mark.skipif(sys.platform == "win32", reason="these programs fork"),
    pytest.mark.timeout(240),
]

KILLS, BROWSERS = 10, 20


def test_every_browser_sees_the_stored_answer_whatever_is_killed(tmp_path: Path) -> None:
    """No text is lost, doubled or foreign, nothing is posted twice, and the model runs no more often than it may."""
    campaign = Campaign(tmp_path, 1, browsers=BROWSERS)

    assert [] == asyncio.run(campaign.run(KILLS)), campaign.summary()
    assert KILLS == campaign.killed.total()
    assert any(view.ended == "completed" and view.reconnects for asked in campaign.asked for view in asked.views)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(tmp_path: Path, name: str) -> None:
    """The checks can fail: browsers see each of these bugs of the relay."""
    found = list[str]()
    for seed in (1, 2, 3):  # whether a browser reloads at the moment that shows it is a matter of chance
        folder = tmp_path / str(seed)
        folder.mkdir()
        campaign = Campaign(folder, seed, browsers=BROWSERS, bug=name, longest_answer=12)
        found += asyncio.run(campaign.run(PLANTED[name].kills))
        if any(PLANTED[name].said in complaint for complaint in found):
            return

    pytest.fail(f"not found, but {found}")
