"""Personal access tokens: how a program speaks for an account, within named scopes and until a day."""
from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import Row, delete, select

from core import audit
from core.access.actor import FULL, Actor
from core.access.models import AccessToken
from core.access.opening import token_hash
from core.access.roles import permissions
from core.errors import Invalid, NotFound
from core.i18n import _
from core.tenancy import now, session
from core.tenancy.scope import current_tenant, tenant_id

LONGEST = dt.timedelta(days=366)
PREFIX = "bdt"


def create_token(actor: Actor, name: str, scopes: Collection[str], days: int) -> str:
    """A token "bdt_<tenant id>_<secret>", shown once. Raises Invalid for scopes the account does not hold or for a bad term."""
    known = {p.code for p in permissions()}
    wrong = [s for s in scopes if s not in known or not actor.can(s)]
    if not scopes or wrong:
        raise Invalid(_("请选择至少一项您本人拥有的权限。"), {"scopes": [_("请选择您本人拥有的权限")]})
    if not 1 <= days <= LONGEST.days:
        raise Invalid(_("有效期须在 1 至 366 天之间。"), {"days": [_("1 至 366 天")]})
    token = f"{PREFIX}_{current_tenant().id}_{secrets.token_urlsafe(32)}"
    row = AccessToken(account_id=actor.account_id, name=name, token_hash=token_hash(token), scopes=sorted(scopes),
                      created_at=now(), expires_at=now() + dt.timedelta(days=days),
                      second_factor=actor.stage == FULL)
    session().add(row)
    session().flush()
    audit.record("token.created", "access_token", row.id, {"scopes": sorted(scopes)})
    return token


def tenant_of(token: str) -> int | None:
    """The tenant id that a token names; it proves nothing before `entry.by_token` has found the token there."""
    prefix, _sep, rest = token.partition("_")
    number = rest.partition("_")[0]
    return int(number) if prefix == PREFIX and number.isascii() and number.isdigit() and len(number) < 10 and int(number) > 0 else None


def tokens(account_id: uuid.UUID) -> Sequence[Row]:
    """The account's tokens, newest first, without their secrets."""
    return session().execute(
        select(AccessToken.id, AccessToken.name, AccessToken.scopes, AccessToken.created_at, AccessToken.expires_at,
               AccessToken.last_used_at)
        .where(AccessToken.tenant_id == tenant_id(), AccessToken.account_id == account_id).order_by(AccessToken.created_at.desc())).all()


def revoke_token(account_id: uuid.UUID, token_id: uuid.UUID) -> None:
    """End a token of one's own at once. Raises NotFound."""
    gone = session().execute(delete(AccessToken).where(AccessToken.tenant_id == tenant_id(), AccessToken.id == token_id,
                                                       AccessToken.account_id == account_id).returning(AccessToken.id)).scalar()
    if gone is None:
        raise NotFound
    audit.record("token.revoked", "access_token", token_id)
