"""What counts of a client's network address, for limits; kept as a fingerprint, since nobody needs to read it."""
from __future__ import annotations

import ipaddress


def is_own_machine(address: str) -> bool:
    """Whether the address is this machine's own, which is then a proxy whose word is not trusted, or a trial."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def network(address: str) -> bytes:
    """The address itself, of IPv6 its /64, since a client chooses the rest at will."""
    parsed = _parsed(address)
    if parsed is not None and parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False)).encode()
    return str(parsed or address).encode()


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
