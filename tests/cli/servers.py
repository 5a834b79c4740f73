"""A local server in a thread of its own, for tests without a loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager

from aizoomdoc_client.local import Answerer, LocalServer, LocalSettings


@contextmanager
def running_local_server(settings: LocalSettings, answerer: Answerer | None = None) -> Generator[LocalServer]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="local-server", daemon=True)
    thread.start()
    server = LocalServer(settings, answerer=answerer)
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(20)
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
