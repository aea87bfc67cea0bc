"""Accounts and grants: made, changed and ended by whoever holds more than is given."""
from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import Row, case, delete, select, update
from sqlalchemy.exc import IntegrityError

from core import audit
from core.access.actor import Actor
from core.access.administration import gives, separated
from core.access.authorization import Target, authorize
from core.access.logins import count_failure, end_logins, forget_password_tries, password_tries, wait_message, waiting
from core.access.models import AccessToken, Account, Grant
from core.access.passwords import hash_password, verify_password
from core.access.roles import ADMINISTRATOR, MEMBER, ROLES, SECURITY, SEPARATE
from core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from core.i18n import _
from core.organizations.models import Organization
from core.tenancy import now, session
from core.tenancy.scope import current_tenant, tenant_id

TEMPORARY = dt.timedelta(days=14)  # how long a temporary password may wait for its owner


def create_account(username: str, display_name: str, password: str | None = None, *, member_id: uuid.UUID | None = None,
                   must_change: bool = False) -> uuid.UUID:
    """A new account without any right. Raises Conflict when the username is taken, Invalid for a weak password."""
    account = Account(username=username.strip(), display_name=display_name, member_id=member_id, must_change_password=must_change,
                      password_hash=hash_password(password) if password else None, created_at=now())
    try:
        with session().begin_nested():
            session().add(account)
    except IntegrityError as error:
        raise Conflict(_("这个用户名已被使用，请换一个。")) from error
    audit.record("account.created", "account", account.id)
    return account.id


def grant_role(account_id: uuid.UUID, role: str, organization_id: uuid.UUID, *, by: Actor | None = None,
               expires_at: dt.datetime | None = None) -> None:
    """Give `role` over the subtree of an organization. `by` None is the installation itself (provisioning, demo).

    Raises Forbidden when the giver may not give that role or gives to himself, NotFound outside the giver's subtree,
    Invalid when the role does not fit the kind of organization or may not be joined with another that the account holds.
    """
    row = _organization(organization_id)
    if role not in ROLES or row.kind not in ROLES[role].kinds:
        raise Invalid(_("这个角色不能授予该组织，请另选组织。"), {"organization": [_("角色与组织类别不符")]})
    if by is not None:
        _may_grant(by, account_id, role, row.path)
    _kept_apart(account_id, role)
    known = session().scalar(select(Grant).where(Grant.tenant_id == tenant_id(), Grant.account_id == account_id,
                                                 Grant.role == role, Grant.organization_id == organization_id))
    if known is not None and known.expires_at == expires_at:
        return
    if known is not None:
        known.expires_at = expires_at
    else:
        session().add(Grant(account_id=account_id, role=role, organization_id=organization_id, expires_at=expires_at,
                            granted_by=by.account_id if by else None, created_at=now()))
    end_logins(account_id)
    audit.record("grant.given", "account", account_id, {"role": role, "organization": str(organization_id)})


def _kept_apart(account_id: uuid.UUID, role: str) -> None:
    """System, security and audit are three accounts (security rule 12). Two who grant at once come one after the other."""
    if role == ADMINISTRATOR and separated():
        raise Invalid(_("本地实行三员分立，不再授予市（州）管理员，请改授系统管理员、安全管理员、审计员或市（州）经办人。"), {"role": [_("请另选角色")]})
    if role not in SEPARATE and role != ADMINISTRATOR:
        return
    _locked(account_id)
    held = set(session().scalars(select(Grant.role).where(Grant.tenant_id == tenant_id(), Grant.account_id == account_id)))
    if others := held & (SEPARATE | {ADMINISTRATOR}) - {role}:
        name = next(str(ROLES[other].title) for other in sorted(others))
        raise Invalid(_("这个账号已是%(role)s。系统、安全、审计要由不同的人负责，请另选账号，或先收回原来的角色。", role=name),
                      {"role": [_("与已有的角色不能由一人兼任")]})


def _may_grant(by: Actor, account_id: uuid.UUID, role: str, path: str) -> None:
    authorize(by, "accounts.manage", Target((path,)))
    if account_id == by.account_id:
        raise Forbidden(_("不能给自己授权，请由上一级管理员办理。"))
    if not any(role in gives(g.role, apart=by.apart) for g in by.grants if path.startswith(g.path)):
        raise Forbidden(_("您不能授予这个角色，请由上一级管理员办理。"))


def revoke_grant(account_id: uuid.UUID, grant_id: uuid.UUID, *, by: Actor) -> None:
    """Take a role of this account back; its logins end at once. Raises NotFound, Forbidden."""
    row = session().execute(
        select(Grant.id, Grant.account_id, Grant.role, Organization.path)
        .join(Organization, (Organization.tenant_id == Grant.tenant_id) & (Organization.id == Grant.organization_id))
        .where(Grant.tenant_id == tenant_id(), Grant.id == grant_id, Grant.account_id == account_id)).one_or_none()
    if row is None:
        raise NotFound
    _may_grant(by, row.account_id, row.role, row.path)
    session().execute(delete(Grant).where(Grant.tenant_id == tenant_id(), Grant.id == grant_id))
    end_logins(row.account_id)
    audit.record("grant.revoked", "account", row.account_id, {"role": row.role})


def change_password(account_id: uuid.UUID, old: str, new: str) -> None:
    """The owner's own change; all logins end. Wrong old passwords wait as wrong sign-ins do, never for good.

    Raises Invalid when the old password does not fit or the new one is weak, TooMany while one has to wait. The caller commits
    then too, or the try would not be counted; nothing else was changed.
    """
    account = prove_password(account_id, old)
    account.password_hash = hash_password(new, _words(account))
    account.must_change_password, account.password_expires_at = False, None
    end_logins(account_id)
    audit.record("account.password_changed", "account", account_id)


def prove_password(account_id: uuid.UUID, password: str) -> Account:
    """The account, held, whose owner has just given its password; asked before what a stranger at an open login must not do.

    Raises Invalid and TooMany as `change_password` does; the caller commits then too.
    """
    account, tried = _locked(account_id), password_tries(account_id)
    if wait := waiting(tried):
        raise TooMany(wait_message(wait), wait)
    if not verify_password(account.password_hash, password):
        count_failure(tried)
        audit.record("account.password_refused", "account", account_id)
        raise Invalid(_("原密码不对，请重新输入。"), {"old_password": [_("原密码不对")]})
    forget_password_tries(account_id)
    return account


def set_password(account_id: uuid.UUID, new: str) -> None:
    """The owner's first or new password, set with a slip; all logins and API tokens end. Raises Invalid when it is weak."""
    account = _locked(account_id)
    account.password_hash = hash_password(new, _words(account))
    account.must_change_password, account.password_expires_at = False, None
    _begin_anew(account)
    audit.record("account.password_changed", "account", account_id)


def close_password(account_id: uuid.UUID) -> None:
    """Nobody signs in with a password until a slip sets one; logins, API tokens and waiting times end."""
    account = _locked(account_id)
    account.password_hash, account.must_change_password, account.password_expires_at = None, True, None
    _begin_anew(account)


def _begin_anew(account: Account) -> None:
    account.failed_logins, account.locked_until = 0, None
    forget_password_tries(account.id)
    end_logins(account.id)
    session().execute(delete(AccessToken).where(AccessToken.tenant_id == tenant_id(), AccessToken.account_id == account.id))


def _words(account: Account) -> tuple[str, ...]:
    tenant = current_tenant()
    return (account.username, account.display_name, tenant.name, tenant.short_name, tenant.slug)


def named(username: str) -> uuid.UUID:
    """The account of a username. Raises NotFound."""
    found = session().scalar(select(Account.id).where(Account.tenant_id == tenant_id(), Account.username == username.strip()))
    if found is None:
        raise NotFound(_("没有用户名为 %(name)s 的账号。", name=username))
    return found


def reset_password(account_id: uuid.UUID, *, by: Actor | None) -> str:
    """A new random password, shown once to whoever hands it over; it must be changed at the first sign-in, within two weeks.

    Logins and API tokens end: whoever had the account in hand has it no longer.
    """
    if by:
        manageable(account_id, by)
    account = _locked(account_id)
    password = "-".join(secrets.token_hex(2) for _part in range(3))
    account.password_hash, account.must_change_password = hash_password(password), True
    account.password_expires_at = now() + TEMPORARY
    _begin_anew(account)
    audit.record("account.password_reset", "account", account_id)
    return password


def set_active(account_id: uuid.UUID, *, active: bool, by: Actor) -> None:
    """Switch an account off or on again; off ends its logins at once. Raises NotFound, Forbidden."""
    account = manageable(account_id, by)
    if account_id == by.account_id:
        raise Forbidden(_("不能停用自己的账号。"))
    account.active = active
    if not active:
        end_logins(account_id)
    audit.record("account.enabled" if active else "account.disabled", "account", account_id)


def manageable(account_id: uuid.UUID, by: Actor) -> Account:
    """The account, when all its grants lie within what `by` manages; otherwise NotFound (or Forbidden for a higher role)."""
    account = _account(account_id)
    grants = account_grants([account_id])
    for row in grants:
        _may_manage(by, row.role, row.path)
    if not grants and not (by.organizations(ADMINISTRATOR) or by.organizations(SECURITY)):
        raise NotFound
    return account


def _may_manage(by: Actor, role: str, path: str) -> None:
    authorize(by, "accounts.manage", Target((path,)))
    if not any(role in gives(g.role, apart=by.apart) for g in by.grants if path.startswith(g.path)):
        raise Forbidden


def follow_units(units: Mapping[uuid.UUID, uuid.UUID]) -> None:
    """Members' own roles go along to another unit, by member's id: who manages accounts at the old one no longer reaches these."""
    if units:
        session().execute(update(Grant).where(
            Grant.tenant_id == tenant_id(), Account.tenant_id == tenant_id(), Account.id == Grant.account_id, Grant.role == MEMBER,
            Account.member_id.in_(units)).values(organization_id=case(units, value=Account.member_id))
            .execution_options(synchronize_session=False))


def follow_names(names: Mapping[uuid.UUID, str]) -> None:
    """Members' accounts are shown by their names, by member's id, also after a correction."""
    if names:
        session().execute(update(Account).where(Account.tenant_id == tenant_id(), Account.member_id.in_(names))
                          .values(display_name=case(names, value=Account.member_id)).execution_options(synchronize_session=False))


def account_grants(account_ids: Sequence[uuid.UUID]) -> Sequence[Row]:
    """The grants of several accounts in one query: id, account_id, role, expires_at, organization name, kind and path."""
    return session().execute(
        select(Grant.id, Grant.account_id, Grant.role, Grant.expires_at, Organization.name, Organization.kind, Organization.path)
        .join(Organization, (Organization.tenant_id == Grant.tenant_id) & (Organization.id == Grant.organization_id))
        .where(Grant.tenant_id == tenant_id(), Grant.account_id.in_(account_ids)).order_by(Organization.path, Grant.role)).all()


def username(account_id: uuid.UUID) -> str:
    """The name with which the account signs in. Raises NotFound."""
    return _account(account_id).username


def _account(account_id: uuid.UUID) -> Account:
    account = session().scalar(select(Account).where(Account.tenant_id == tenant_id(), Account.id == account_id))
    if account is None:
        raise NotFound
    return account


def _locked(account_id: uuid.UUID) -> Account:
    """The account as it is now, held until the transaction ends: of two who set a password, the second one's stays."""
    account = session().scalar(select(Account).where(Account.tenant_id == tenant_id(), Account.id == account_id)
                               .with_for_update().execution_options(populate_existing=True))
    if account is None:
        raise NotFound
    return account


def _organization(organization_id: uuid.UUID) -> Row:
    row = session().execute(select(Organization.id, Organization.path, Organization.kind).where(
        Organization.tenant_id == tenant_id(), Organization.id == organization_id)).one_or_none()
    if row is None:
        raise NotFound
    return row
