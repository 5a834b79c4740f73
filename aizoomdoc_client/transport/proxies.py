"""Which proxy a URL uses, for both transports.

That is what the client's settings name, see `network`, else what ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``ALL_PROXY`` name, or the
system's settings, unless ``NO_PROXY`` excludes it.
``NO_PROXY`` may list names (with all names below them, ``.corp.example`` and ``*.corp.example`` too), addresses, networks such as
``10.0.0.0/8``, each with a port or without, and ``*``. This machine is never reached through a proxy.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import attrs

from ..addresses import is_loopback
from ..catalog import text
from ..credentials import Secret
from ..exceptions import ConfigurationError

_PORTS = {"http": 80, "https": 443}


@attrs.frozen
class Proxy:
    """An HTTP proxy; its user name and password are hidden from ``repr``."""

    scheme: str
    host: str
    port: int
    _user: str | None = attrs.field(default=None, repr=False)
    _password: Secret | None = None

    @property
    def address(self) -> str:
        """Its URL without credentials."""
        return f"{self.scheme}://{self._netloc}"

    def url(self) -> str:
        """Its URL with percent-encoded credentials, which is ASCII."""
        if self._user is None or self._password is None:
            return self.address
        return f"{self.scheme}://{quote(self._user, safe='')}:{quote(self._password.reveal(), safe='')}@{self._netloc}"

    def authorization(self) -> dict[str, str]:
        """The header with its credentials, in UTF-8 (RFC 7617 §2.1); empty without any."""
        if self._user is None or self._password is None:
            return {}
        credentials = base64.b64encode(f"{self._user}:{self._password.reveal()}".encode()).decode()
        return {"Proxy-Authorization": f"Basic {credentials}"}

    @property
    def _netloc(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def proxy_for(url: str) -> Proxy | None:
    """The proxy for `url`; None for a direct connection.

    Raises `ConfigurationError` if the environment names a proxy that is no URL of an HTTP proxy.
    """
    parts = urlsplit(url)
    host = _ascii((parts.hostname or "").rstrip("."))
    scheme = "https" if parts.scheme in {"https", "wss"} else "http"
    proxies = getproxies()
    name = scheme if proxies.get(scheme) else "all"
    address = proxies.get(name, "").strip()
    if not address or is_loopback(host) or _is_excluded(host, parts.port or _PORTS[scheme], proxies.get("no", "")):
        return None
    return None if proxy_bypass(host) else _parsed(address, f"{name.upper()}_PROXY")


def named_proxy(address: str) -> Proxy:
    """The proxy of a setting; raises `ConfigurationError` if it is no URL of an HTTP proxy."""
    return _parsed(address.strip(), "proxy")


def aiohttp_options(proxy: Proxy | None, url: str) -> Mapping[str, Any]:
    """What a request of aiohttp to `url` is given for `proxy`, as keyword arguments other than ``headers``."""
    if proxy is None:
        return {}
    return {"proxy": proxy.address, "proxy_headers": proxy.authorization() if url.startswith("https:") else None}


def aiohttp_headers(proxy: Proxy | None, url: str) -> dict[str, str]:
    """The headers of a request of aiohttp to `url` that are the proxy's; through a tunnel they would reach the server."""
    return {} if proxy is None or url.startswith("https:") else proxy.authorization()


def _parsed(address: str, variable: str) -> Proxy:
    malformed = ConfigurationError(text("proxy_malformed", name=variable))  # without the address: it may have a password
    with_scheme = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(with_scheme)
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError:
        raise malformed from None
    if parts.scheme.startswith("socks"):
        raise ConfigurationError(text("proxy_is_socks", name=variable))
    if parts.scheme not in _PORTS or not host or port == 0 or not re.fullmatch(r"[\w.:-]+", host):
        raise malformed
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.username is None else Secret(unquote(parts.password or ""))
    return Proxy(parts.scheme, host, port or _PORTS[parts.scheme], user, password)


def _is_excluded(host: str, port: int, exclusions: str) -> bool:
    """Whether a list as in ``NO_PROXY`` has the host."""
    return any(_is_match(entry.lower(), host, port) for entry in re.split(r"[,\s]+", exclusions) if entry)


def _is_match(entry: str, host: str, port: int) -> bool:
    """Whether an entry of ``NO_PROXY`` names the host: by a name at its end, an address, a network, or ``*``."""
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::([0-9]+))?", entry)  # else an IPv6 address without brackets
    name, its_port = (found[1], found[2]) if found else (entry, None)
    if its_port is not None and int(its_port) != port:
        return False
    name = name.removeprefix("[").removesuffix("]")
    try:
        network, address = ipaddress.ip_network(name, strict=False), ipaddress.ip_address(host)
    except ValueError:
        name = _ascii(name.removeprefix("*").strip("."))
        return (not name and "*" in entry) or (bool(name) and f".{host}".endswith(f".{name}"))
    return address in network


def _ascii(host: str) -> str:
    """A host name in small letters, as DNS has it; as it is where it cannot be one."""
    try:
        return host.lower() if host.isascii() else host.lower().encode("idna").decode()
    except UnicodeError:
        return host.lower()
