"""The host names by which the server can be reached, so that no other site reaches it through a visitor's browser.

A site can resolve its own name to this machine (DNS rebinding): the browser then treats the server as a part of the site and lets
its pages read responses. The `Host` header still has the site's name. An IP address cannot be rebound, so every one is allowed.
`Origin` is the site of the page that sends a request: only pages of the server and of this machine may.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from ...addresses import is_host, is_loopback
from ..app_state import state_of
from ..local_settings import ANY_HOST, LocalSettings, canonical_host
from ..request_errors import RequestError


@web.middleware
async def check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses a request for a name that is not allowed with 421, one from a page of another site with 403."""
    settings, given = state_of(request).settings, request.headers.getall("Host", [])
    if len(given) != 1 and (given or request.version >= (1, 1)):  # RFC 9112 §3.2
        raise RequestError(400, "A request must have one Host header")
    if given and not host_is_allowed(given[0], settings):
        raise _host_error(_host(given[0]))
    origin = request.headers.get("Origin")
    if origin is not None and not origin_is_allowed(origin, given[0] if given else "", settings):
        raise _origin_error(_host(origin.partition("://")[2]))
    return await handler(request)


def host_is_allowed(authority: str, settings: LocalSettings) -> bool:
    """Whether the value of a `Host` header is an IP address, this machine, the name listened on, or one of `allowed_hosts`."""
    if ANY_HOST in settings.allowed_hosts:
        return True
    host = _host(authority)
    return host is not None and (_is_ip(host) or _is_own(host, settings))


def origin_is_allowed(origin: str, authority: str, settings: LocalSettings) -> bool:
    """Whether an `Origin` is the server itself, as `authority` names it, or a name of this machine or of `allowed_hosts`."""
    site = origin.partition("://")[2]
    if ANY_HOST in settings.allowed_hosts or (site and site == authority):
        return True
    host = _host(site)
    return host is not None and _is_own(host, settings)


def _is_own(host: str, settings: LocalSettings) -> bool:
    return is_loopback(host) or host.endswith(".localhost") or host in (canonical_host(settings.host), *settings.allowed_hosts)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _host(authority: str) -> str | None:
    """The host of ``host:port``; None where that is malformed."""
    try:
        parts = urlsplit(f"//{authority}")
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    return canonical_host(host) if parts.netloc == authority and "@" not in authority and is_host(host) else None


def _host_error(host: str | None) -> RequestError:
    if host is None:
        return RequestError(400, "The Host header is malformed")
    return RequestError(421, f"Host {host} is not allowed: start the server with --allowed-host {host}")


def _origin_error(host: str | None) -> RequestError:
    if host is None:
        return RequestError(403, "Pages of other sites are not allowed")
    return RequestError(403, f"Pages of {host} are not allowed: start the server with --allowed-host {host}")
