"""A tenant's own profile file: what it would change, and making exactly that, by the tenant's administrator.

The file is complete in what it has: each of plugins, settings, locked, counties and terms that stands in it holds as a whole, and
what stands nowhere in it goes back to following the level above; a part that is missing stays as it is. The facts of the
tenant itself (its code, names, committee, sectors) are the operator's and are read over.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core import audit
from core.errors import Conflict
from core.extension.settings_registry import sections
from core.i18n import LOCALES, _
from core.tenancy import Tenant, session
from core.tenancy.scope import tenant_id
from tenants import profile, reaching, state
from tenants.differences import Change, Target, check_counties, inner
from tenants.exporting import document, fingerprint
from tenants.state import State, Tree
from tenants.wording import setting_title

LONGEST = 60_000
_FACTS = ("code", "slug", "name", "short_name", "committee", "kind", "areas", "sectors")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would change. `barred`: settings it wants otherwise than the operator has locked them, in words; they stay.

    `foreign` is the name of another tenant that the file was written for. `seen` tells the state it was compared with.
    """

    changes: list[Change]
    barred: list[str]
    foreign: str | None
    seen: str


def export() -> str:
    """The scope's tenant as a profile file."""
    return document(state.read(with_places=False))


def plan(text: str, name: str) -> Plan:
    """Compare a file with the scope's tenant; writes nothing. Raises Invalid with every fault by key."""
    known = state.read(with_places=False)
    given = profile.read(text, name, plugins=known.plugins)
    target, barred = _target(given, known)
    check_counties(target, known.organizations)
    facts = known.facts or {}
    foreign = given.get("name", given["code"]) if given.get("code", facts["code"]) != facts["code"] else None
    return Plan(inner(target, known), barred, foreign, fingerprint(known))


def apply(text: str, name: str, seen: str) -> tuple[list[Change], str]:
    """Make the difference that was `seen`; answers it, and the tenant as it was before as a file.

    Raises Conflict when something has changed since, or a switch stands in the way; Invalid as `plan` does.
    """
    session().execute(select(Tenant.id).where(Tenant.id == tenant_id()).with_for_update())  # one file at a time
    known = state.read(with_places=False)
    if fingerprint(known) != seen:
        raise Conflict(_("核对之后，设置又有了变化。请重新查看差别，再确认。"))
    target, _barred = _target(profile.read(text, name, plugins=known.plugins), known)
    check_counties(target, known.organizations)
    changes, before = inner(target, known), document(known)
    if changes:
        reaching.reach(target, known.organizations)
        audit.record("profile.applied", "tenant", None, {"changes": [c.subject for c in changes]})
    return changes, before


def _target(given: Mapping[str, Any], known: State) -> tuple[Target, list[str]]:
    on = frozenset(given["plugins"]) if "plugins" in given else known.plugins
    open_sections = {s.namespace: s for s in sections() if not s.plugin or s.namespace in on}
    settings: dict[str, Mapping[str, Any]] = {}
    barred: list[str] = []
    if "settings" in given:
        settings, barred = _settings(state.as_json(given["settings"]), known, list(open_sections))
    locked = {n: frozenset(given["locked"].get(n, ())) for n in open_sections} if "locked" in given else {}
    local = [n for n, s in open_sections.items() if s.local]
    counties = {code: _county(state.as_json(given["counties"].get(code, {})), known.counties.get(code, {}), known, local)
                for code in {**_county_codes(known), **given["counties"]}} if "counties" in given else {}
    terms = {locale: given["terms"].get(locale, {}) for locale in LOCALES} if "terms" in given else {}
    return Target(on - known.plugins, known.plugins - on, settings, locked, counties, terms), barred


def _settings(wanted: Tree, known: State, namespaces: list[str]) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    """Each section's own values as the file has them; what the operator has locked stays as it is and is named."""
    barred = [setting_title(namespace, n) for namespace in namespaces for n, v in wanted.get(namespace, {}).items()
              if n in known.barred.get(namespace, ()) and v != known.settings[namespace][n]]
    return {n: _free(wanted.get(n, {}), known.own.get(n, {}), known.barred.get(n, frozenset())) for n in namespaces}, barred


def _county(wanted: Tree, own: Tree, known: State, namespaces: list[str]) -> dict[str, Mapping[str, Any]]:
    return {n: _free(wanted.get(n, {}), own.get(n, {}), known.barred.get(n, frozenset())) for n in namespaces}


def _free(wanted: Mapping[str, Any], own: Mapping[str, Any], held: frozenset[str]) -> Mapping[str, Any]:
    """The wanted values without those that are held above; exactly the own ones when nothing else changes."""
    free = {n: v for n, v in wanted.items() if n not in held}
    return own if free == {n: v for n, v in own.items() if n not in held} else free


def _county_codes(known: State) -> dict[str, None]:
    return dict.fromkeys(code for code, one in known.organizations.items() if one.kind == "county")
