"""Brings a tenant to what its profile says: first the difference, then exactly that difference, and the second time nothing."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE
from sqlalchemy import select

from core import audit
from core.errors import Conflict
from core.extension.activation import switches
from core.extension.settings import explain
from core.extension.settings_registry import section, sections
from core.i18n import LOCALES, _
from core.privacy.cipher import MasterKeys
from core.tenancy import Tenant, now, session, tenant_scope, unscoped
from core.tenancy.scope import tenant_id
from tenants import activation, divisions, keys, planting, settings, terms
from tenants.differences import CREATE, Change, State, differences, missing, renamed, target_settings, target_terms
from tenants.profile import Profile

__all__ = ["Change", "apply", "plan"]


def plan(profile: Profile) -> list[Change]:
    """What `apply` would change in the tenant; writes nothing. Call it outside any scope. Raises Conflict, Invalid."""
    identity = _find(profile)
    if identity is None:
        return _differences(profile, _nothing(profile))
    with tenant_scope(identity):
        return _differences(profile, _state())


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
        changes += _differences(profile, _nothing(profile))[:1]
        identity = _create(profile, masters)
    with tenant_scope(identity):
        return changes + _bring(profile, identity)


def _bring(profile: Profile, identity: int) -> list[Change]:
    state = _state()
    changes = _differences(profile, state)
    row = session().get_one(Tenant, identity)
    if not changes and row.profile == profile.as_dict():
        return []
    nodes = planting.wanted(profile)
    planting.plant(missing(nodes, state), state.organizations)
    planting.rename((state.organizations[n.code].id, n.name) for n in renamed(nodes, state))
    for name in [n for n in state.profile.get("plugins", ()) if n not in profile.plugins and n in state.plugins]:
        activation.disable(name)
    for name in (n for n in profile.plugins if n not in state.plugins):  # one that is suspended stays so
        activation.enable(name)
    _save_settings(target_settings(_as_json(profile), state))
    for locale, names in target_terms(profile, state).items():
        terms.save_terms(names, locale)
    if not row.profile:
        row.status = "active"
    row.slug, row.name, row.short_name, row.profile = profile.slug, profile.name, profile.short_name, profile.as_dict()
    audit.record("tenant.applied", "tenant", None, {"code": profile.code, "changes": [c.subject for c in changes]})
    audit.record_operator("tenant.applied", "tenant", None, {"tenant": profile.code, "changes": [c.subject for c in changes]})
    return changes


def _save_settings(target: Mapping[str, Mapping[str, Any]]) -> None:
    for namespace, values in target.items():
        if section(namespace).plugin and namespace not in switches().on:
            continue  # closed with its plugin; what it laid down comes back with it
        view = settings.get(namespace)
        settings.save(namespace, {**view.own, **values}, version=view.version)


def _differences(profile: Profile, state: State) -> list[Change]:
    return differences(profile, _as_json(profile), planting.wanted(profile), state)


def _find(profile: Profile) -> int | None:
    with unscoped() as opened:
        holder = opened.execute(select(Tenant.code, Tenant.name).where(Tenant.slug == profile.slug,
                                                                       Tenant.code != profile.code)).one_or_none()
        if holder is not None:
            raise Conflict(_("地址简称 %(slug)s 已被%(name)s（%(code)s）使用，请在配置文件中另取 slug。", slug=profile.slug,
                             name=holder.name, code=holder.code))
        return opened.scalar(select(Tenant.id).where(Tenant.code == profile.code))


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


def _nothing(profile: Profile) -> State:
    """The state of a tenant that does not exist: what its settings would be is what their schemas say."""
    return State(settings={namespace: _dumped(namespace, section(namespace).schema().load({})) for namespace in profile.settings})


def _state() -> State:
    """The state of the scope's tenant, in a handful of queries."""
    row = session().get_one(Tenant, tenant_id())
    facts = {name: getattr(row, name) for name in ("code", "slug", "name", "short_name", "kind")}
    holds, inherited = {}, {}
    for known in sections():
        holds[known.namespace] = _dumped(known.namespace, {n: v.value for n, v in explain(known.namespace).items()})
        inherited[known.namespace] = _dumped(known.namespace, {n: v.value for n, v in explain(known.namespace, own=False).items()})
    return State(facts, row.profile, planting.known(), switches().on, holds, inherited,
                 {locale: terms.terms_for_tenant(locale) for locale in LOCALES})


def _as_json(profile: Profile) -> dict[str, dict[str, Any]]:
    """The profile's settings as their schemas write them, so that equal values compare equal."""
    found = {}
    for namespace, values in profile.settings.items():
        schema = section(namespace).schema(unknown=EXCLUDE, partial=True)
        written = _dumped(namespace, schema.load(values))
        found[namespace] = {name: written[name] for name in values}
    return found


def _dumped(namespace: str, values: Mapping[str, Any]) -> dict[str, Any]:
    dumped: dict[str, Any] = json.loads(json.dumps(section(namespace).schema().dump(values), default=str))
    return dumped
