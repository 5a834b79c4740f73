"""The address of a server, and the error where it cannot listen there."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from typing import cast

from aiohttp import ClientError, ClientSession, ClientTimeout

from ..catalog import errno_reason, text
from ..exceptions import ConfigurationError
from .local_settings import LocalSettings

_ASK_SECONDS = 1.0  # for the response of a server that has the port


async def cannot_listen(settings: LocalSettings, error: OSError) -> ConfigurationError:
    """The error that says why the server cannot listen, and what to do; it names an AIZoomDoc server that has the port."""
    host, port = settings.host, settings.port
    if error.errno == errno.EADDRINUSE:
        url = url_of(host, port)
        if await _is_server(url):
            return ConfigurationError(text("port_in_use_by_server", port=port, host=host, url=url))
        return ConfigurationError(text("port_in_use", port=port, host=host))
    if isinstance(error, socket.gaierror):
        return ConfigurationError(text("host_unknown", host=host))
    reason = errno_reason(error.errno) or error.strerror or str(error)
    return ConfigurationError(text("cannot_listen", port=port, host=host, reason=reason))


def url_of(host: str, port: int) -> str:
    """The URL by which clients on this machine reach a server that listens on `host`."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (read, not bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _is_server(url: str) -> bool:
    """Whether an AIZoomDoc server responds there within a second."""
    with suppress(ClientError, TimeoutError, ValueError):
        async with ClientSession(timeout=ClientTimeout(total=_ASK_SECONDS)) as session, session.get(f"{url}/health") as response:
            told = await response.json(content_type=None)
            return isinstance(told, dict) and str(cast("dict[str, object]", told).get("service", "")).startswith("aizoomdoc")
    return False
