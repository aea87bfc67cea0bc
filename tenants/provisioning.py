"""Brings a tenant to what its profile says: first the difference, then exactly that difference, and the second time nothing."""
from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from core import audit
from core.errors import Conflict
from core.i18n import _
from core.privacy.cipher import MasterKeys
from core.tenancy import Tenant, now, session, tenant_scope, unscoped
from tenants import divisions, keys, planting, state
from tenants.differences import CREATE, Change, Target, aimed, differences, missing, renamed
from tenants.profile import Profile
from tenants.reaching import reach
from tenants.state import State

__all__ = ["Change", "apply", "plan"]


def plan(profile: Profile) -> list[Change]:
    """What `apply` would change in the tenant; writes nothing. Call it outside any scope. Raises Conflict, Invalid."""
    identity = _find(profile)
    if identity is None:
        return _differences(profile, state.nothing(profile.settings))[1]
    with tenant_scope(identity):
        return _differences(profile, state.read())[1]


def apply(profile: Profile, masters: MasterKeys) -> list[Change]:
    """Bring the tenant to the profile and tell what changed; [] when nothing had to. Call it outside any scope.

    `masters` wrap the data key of a new tenant. Tree, plugins, settings and words change in one transaction with one audit
    entry for the whole; should it fail, a new tenant stays suspended and the next apply goes on. Raises Conflict, Invalid.
    """
    planting.wanted(profile)  # an unknown area is refused before anything is written
    with unscoped():
        stored = divisions.store()
    identity = _find(profile)
    changes = [Change(CREATE, "divisions", _("写入区划表 %(count)s 行", count=len(divisions.rows())))] if stored else []
    if identity is None:
        changes += _differences(profile, state.nothing(profile.settings))[1][:1]
        identity = _create(profile, masters)
    with tenant_scope(identity):
        return changes + _bring(profile, identity)


def _bring(profile: Profile, identity: int) -> list[Change]:
    known = state.read()
    target, changes = _differences(profile, known)
    row = session().get_one(Tenant, identity)
    if not changes and row.profile == profile.as_dict():
        return []
    nodes = planting.wanted(profile)
    planting.plant(missing(nodes, known), known.organizations)
    planting.rename((known.organizations[n.code].id, n.name) for n in renamed(nodes, known))
    reach(target, planting.known() if target.counties else known.organizations)
    if not row.profile:
        row.status = "active"
    row.slug, row.name, row.short_name, row.profile = profile.slug, profile.name, profile.short_name, profile.as_dict()
    audit.record("tenant.applied", "tenant", None, {"code": profile.code, "changes": [c.subject for c in changes]})
    audit.record_operator("tenant.applied", "tenant", None, {"tenant": profile.code, "changes": [c.subject for c in changes]})
    return changes


def _differences(profile: Profile, known: State) -> tuple[Target, list[Change]]:
    counties = {code: state.as_json(values) for code, values in profile.counties.items()}
    target = aimed(profile, replace(profile, settings=state.as_json(profile.settings), counties=counties), known)
    return target, differences(profile, planting.wanted(profile), target, known)


def _find(profile: Profile) -> int | None:
    with unscoped() as opened:
        holder = opened.execute(select(Tenant.code, Tenant.name).where(Tenant.slug == profile.slug,
                                                                       Tenant.code != profile.code)).one_or_none()
        if holder is not None:
            raise Conflict(_("地址简称 %(slug)s 已被%(name)s（%(code)s）使用，请在配置文件中另取 slug。", slug=profile.slug,
                             name=holder.name, code=holder.code))
        known = opened.execute(select(Tenant.id, Tenant.status).where(Tenant.code == profile.code)).one_or_none()
        if known is not None and known.status == "deleted":
            raise Conflict(_("%(name)s 已由两名运营人员删除，不能再应用配置文件。", name=profile.name))
        return known.id if known is not None else None


def _create(profile: Profile, masters: MasterKeys) -> int:
    """The row and the key; suspended until the tree stands."""
    with unscoped() as opened:
        row = Tenant(code=profile.code, slug=profile.slug, name=profile.name, short_name=profile.short_name, kind=profile.kind,
                     status="suspended", profile={}, created_at=now())
        opened.add(row)
        opened.flush()
        keys.create(row.id, masters)
        audit.record_operator("tenant.created", "tenant", None, {"tenant": profile.code})
        return row.id
