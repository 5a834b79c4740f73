"""Which addresses are of one client, as far as an address tells."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

_IPV6_NETWORK = 64
"""The bits of an IPv6 address that a provider gives out; whoever has one address has all with the same bits."""


@lru_cache(maxsize=1000)
def network_of(address: str) -> str:
    """The address itself, of IPv6 its network; what is no address stays as it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found.packed, _IPV6_NETWORK), strict=False))
