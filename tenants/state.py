"""What a tenant is, for comparing with a profile and for writing one: read in a handful of queries, changed by nothing here."""
from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import EXCLUDE
from sqlalchemy import select

from core.extension.activation import switches
from core.extension.settings import explain
from core.extension.settings_registry import section, sections
from core.i18n import LOCALES
from core.organizations.models import Organization
from core.tenancy import Tenant, session
from core.tenancy.scope import tenant_id
from tenants import planting, settings, terms
from tenants.planting import Known

Tree = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class State:
    """What a tenant is. `profile` is the one applied last; `facts` is None for a tenant that does not exist.

    `settings` are the values that hold, `inherited` those that would hold if the tenant laid down none, `own` what it lays down;
    `locked` are the names it locks for its counties, `barred` those that the operator locks for it. `counties` has each county's
    own values by code and section. All values as JSON.
    """

    facts: Mapping[str, str] | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    organizations: Mapping[str, Known] = field(default_factory=dict)
    plugins: frozenset[str] = frozenset()
    settings: Tree = field(default_factory=dict)
    inherited: Tree = field(default_factory=dict)
    own: Tree = field(default_factory=dict)
    locked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    barred: Mapping[str, frozenset[str]] = field(default_factory=dict)
    counties: Mapping[str, Tree] = field(default_factory=dict)
    terms: Tree = field(default_factory=dict)


def nothing(namespaces: Mapping[str, object]) -> State:
    """The state of a tenant that does not exist: what its settings would be is what their schemas say."""
    return State(settings={namespace: dumped(namespace, section(namespace).schema().load({})) for namespace in namespaces})


def read(*, with_places: bool = True) -> State:
    """The state of the scope's tenant; `with_places` False leaves its thousands of streets and communities out."""
    row = session().get_one(Tenant, tenant_id())
    facts = {name: getattr(row, name) for name in ("code", "slug", "name", "short_name", "kind")}
    organizations = planting.known() if with_places else _framework()
    holds, inherited, own, locked, barred = {}, {}, {}, {}, {}
    for known in sections():
        name = known.namespace
        found, above, level = explain(name), explain(name, own=False), settings.own_level(name)
        holds[name], inherited[name] = (dumped(name, {n: v.value for n, v in side.items()}) for side in (found, above))
        own[name], locked[name] = dict(level.values), level.locked
        barred[name] = frozenset(n for n, v in above.items() if v.locked_by is not None)
    return State(facts, row.profile, organizations, switches().on, holds, inherited, own, locked, barred,
                 _county_values(organizations), {locale: terms.terms_for_tenant(locale) for locale in LOCALES})


def as_json(given: Tree) -> dict[str, dict[str, Any]]:
    """Settings as their schemas write them, so that equal values compare equal. Names that the schema does not know are left out."""
    found = {}
    for namespace, values in given.items():
        schema = section(namespace).schema(unknown=EXCLUDE, partial=True)
        written = dumped(namespace, schema.load(dict(values)))
        found[namespace] = {name: written[name] for name in values if name in written}
    return found


def dumped(namespace: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Python values of a section as JSON."""
    result: dict[str, Any] = json.loads(json.dumps(section(namespace).schema().dump(values), default=str))
    return result


def _framework() -> dict[str, Known]:
    rows = session().execute(select(Organization.code, Organization.id, Organization.kind, Organization.name).where(
        Organization.tenant_id == tenant_id(), Organization.kind.in_(("committee", "county", "sector"))))
    return {row.code: Known(row.id, row.kind, row.name) for row in rows}


def _county_values(organizations: Mapping[str, Known]) -> dict[str, dict[str, dict[str, Any]]]:
    codes: dict[uuid.UUID, str] = {one.id: code for code, one in organizations.items() if one.kind == "county"}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for (namespace, place), values in settings.own_of_places().items():
        if place in codes and values:
            found.setdefault(codes[place], {})[namespace] = dict(values)
    return found
