"""Lets a request in: the tenant, the live login or token, the account and its grants, all read by one statement."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BindParameter, Row, Select, bindparam, or_, select, update

from core.access.actor import FULL, PASSWORD, Actor, GrantFact
from core.access.administration import separation
from core.access.factor_rule import rule_columns, rules
from core.access.logins import MEMBER_IDLE, LoginFact, has_expired
from core.access.models import AccessToken, Account, Grant, Login
from core.access.opening import token_hash
from core.organizations.models import Organization
from core.tenancy import Tenant, hot, now, session
from core.tenancy.scope import TenantInfo, know_tenant, tenant_id

_ACTOR = (Account.id.label("account_id"), Account.display_name, Account.member_id, Account.must_change_password, Account.locale,
          separation(Account.tenant_id).label("apart"),
          Grant.role, Organization.id.label("organization_id"), Organization.path, Organization.kind,
          Organization.name.label("organization"))
_TENANT = (Tenant.id.label("tenant"), Tenant.code, Tenant.slug, Tenant.name.label("tenant_name"), Tenant.short_name,
           Tenant.kind.label("tenant_kind"))
_SEEN_EVERY, _USED_EVERY = dt.timedelta(minutes=1), dt.timedelta(minutes=5)


def _entry(source: type[Login | AccessToken], *columns: Any) -> Select[Any]:
    """Everything about whoever holds a token kept in `source`; one row a grant. A suspended tenant lets nobody in."""
    at: BindParameter[dt.datetime] = bindparam("now")
    return (
        select(source.id, *columns, *_ACTOR, *_TENANT, *rule_columns(bindparam("tenant_id")))
        .join(Account, (Account.tenant_id == source.tenant_id) & (Account.id == source.account_id) & Account.active)
        .join(Tenant, (Tenant.id == source.tenant_id) & (Tenant.status == "active"))
        .outerjoin(Grant, (Grant.tenant_id == Account.tenant_id) & (Grant.account_id == Account.id)
                   & or_(Grant.expires_at.is_(None), Grant.expires_at > at))
        .outerjoin(Organization, (Organization.tenant_id == Grant.tenant_id) & (Organization.id == Grant.organization_id))
        .where(source.tenant_id == bindparam("tenant_id"), source.token_hash == bindparam("token_hash"))
        .order_by(Organization.path, Grant.role))


_BY_LOGIN = _entry(Login, Login.created_at, Login.seen_at, Login.stage).where(Login.seen_at > bindparam("seen_after"))
_BY_TOKEN = _entry(AccessToken, AccessToken.scopes, AccessToken.last_used_at, AccessToken.second_factor).where(AccessToken.expires_at > bindparam("now"))


def by_login(token: str) -> Actor | None:
    """The actor behind the cookie's token, or None: unknown, ended, idle or too old, account off, tenant suspended."""
    moment = now()
    rows = hot.rows("login", lambda: _BY_LOGIN, tenant_id=tenant_id(), token_hash=token_hash(token), now=moment, seen_after=moment - MEMBER_IDLE)
    if not rows:
        return None
    first = rows[0]
    found = replace(_actor(rows, None), stage=first.stage, login_id=first.id)
    if has_expired(LoginFact(first.id, first.account_id, first.created_at, first.seen_at), found):
        return None
    if moment - first.seen_at > _SEEN_EVERY:
        _touch(Login, first.id, seen_at=moment)
    return found


def by_token(token: str) -> Actor | None:
    """The actor behind an API token, limited to its scopes; None when it is unknown, revoked or expired, or as in `by_login`."""
    moment = now()
    rows = hot.rows("token", lambda: _BY_TOKEN, tenant_id=tenant_id(), token_hash=token_hash(token), now=moment)
    if not rows:
        return None
    first = rows[0]
    if first.last_used_at is None or moment - first.last_used_at > _USED_EVERY:
        _touch(AccessToken, first.id, last_used_at=moment)
    return replace(_actor(rows, frozenset(first.scopes)), stage=FULL if first.second_factor else PASSWORD)


def _actor(rows: Sequence[Row[Any]], scopes: frozenset[str] | None) -> Actor:
    first = rows[0]
    know_tenant(TenantInfo(first.tenant, first.code, first.slug, first.tenant_name, first.short_name, first.tenant_kind))
    grants = tuple(GrantFact(r.role, r.organization_id, r.path, r.kind, r.organization) for r in rows if r.role is not None)
    return Actor(first.account_id, first.display_name, first.member_id, grants, scopes, first.must_change_password, first.locale, apart=first.apart,
                 factor_rules=rules(first))


def _touch(table: type[Login | AccessToken], identity: Any, **values: Any) -> None:
    # Never waits: whoever has the row in hand, as another page of the same person that takes long, is noting the same.
    free = select(table.id).where(table.tenant_id == tenant_id(), table.id == identity).with_for_update(skip_locked=True)
    session().execute(update(table).where(table.tenant_id == tenant_id(), table.id == free.scalar_subquery()).values(values)
                      .execution_options(synchronize_session=False))
