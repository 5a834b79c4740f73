"""Where a client believes its server to be: behind a proxy, behind TLS, or nowhere."""

from __future__ import annotations

import attrs


@attrs.frozen
class CodeLine:
    """An address, and the token that is good there."""

    url: str
    static_token: str = "token"
