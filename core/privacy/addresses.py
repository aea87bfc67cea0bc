"""Keeps a client's network address as a keyed hash: a limit needs to know it again, and nobody needs to read it."""
from __future__ import annotations

import hmac
import ipaddress


def is_own_machine(address: str) -> bool:
    """Whether the address is this machine's own, which is then a proxy whose word is not trusted, or a trial."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def client_hash(key: bytes, address: str) -> bytes:
    """16 bytes for the client at this address; of IPv6 the network counts, since a client chooses the rest at will."""
    parsed = _parsed(address)
    network = address if parsed is None else str(parsed)
    if parsed is not None and parsed.version == 6:
        network = str(ipaddress.ip_network((parsed, 64), strict=False))
    return hmac.digest(key, network.encode(), "sha256")[:16]


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
