"""What the common options of a command line say, and the client that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from ..client import AsyncAIZoomDocClient


@attrs.frozen(kw_only=True)
class Setup:
    """The server and the profile named on the command line; None leaves them to the environment and the profile file."""

    server: str | None = None
    profile: str | None = None

    def client(self) -> AsyncAIZoomDocClient:
        """The client of whoever logged in."""
        from ..client import AsyncAIZoomDocClient

        return AsyncAIZoomDocClient(self.server, profile=self.profile)
