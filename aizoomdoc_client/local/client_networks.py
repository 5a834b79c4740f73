"""Which addresses are counted as one client."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

_IPV6_NETWORK = 64
"""Bits of the prefix that a provider assigns to a customer, who can then use every address with that prefix."""


@lru_cache(maxsize=1000)
def network_of(address: str) -> str:
    """The address itself, or the network of an IPv6 address; a text that is no address is returned unchanged."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found.packed, _IPV6_NETWORK), strict=False))
