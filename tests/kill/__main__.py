"""``python -m tests.kill --kills 1000``: kills batch jobs and their server at each write of the journal and at random moments."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.kill.campaign import ROUND, Campaign


def main(arguments: Sequence[str] | None = None) -> int:
    """Kills, lets the jobs end, and says what is lost or double; 1 if anything is."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill")
    parser.add_argument("--kills", type=int, default=100, help="how many at least: each kind of write comes first (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which (%(default)s)")
    options = parser.parse_args(arguments)
    began, found = time.monotonic(), list[str]()
    with tempfile.TemporaryDirectory(prefix="kill") as folder, Campaign(Path(folder), options.seed) as campaign:
        for kill in _ways(campaign, options.kills):
            found = kill()
            say(f"{time.monotonic() - began:.0f} s, job {campaign.jobs}: {dict(campaign.killed)}, {len(found)} complaints")
            if found:
                break
        for complaint in found[:20]:
            say(f"  {complaint}")
        kills = campaign.killed.total()
        say(f"{kills} kills in {campaign.jobs} jobs of {campaign.units} questions in all: {len(found)} complaints")
    return 1 if found else 0


def _ways(campaign: Campaign, kills: int) -> Iterator[Callable[[], list[str]]]:
    yield campaign.at_every_write
    yield campaign.server_at_every_write
    while campaign.killed.total() < kills:
        yield lambda: campaign.at_random(min(ROUND, kills - campaign.killed.total()))


def say(line: str) -> None:
    """Prints the line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
