"""The response of a health check."""

from __future__ import annotations

import attrs

from ..serializable import Serializable


@attrs.frozen(kw_only=True)
class Health(Serializable):
    """A server's status; today's servers return ``healthy`` even if their database is down.

    The local server is ``degraded``, for a `reason`, while its disk is full or cannot be written.
    """

    status: str
    version: str | None = None
    service: str | None = None
    reason: str | None = None
