"""Which addresses may be talked to: https anywhere, plain http on this machine only."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit, urlunsplit

from .catalog import text
from .exceptions import ConfigurationError

__all__ = ["checked_server_url"]


def checked_server_url(url: str, *, allow_insecure: bool = False) -> str:
    """The server's URL without a trailing slash.

    Raises `ConfigurationError` for anything but an https URL of a host and, maybe, a path; plain http only to this machine,
    elsewhere only with `allow_insecure`, because it would send the token in the clear.
    """
    if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance] - callers without type checkers
        raise ConfigurationError(text("not_text", name="server_url", type=type(url).__name__))
    try:
        parts = urlsplit(url.strip(" "))
        port, host = parts.port, parts.hostname or ""
    except ValueError:  # its text would quote the URL, a password in it included
        raise _malformed(url) from None
    if parts.scheme not in {"http", "https"} or port == 0 or not is_host(host) or not _is_plain(url.strip(" ")):
        raise _malformed(url)
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigurationError(text("server_url_with_more", url=_shown(url)))
    if parts.scheme == "http" and not allow_insecure and not is_loopback(host):
        raise ConfigurationError(text("server_url_insecure", url=_shown(url)))
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))


def _malformed(url: str) -> ConfigurationError:
    scheme, _, rest = _with_scheme(url.strip()).partition("://")
    if not rest:
        return ConfigurationError(text("server_url_malformed", url=_shown(url)))
    return ConfigurationError(text("server_url_without_scheme", url=_shown(url), scheme=scheme, rest=rest))


def _with_scheme(url: str) -> str:
    """`url` with the scheme that it lacks; empty where that is not all that is wrong."""
    if "@" in url or "//" in url or ":/" in url:
        return ""
    for scheme in ("http", "https"):  # http only to this machine
        try:
            return checked_server_url(f"{scheme}://{url}")
        except ConfigurationError:
            continue
    return ""


def is_host(host: str) -> bool:
    """Whether `host` is an IPv6 address, or a name without any character that another parser could take for its end."""
    if ":" not in host:
        return bool(host) and all(char.isalnum() or char in "-._" for char in host if char.isascii())
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _is_plain(url: str) -> bool:
    return url.isprintable() and " " not in url and "\\" not in url


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine for sure; names below ``.localhost`` are not on every system."""
    address = _ip_address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def is_local(host: str) -> bool:
    """Whether `host` names this machine or, as cloud machines' metadata service does, something on its own link."""
    address = _ip_address(host)
    return is_loopback(host) or (address is not None and (address.is_link_local or address.is_unspecified))


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `host` is, the IPv4 one for an IPv4-mapped one; None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _shown(url: str) -> str:
    """The URL for an error: without query and control characters, and only its scheme where a password might be in it."""
    bare = url.strip().split("?", 1)[0].split("#", 1)[0]
    if "@" in url:
        scheme = bare.partition(":")[0].lower()
        bare = f"{scheme}://…@…" if scheme in {"http", "https", "ws", "wss"} else "…@…"
    return bare[:200]
