"""What a plugin's switch means for people: who gains or loses what, which data are kept, which jobs wait, and where it shows."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from core.access.models import Account, Grant
from core.access.roles import ROLES
from core.extension.checks import hook_functions
from core.extension.manifest import Plugin
from core.jobs.models import OPEN, Job
from core.tenancy import now, session
from core.tenancy.scope import tenant_id
from tenants.hook_titles import HOOKS, hook_title

COUNTED_UP_TO = 100_000


@dataclass(frozen=True, slots=True)
class RoleEffect:
    """What the accounts of one role gain or lose; `accounts` are those that could sign in today."""

    role: str
    title: str
    accounts: int
    permissions: tuple[str, ...]
    menus: tuple[str, ...]


def by_role(plugin: Plugin) -> list[RoleEffect]:
    """The roles that the plugin gives something, with how many accounts have them now; one query."""
    concerned = [role for role in ROLES if any(role in p.roles for p in plugin.permissions)]
    counts = _accounts(concerned) if concerned else {}
    return [RoleEffect(role, str(ROLES[role].title), counts.get(role, 0),
                       tuple(str(p.title) for p in plugin.permissions if role in p.roles),
                       tuple(str(n.title) for n in plugin.navigation if n.permission in _codes(plugin, role))) for role in concerned]


def roles_of(plugin: Plugin) -> list[tuple[str, list[str]]]:
    """Each permission of the plugin with the roles that get it, in words."""
    return [(str(p.title), [str(ROLES[role].title) for role in ROLES if role in p.roles]) for p in plugin.permissions]


def rows_kept(plugin: Plugin) -> int:
    """How many rows the plugin holds of this tenant; counted up to COUNTED_UP_TO a table, one more meaning "or more"."""
    return sum(session().scalar(select(func.count()).select_from(
        select(model.id).where(model.tenant_id == tenant_id()).limit(COUNTED_UP_TO + 1).subquery())) or 0 for model in plugin.models)


def waiting_jobs(plugin: Plugin) -> int:
    """How many of its jobs are due or running: they wait while the plugin is off, and go on when it is on."""
    return session().scalar(select(func.count()).select_from(Job).where(
        Job.tenant_id == tenant_id(), Job.status.in_(OPEN), Job.kind.startswith(f"{plugin.name}.", autoescape=True))) or 0


def places(plugin: Plugin) -> list[str]:
    """Where in the service the plugin has a part, in words."""
    known = list(HOOKS)
    names = sorted(hook_functions(plugin), key=lambda n: (known.index(n) if n in known else len(known), n))
    return [hook_title(name) for name in names]


def _codes(plugin: Plugin, role: str) -> set[str]:
    return {p.code for p in plugin.permissions if role in p.roles}


def _accounts(roles: list[str]) -> dict[str, int]:
    rows = session().execute(
        select(Grant.role, func.count(Grant.account_id.distinct()))
        .join(Account, (Account.tenant_id == Grant.tenant_id) & (Account.id == Grant.account_id))
        .where(Grant.tenant_id == tenant_id(), Grant.role.in_(roles), Account.active, or_(Grant.expires_at.is_(None), Grant.expires_at > now()))
        .group_by(Grant.role))
    return {row[0]: row[1] for row in rows}
