"""What is measured: one kind of work a module, each with its `GROUPS`.

Contract: a module sets contenders up and times them. It knows the client, its peers and `control`; it neither repeats nor judges.
Peers are imported in the functions that use them, so that a process loads its own contender only.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..figures import Group


def all_groups() -> Sequence[Group]:
    """Every group, in the order in which they are measured and shown."""
    from . import (
        batch,
        events,
        first_event,
        growth,
        hot_path,
        layouts,
        peers,
        reading,
        relay,
        rest,
        startup,
        streams,
        sync,
        tree,
        upload,
    )

    modules = (
        events,
        layouts,
        peers,
        sync,
        rest,
        tree,
        upload,
        streams,
        startup,
        first_event,
        growth,
        batch,
        relay,
        hot_path,
        reading,
    )
    return [group for module in modules for group in module.GROUPS]
