"""The way to the provider and back: begun with secrets of its own, ended once, within ten minutes and in the same browser."""
from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
import uuid
from typing import NamedTuple
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import delete, select

from core.access.openid import discovery, fetching, identity
from core.access.openid.identity import Identity
from core.access.openid.models import SignInAttempt
from core.access.openid.providers import Provider
from core.db import new_id
from core.errors import Invalid
from core.i18n import _
from core.privacy import keyring
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

MINUTES, HOURS = dt.timedelta(minutes=10), dt.timedelta(hours=24)


class Back(NamedTuple):
    """Who came back, where to go on, and the account that is to be linked, if it was not a sign-in."""

    identity: Identity
    target: str
    account_id: uuid.UUID | None
    linked_by: uuid.UUID | None


def begin(provider: Provider, callback: str, *, target: str = "", account_id: uuid.UUID | None = None,
          linked_by: uuid.UUID | None = None) -> tuple[str, str]:
    """The provider's address to send the browser to, and the state that the browser has to bring back. Raises Unavailable, Invalid."""
    found = discovery.discover(provider.issuer)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _one in range(3))
    _keep(state, {"nonce": nonce, "verifier": verifier, "target": target}, MINUTES, account_id, linked_by)
    separator = "&" if "?" in found.authorization_endpoint else "?"
    asked = urlencode({"response_type": "code", "client_id": provider.client_id, "redirect_uri": callback, "scope": "openid profile",
                       "state": state, "nonce": nonce, "code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"})
    return f"{found.authorization_endpoint}{separator}{asked}", state


def end(provider: Provider, callback: str, *, state: str, code: str) -> Back:
    """Who it is, for the try of that state, which is used up. Raises Invalid, Unavailable."""
    row, kept = _take(state)
    if "verifier" not in kept:
        raise identity.refused()
    found = discovery.discover(provider.issuer)
    token = fetching.exchange(found.token_endpoint, code, kept["verifier"], client_id=provider.client_id,
                              client_secret=provider.client_secret, callback=callback)
    who = identity.read(token, found, client_id=provider.client_id, nonce=kept["nonce"], claim=provider.claim, factors=provider.factors)
    return Back(who, kept["target"], row.account_id, row.linked_by)


def invite(account_id: uuid.UUID, *, by: uuid.UUID) -> str:
    """A word for a link, good for a day and once, with which its bearer links this account to his identity at the provider."""
    word = secrets.token_urlsafe(32)
    _keep(word, {"invitation": "yes"}, HOURS, account_id, by)
    return word


def accept(word: str) -> tuple[uuid.UUID, uuid.UUID | None]:
    """Use an invitation up: the account, and who invited. Raises Invalid."""
    row, kept = _take(word)
    if kept.get("invitation") != "yes" or row.account_id is None:
        raise identity.refused()
    return row.account_id, row.linked_by


def clean() -> int:
    """Remove tries that came to nothing; answers how many."""
    gone = session().execute(delete(SignInAttempt).where(SignInAttempt.tenant_id == tenant_id(), SignInAttempt.expires_at <= now())
                             .returning(SignInAttempt.id).execution_options(synchronize_session=False))
    return len(gone.all())


def _keep(state: str, kept: dict[str, str], lasts: dt.timedelta, account_id: uuid.UUID | None, linked_by: uuid.UUID | None) -> None:
    identity_ = new_id()
    sealed = keyring.for_tenant(tenant_id()).encrypt("sign_in_attempt", "secrets", identity_, json.dumps(kept))
    session().add(SignInAttempt(id=identity_, state_hash=_hash(state), secrets=sealed or b"", account_id=account_id, linked_by=linked_by,
                                expires_at=now() + lasts))
    session().flush()


def _take(state: str) -> tuple[SignInAttempt, dict[str, str]]:
    """The try, which is nobody else's from now on: of two who bring the same state, one gets it."""
    row = session().scalar(select(SignInAttempt).where(SignInAttempt.tenant_id == tenant_id(), SignInAttempt.state_hash == _hash(state))
                           .with_for_update(skip_locked=True))
    if row is None:
        raise Invalid(_("这次登录已经用过或过了时限，请重新登录。"))
    session().delete(row)
    session().flush()
    if row.expires_at <= now():
        raise Invalid(_("这次登录已经用过或过了时限，请重新登录。"))
    return row, json.loads(keyring.for_tenant(tenant_id()).decrypt("sign_in_attempt", "secrets", row.id, row.secrets) or "{}")


def _hash(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()
