"""Asks a provider over HTTP, by the one door outwards (core.outgoing), and says one sentence whatever went wrong."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from authlib.integrations.requests_client import OAuth2Session

from core import outgoing
from core.errors import Invalid, Unavailable
from core.i18n import _

TIMEOUT, LARGEST = (3, 5), 256 * 1024


def usable(address: str) -> bool:
    """Whether an address may be used: https, or http in an inner network that the operator has opened; without user or fragment."""
    try:
        parts = outgoing.split(address)
        if parts.scheme != "https":
            outgoing.checked(parts)
    except Invalid:
        return False
    return not parts.fragment


def get_json(address: str) -> Mapping[str, Any]:
    """A document of the provider. Raises Unavailable with a sentence."""
    try:
        answer = outgoing.fetch(address, limit=LARGEST)
        found = json.loads(answer.body) if answer.status == 200 else None
    except (Invalid, Unavailable, ValueError) as error:
        raise unreachable() from error
    if not isinstance(found, dict):
        raise unreachable()
    return found


def exchange(endpoint: str, code: str, verifier: str, *, client_id: str, client_secret: str | None, callback: str) -> str:
    """The identity token that the provider gives for a code. Raises Unavailable."""
    method = "client_secret_basic" if client_secret else "none"
    with OAuth2Session(client_id, client_secret, token_endpoint_auth_method=method, redirect_uri=callback) as client:
        outgoing.guard(client)
        try:
            token = client.fetch_token(endpoint, grant_type="authorization_code", code=code, code_verifier=verifier, timeout=TIMEOUT,
                                       allow_redirects=False)
        except Exception as error:  # what a client makes of a strange answer is of every kind
            raise unreachable() from error
    found = token.get("id_token")
    if not isinstance(found, str) or len(found) > LARGEST:
        raise unreachable()
    return found


def unreachable() -> Unavailable:
    """What a person is told, whatever it was: the log of an attacker's tries is no map of the network."""
    return Unavailable(_("统一身份认证现在不能使用。请稍后再试，或用用户名和密码登录；一直不行请告诉管理员。"))
