"""What those who run the installation do in a tenant, on their pages and by command: each act stands in their own log too."""
from __future__ import annotations

from core import audit
from core.access import accounts, factors
from core.access.administration import separated
from core.access.roles import ADMINISTRATOR, SECURITY
from core.extension.activation import switches
from core.organizations import tree
from core.tenancy import tenant_scope
from tenants import activation
from tenants.health import TenantLine


def switch_plugin(tenant: TenantLine, name: str, *, on: bool) -> bool:
    """Switch a plugin for one tenant, or let a suspended one work again; False when nothing changed.

    Call it outside any scope. Raises NotFound, Conflict.
    """
    with tenant_scope(tenant.id):
        suspended = name in switches().suspended
        changed = activation.enable(name) if on else activation.disable(name)
        if changed:
            audit.record_operator("plugin.disabled" if not on else "plugin.resumed" if suspended else "plugin.enabled",
                                  "plugin", None, {"tenant": tenant.code, "plugin": name})
        return changed


def first_administrator(tenant: TenantLine, username: str, display_name: str) -> str:
    """An administrator of the whole tenant, or where the three are apart its security administrator; answers the one-time password.

    Call it outside any scope. Raises Conflict, NotFound.
    """
    with tenant_scope(tenant.id):
        made = accounts.create_account(username, display_name, must_change=True)
        accounts.grant_role(made, SECURITY if separated() else ADMINISTRATOR, tree.root().id)
        password = accounts.reset_password(made, by=None)
        audit.record_operator("account.created", "account", made, {"tenant": tenant.code})
        return password


def reset_password(tenant: TenantLine, username: str) -> str:
    """A new one-time password for an account of the tenant, whose logins end. Call it outside any scope. Raises NotFound."""
    with tenant_scope(tenant.id):
        account_id = accounts.named(username)
        password = accounts.reset_password(account_id, by=None)
        audit.record_operator("account.password_reset", "account", account_id, {"tenant": tenant.code})
        return password


def reset_factor(tenant: TenantLine, username: str) -> None:
    """Take the second factor of an account of the tenant away, for whoever has lost it. Call it outside any scope. Raises NotFound."""
    with tenant_scope(tenant.id):
        account_id = accounts.named(username)
        factors.reset(account_id, by=None)
        audit.record_operator("factor.reset", "account", account_id, {"tenant": tenant.code})
