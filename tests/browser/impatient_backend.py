"""The example backend, whose client waits less after a drop, and whose lease in Redis is shorter: tests do not have the time."""

from __future__ import annotations

from contextlib import ExitStack

from aizoomdoc_client.relay.redis import RedisBackplane
from aizoomdoc_client.testing import shorter_waiting

for_good = ExitStack()
for_good.enter_context(shorter_waiting(0.02))
defaults = RedisBackplane.__init__.__kwdefaults__
assert defaults is not None
defaults["lease_seconds"] = 0.5

from main import app  # noqa: E402, F401 - made of what was changed, for uvicorn
