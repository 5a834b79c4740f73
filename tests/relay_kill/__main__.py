"""``python -m tests.relay_kill --kills 300``: kills the workers of a backend, its Redis and its server while browsers ask."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.relay_kill.campaign import Campaign
from tests.relay_kill.planted_bugs import PLANTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Kills, and says what the browsers saw; 1 if anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.relay_kill")
    parser.add_argument("--kills", type=int, default=100, help="how many (%(default)s)")
    parser.add_argument("--browsers", type=int, default=200, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which (%(default)s)")
    parser.add_argument("--bug", choices=sorted(PLANTED), help="a bug of the relay to plant, which is to be found")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="relay-kill") as folder:
        campaign = Campaign(Path(folder), options.seed, browsers=options.browsers, bug=options.bug)
        found = asyncio.run(campaign.run(options.kills))
    again = f"python -m tests.relay_kill --kills {options.kills} --browsers {options.browsers} --seed {options.seed}"
    lines = [*(f"  {complaint}" for complaint in found[:20]), campaign.summary()]
    sys.stdout.write("\n".join([*lines, f"{time.monotonic() - began:.0f} s: {len(found)} complaints; again: {again}\n"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
