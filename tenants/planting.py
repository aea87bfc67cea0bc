"""A tenant's whole tree from its profile: thousands of places in a few statements, and the renaming of some."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update

from core.collation import sort_key
from core.db import new_id
from core.i18n import _l
from core.organizations.models import Organization
from core.tenancy import now, session
from core.tenancy.scope import tenant_id
from tenants import divisions
from tenants.profile import Profile

BATCH = 1_000
TITLES = {"committee": _l("组织部门"), "county": _l("县（市、区）"), "street": _l("街道（乡镇）"), "community": _l("社区（村）"),
          "sector": _l("行业系统党组织")}


class Known(NamedTuple):
    """An organization that stands already."""

    id: uuid.UUID
    kind: str
    name: str


def wanted(profile: Profile) -> list[divisions.Place]:
    """The committee, the places of its areas and its sectors, parents before children. Raises Invalid for an unknown area."""
    root = divisions.Place("committee", profile.code, profile.committee, "", f"{profile.code}/", None)
    sectors = [divisions.Place("sector", code, s.name, profile.code, f"{root.path}{code}/", None)
               for s in profile.sectors for code in [f"{profile.code}{s.code}"]]
    return [root, *divisions.places(profile.code, profile.areas), *sectors]


def known() -> dict[str, Known]:
    """Every committee, place and sector of the scope's tenant, by code."""
    rows = session().execute(select(Organization.code, Organization.id, Organization.kind, Organization.name).where(
        Organization.tenant_id == tenant_id(), Organization.kind.in_(tuple(TITLES))))
    return {row.code: Known(row.id, row.kind, row.name) for row in rows}


def plant(nodes: Sequence[divisions.Place], standing: Mapping[str, Known]) -> None:
    """Add the nodes, whose parents stand or come before them in the list."""
    ids = {code: fact.id for code, fact in standing.items()}
    ids |= {node.code: new_id() for node in nodes}
    moment, tenant = now(), tenant_id()
    rows: list[dict[str, Any]] = [
        {"tenant_id": tenant, "id": ids[n.code], "parent_id": ids.get(n.parent), "kind": n.kind, "code": n.code, "name": n.name,
         "sort_key": sort_key(n.name), "path": n.path, "division_kind": n.division_kind, "created_at": moment} for n in nodes]
    for start in range(0, len(rows), BATCH):
        session().execute(insert(Organization), rows[start:start + BATCH])


def rename(names: Iterable[tuple[uuid.UUID, str]]) -> None:
    """Give organizations their new names."""
    for identity, name in names:
        session().execute(update(Organization).where(Organization.tenant_id == tenant_id(), Organization.id == identity)
                          .values(name=name, sort_key=sort_key(name), version=Organization.version + 1))
