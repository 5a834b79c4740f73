"""Where everybody is: the stacks of all threads, and of the tasks of all loops."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import sys


def dump() -> None:
    """Writes them to standard error."""
    faulthandler.dump_traceback(all_threads=True)
    # No loop knows of the others, and each is asked in another's thread: what is seen may be a moment old.
    for loop in [
        found for found in gc.get_objects() if issubclass(type(found), asyncio.AbstractEventLoop) and not found.is_closed()
    ]:
        for task in asyncio.all_tasks(loop):
            task.print_stack(file=sys.stderr)
