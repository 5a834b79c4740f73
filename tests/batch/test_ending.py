"""Waiting for what was cancelled."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

from aizoomdoc_client.batch.ending import all_ended


async def test_what_several_tasks_raised_is_not_logged_as_never_retrieved() -> None:
    """They fail of one cause, which their caller raises."""
    reported = list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def fails() -> None:
        raise OSError("the disk")

    tasks = [asyncio.create_task(fails()) for _ in range(2)]
    await all_ended(tasks)
    tasks.clear()
    gc.collect()

    assert [] == reported
