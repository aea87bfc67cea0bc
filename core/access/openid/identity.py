"""Reads an identity token: signed by the provider, for us, for this very try, and not old (OpenID Connect Core, 3.1.3.7)."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError

from core.access.openid import discovery
from core.access.openid.discovery import Metadata
from core.errors import Invalid
from core.i18n import _
from core.tenancy import now

#: Signatures by a key that only the provider has; never "none", never one made with a shared secret.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
LEEWAY, OLDEST = 60, 600  # seconds


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is: the value of the claim that names the account, whether a second factor was used, a name to show."""

    subject: str
    second_factor: bool
    name: str


def read(token: str, found: Metadata, *, client_id: str, nonce: str, claim: str, factors: Sequence[str]) -> Identity:
    """Check everything and answer who it is. Raises Invalid, Unavailable."""
    claims = _checked(token, found, client_id=client_id, nonce=nonce)
    subject = claims.get(claim)
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise Invalid(_("认证服务没有提供用来识别账号的信息，请告诉管理员核对“识别账号的字段”。"))
    met = {str(value) for value in (*(claims.get("amr") or ()), claims.get("acr")) if value is not None}
    return Identity(subject, not met.isdisjoint(factors), str(claims.get("name") or "")[:30])


def _checked(token: str, found: Metadata, *, client_id: str, nonce: str) -> dict[str, Any]:
    try:
        decoded = _decoded(token, found)
        claims = CodeIDToken(decoded.claims, decoded.header, options={
            "iss": {"essential": True, "value": found.issuer}, "aud": {"essential": True, "value": client_id}},
            params={"nonce": nonce, "client_id": client_id})
        moment = int(now().timestamp())
        claims.validate(now=moment, leeway=LEEWAY)
        if not nonce or moment - int(claims["iat"]) > OLDEST:
            raise refused()
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise refused() from error
    return dict(claims)


def _decoded(token: str, found: Metadata) -> jwt.Token:
    try:
        return jwt.decode(token, discovery.keys(found), algorithms=ALGORITHMS)
    except (InvalidKeyIdError, ValueError):  # a key that the provider has begun to use since
        return jwt.decode(token, discovery.keys(found, fresh=True), algorithms=ALGORITHMS)


def refused() -> Invalid:
    """One sentence for whatever does not fit."""
    return Invalid(_("统一身份认证没有通过：认证服务的回答不是给这次登录的。请重新登录。"))
