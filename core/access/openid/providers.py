"""A tenant's provider as it is set up: read, and changed with its secret encrypted."""
from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import delete, select

from core import audit
from core.access.openid import discovery, fetching
from core.access.openid.models import SignInLink, SignInProvider
from core.db import new_id
from core.errors import Conflict, Invalid
from core.i18n import _
from core.privacy import keyring
from core.tenancy import session
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class Provider:
    """What is needed to go there and back. `client_secret` is in clear, and in no page or log."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    label: str = ""
    claim: str = "sub"
    factors: tuple[str, ...] = ()
    create_accounts: bool = False
    enabled: bool = False
    version: int = 0


def provider() -> Provider | None:
    """The open scope's tenant's provider, switched on or not; None when none was set up."""
    row = session().scalar(select(SignInProvider).where(SignInProvider.tenant_id == tenant_id()))
    if row is None:
        return None
    secret = keyring.for_tenant(tenant_id()).decrypt("sign_in_provider", "client_secret", row.id, row.client_secret)
    return Provider(row.issuer, row.client_id, secret, row.label, row.claim, tuple(row.factors), row.create_accounts, row.enabled, row.version)


def door() -> str | None:
    """What stands on the button of the sign-in page; None without one."""
    return session().scalar(select(SignInProvider.label).where(SignInProvider.tenant_id == tenant_id(), SignInProvider.enabled))


def save(given: Provider) -> None:
    """Set it up or change it; without a new secret the old one stays. Switched on, the provider is asked first whether it is there.

    With another provider the links of the former one are void. Raises Invalid, Conflict, Unavailable.
    """
    if not fetching.usable(given.issuer):
        raise Invalid(_("没有保存：请改正标出的各项。"), {"issuer": [_("须以 https:// 开头，不带参数")]})
    discovery.forget()
    if given.enabled:
        discovery.discover(given.issuer)
    row = session().scalar(select(SignInProvider).where(SignInProvider.tenant_id == tenant_id()).with_for_update())
    if (row.version if row else 0) != given.version:
        raise Conflict(_("这份设置刚刚被别人修改过，您的修改没有保存。请核对最新内容后重新填写。"))
    if row is None:
        row = SignInProvider(id=new_id(), version=0)
    elif row.issuer != given.issuer or row.claim != given.claim:
        session().execute(delete(SignInLink).where(SignInLink.tenant_id == tenant_id()).execution_options(synchronize_session=False))
    if given.client_secret:
        row.client_secret = keyring.for_tenant(tenant_id()).encrypt("sign_in_provider", "client_secret", row.id, given.client_secret)
    row.issuer, row.client_id, row.label, row.claim = given.issuer, given.client_id, given.label, given.claim
    row.factors, row.create_accounts, row.enabled = list(given.factors), given.create_accounts, given.enabled
    row.version += 1
    session().add(row)
    session().flush()
    audit.record("sign_in.provider_changed", "sign_in_provider", row.id, {"enabled": given.enabled, "creates": given.create_accounts})
