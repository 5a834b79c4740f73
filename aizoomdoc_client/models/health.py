"""What a server says of itself."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Health:
    """A server's greeting; today's servers answer ``healthy`` even with their database down."""

    status: str
    version: str | None = None
    service: str | None = None
