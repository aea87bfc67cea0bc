"""What the browser's side of a passkey needs from a request: the site's name and address, and a challenge of this browser's own."""
from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import request, session as cookie

from core.access.passkeys import RelyingParty, challenge
from core.tenancy import current_tenant

CHALLENGE = "passkey_challenge"  # in the signed cookie; answered, it is noted as spent


def relying_party() -> RelyingParty:
    """The site as passkeys know it: a passkey answers to its own domain only, which is what makes it proof against copied pages."""
    parts = urlsplit(request.host_url)
    return RelyingParty(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", current_tenant().name)


def has_domain() -> bool:
    """Whether browsers offer passkeys here: not at a bare IP address."""
    try:
        ipaddress.ip_address(urlsplit(request.host_url).hostname or "")
    except ValueError:
        return True
    return False


def new_challenge() -> bytes:
    """A challenge for this browser; the one before it is void."""
    text = challenge()
    cookie[CHALLENGE] = text
    return text.encode()
