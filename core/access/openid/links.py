"""Which account an identity at the provider is: linked by its owner or by invitation, never guessed from a name or an address."""
from __future__ import annotations

import secrets
import uuid
from typing import NamedTuple

from sqlalchemy import Row, delete, select
from sqlalchemy.exc import IntegrityError

from core import audit
from core.access import accounts
from core.access.models import Account
from core.access.openid.identity import Identity
from core.access.openid.models import SignInLink
from core.access.openid.providers import Provider
from core.db import new_id
from core.errors import Conflict, Forbidden, Invalid
from core.i18n import _
from core.privacy import keyring
from core.tenancy import now, session
from core.tenancy.scope import tenant_id


class Entered(NamedTuple):
    """The account that may be let in, and whether the provider has asked for a second factor that counts here."""

    account_id: uuid.UUID
    second_factor: bool


def enter(provider: Provider, who: Identity) -> Entered:
    """The account of somebody who has come back from the provider. Raises Invalid when it is linked to none that is active here."""
    row = session().execute(
        select(SignInLink, Account.active).join(Account, (Account.tenant_id == SignInLink.tenant_id) & (Account.id == SignInLink.account_id))
        .where(SignInLink.tenant_id == tenant_id(), SignInLink.subject_hash == _hash(provider, who))).one_or_none()
    if row is None and provider.create_accounts:
        account_id = accounts.create_account(f"sso-{secrets.token_hex(5)}", who.name or _("统一身份用户"))
        link(provider, who, account_id, by=None)
    elif row is None or not row.active:
        audit.record("sign_in.refused", "account", row[0].account_id if row else None)
        raise Invalid(_("您的统一身份还没有与本系统的账号关联，或账号已停用。请先用用户名和密码登录，在“我的账号”中关联；没有密码请向管理员索取关联邀请。"))
    else:
        account_id, row[0].used_at = row[0].account_id, now()
    audit.record("login.opened", "account", account_id, {"by": "openid", "second_factor": who.second_factor})
    return Entered(account_id, who.second_factor)


def link(provider: Provider, who: Identity, account_id: uuid.UUID, *, by: uuid.UUID | None) -> None:
    """From now on this identity is that account, in place of another one it had. Raises Conflict when it is another account's."""
    session().execute(delete(SignInLink).where(SignInLink.tenant_id == tenant_id(), SignInLink.account_id == account_id)
                      .execution_options(synchronize_session=False))
    try:
        with session().begin_nested():
            session().add(SignInLink(id=new_id(), account_id=account_id, subject_hash=_hash(provider, who), linked_by=by, linked_at=now()))
    except IntegrityError as error:
        raise Conflict(_("这个统一身份已经与另一个账号关联，请先解除那边的关联。")) from error
    audit.record("sign_in.linked", "account", account_id, {"by": by})


def unlink(account_id: uuid.UUID, *, own: bool) -> None:
    """The identity opens this account no longer. Raises Forbidden for the owner who has no password to get in by then."""
    if own and session().scalar(select(Account.password_hash).where(Account.tenant_id == tenant_id(), Account.id == account_id)) is None:
        raise Forbidden(_("您的账号还没有密码，解除关联后将无法登录。请先请管理员重设密码。"))
    gone = session().execute(delete(SignInLink).where(SignInLink.tenant_id == tenant_id(), SignInLink.account_id == account_id)
                             .returning(SignInLink.id).execution_options(synchronize_session=False)).all()
    if gone:
        audit.record("sign_in.unlinked", "account", account_id)


def linked(account_id: uuid.UUID) -> Row | None:
    """Since when the account is linked and when that was last used; None when it is not."""
    return session().execute(select(SignInLink.linked_at, SignInLink.used_at).where(
        SignInLink.tenant_id == tenant_id(), SignInLink.account_id == account_id)).one_or_none()


def _hash(provider: Provider, who: Identity) -> bytes:
    return keyring.for_tenant(tenant_id()).fingerprint("openid subject", f"{provider.issuer}\0{provider.claim}\0{who.subject}".encode())
