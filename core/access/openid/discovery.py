"""What a provider says of itself, and its keys; kept in the process for ten minutes."""
from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.access.openid import fetching
from core.errors import Invalid
from core.i18n import _

KEPT, AGAIN = 600.0, 60.0  # seconds


class Metadata(NamedTuple):
    """The provider's own name and its three doors."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


_lock = threading.Lock()
_kept: dict[tuple[str, str], tuple[float, Any]] = {}


def discover(issuer: str) -> Metadata:
    """The provider's metadata. Raises Unavailable, and Invalid for one that calls itself otherwise or leads elsewhere."""
    document = _cached("metadata", issuer, issuer.rstrip("/") + "/.well-known/openid-configuration")
    found = Metadata(*(str(document.get(name, "")) for name in Metadata._fields))
    if found.issuer != issuer:
        raise Invalid(_("认证服务自称的地址与设置的不同，请核对“认证服务地址”，须一字不差。"), {"issuer": [_("与认证服务自称的地址不同")]})
    if not all(fetching.usable(address) for address in found[1:]):
        raise fetching.unreachable()
    return found


def keys(found: Metadata, *, fresh: bool = False) -> KeySet:
    """The provider's public keys. `fresh`: one is asked for that is not among those kept; at most once a minute. Raises Unavailable."""
    document = _cached("keys", found.issuer, found.jwks_uri, oldest=AGAIN if fresh else KEPT)
    try:
        return KeySet.import_key_set(dict(document))  # type: ignore[arg-type]
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise fetching.unreachable() from error


def forget() -> None:
    """Ask again; after a change of the settings, and in tests."""
    with _lock:
        _kept.clear()


def _cached(what: str, issuer: str, address: str, *, oldest: float = KEPT) -> Mapping[str, Any]:
    with _lock:
        since, document = _kept.get((what, issuer), (0.0, None))
    if document is None or time.monotonic() - since > oldest:
        document = fetching.get_json(address)
        with _lock:
            _kept[what, issuer] = (time.monotonic(), document)
    return document
