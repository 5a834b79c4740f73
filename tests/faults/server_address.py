"""The address of a server for `client_of`: of a proxy, of TLS, or of nothing."""

from __future__ import annotations

import attrs


@attrs.frozen
class ServerAddress:
    """An address, and the static token for it."""

    url: str
    static_token: str = "token"
