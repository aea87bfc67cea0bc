"""The tree of organizations: adding to it, walking it by path, and finding one by code or name."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ARRAY, Row, Select, Subquery, Uuid, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from core import audit
from core.collation import sort_key
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _
from core.organizations.models import Organization
from core.tenancy import hot, now, session
from core.tenancy.scope import tenant_id


@dataclass(frozen=True, slots=True)
class OrganizationFact:
    """What most callers need of an organization."""

    id: uuid.UUID
    kind: str
    code: str
    name: str
    path: str
    unit_type: str | None
    community_id: uuid.UUID | None
    active: bool


_FACT = (Organization.id, Organization.kind, Organization.code, Organization.name, Organization.path, Organization.unit_type,
         Organization.community_id, Organization.active)


def get(organization_id: uuid.UUID) -> OrganizationFact:
    """One organization of this tenant. Raises NotFound."""
    row = session().execute(select(*_FACT).where(Organization.tenant_id == tenant_id(),
                                                 Organization.id == organization_id)).one_or_none()
    if row is None:
        raise NotFound
    return OrganizationFact(*row)


def by_code(code: str) -> OrganizationFact:
    """One organization by its code. Raises NotFound."""
    row = session().execute(select(*_FACT).where(Organization.tenant_id == tenant_id(), Organization.code == code)).one_or_none()
    if row is None:
        raise NotFound
    return OrganizationFact(*row)


def root() -> OrganizationFact:
    """The tenant's committee. Raises NotFound before the tenant is provisioned."""
    row = session().execute(select(*_FACT).where(Organization.tenant_id == tenant_id(), Organization.kind == "committee",
                                                 Organization.parent_id.is_(None))).one_or_none()
    if row is None:
        raise NotFound
    return OrganizationFact(*row)


def add(parent: OrganizationFact | None, kind: str, code: str, name: str, *, unit_type: str | None = None,
        subordination: str | None = None, credit_code: str | None = None, community_id: uuid.UUID | None = None,
        contact_name: str | None = None) -> OrganizationFact:
    """Add one organization below `parent` (None: the root). Raises Conflict when the code exists, Invalid for a bad kind."""
    if kind == "unit" and unit_type is None:
        raise Invalid(_("请选择单位类别。"), {"unit_type": [_("请选择")]})
    if session().scalar(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.code == code)):
        raise Conflict(_("代码 {code} 已经存在，请核对。").format(code=code))
    row = Organization(parent_id=parent.id if parent else None, kind=kind, code=code, name=name, sort_key=sort_key(name),
                       path=f"{parent.path if parent else ''}{code}/", unit_type=unit_type, subordination=subordination,
                       credit_code=credit_code, community_id=community_id, contact_name=contact_name, created_at=now())
    session().add(row)
    session().flush()
    audit.record("organization.created", "organization", row.id, {"kind": kind, "code": code})
    return OrganizationFact(row.id, kind, code, name, row.path, unit_type, community_id, active=True)


def below(query: Select, paths: Sequence[str]) -> Select:
    """Narrow a query that has Organization in it to the subtrees of `paths`; no path, no row."""
    return query.where(or_(*(Organization.path.bool_op("^@")(p) for p in paths)) if paths else Organization.id.is_(None))


def children(parent_id: uuid.UUID, *, kinds: Iterable[str] = ()) -> Sequence[Row]:
    """Direct children as columns, sorted as Chinese readers expect: id, kind, code, name, path, unit_type."""
    query = select(Organization.id, Organization.kind, Organization.code, Organization.name, Organization.path,
                   Organization.unit_type).where(Organization.tenant_id == tenant_id(), Organization.parent_id == parent_id)
    if wanted := tuple(kinds):
        query = query.where(Organization.kind.in_(wanted))
    return session().execute(query.order_by(Organization.sort_key, Organization.id)).all()


def ancestors(path: str) -> Sequence[Row]:
    """From the root down to the organization of this path: id, kind, name, path."""
    parts = path.rstrip("/").split("/")
    paths = ["/".join(parts[:n]) + "/" for n in range(1, len(parts) + 1)]
    return session().execute(select(Organization.id, Organization.kind, Organization.name, Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.path.in_(paths)).order_by(func.length(Organization.path))).all()


def search(paths: Sequence[str], *, kinds: Sequence[str], text: str = "", limit: int = 50,
           after: tuple[str, uuid.UUID] | None = None) -> Sequence[Row]:
    """Organizations below `paths`, of some kinds, whose name or code contains `text`; keyset paging by (sort_key, id)."""
    query = select(Organization.id, Organization.kind, Organization.code, Organization.name, Organization.path,
                   Organization.unit_type, Organization.subordination, Organization.sort_key).where(
        Organization.tenant_id == tenant_id(), Organization.kind.in_(kinds), Organization.active)
    if text:
        query = query.where(or_(func.strpos(Organization.name, text) > 0, Organization.code.bool_op("^@")(text)))
    if after:
        query = query.where(tuple_(Organization.sort_key, Organization.id) > after)
    return session().execute(below(query, paths).order_by(Organization.sort_key, Organization.id).limit(limit)).all()


def _names() -> Select[Any]:
    query: Any = select(Organization.id, Organization.name).where(
        Organization.tenant_id == bindparam(hot.TENANT), Organization.id == func.any(bindparam("ids", type_=ARRAY(Uuid))))
    return cast("Select[Any]", query)


def names(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Names of several organizations in one query."""
    wanted = {i.int: i.hex for i in ids if i is not None}  # by number: a UUID's own hash and comparison are slow
    if not wanted:
        return {}
    rows = hot.rows("organization names", _names, ids=f"{{{','.join(wanted.values())}}}")  # as PostgreSQL writes an array
    return {row.id: row.name for row in rows}


def rows(kind: str | None = None) -> Subquery:
    """Organizations, of one kind or all, as a sub-query to join: id, kind, code, name, sort_key, path, active, above.

    `above` is the name of the one that leads it; a column that is not asked for costs nothing.
    """
    leader = aliased(Organization)
    query = (select(Organization.id, Organization.kind, Organization.code, Organization.name, Organization.sort_key, Organization.path,
                    Organization.active, leader.name.label("above"))
             .outerjoin(leader, (leader.tenant_id == Organization.tenant_id) & (leader.id == Organization.parent_id))
             .where(Organization.tenant_id == tenant_id()))
    return (query if kind is None else query.where(Organization.kind == kind)).subquery("place_rows")


def names_by_path(paths: Iterable[str]) -> dict[str, str]:
    """Names of the organizations that stand at these paths, in one query."""
    wanted = list(paths)
    if not wanted:
        return {}
    rows = session().execute(select(Organization.path, Organization.name).where(
        Organization.tenant_id == tenant_id(), Organization.path.in_(wanted)))
    return dict(rows.all())


def common_path(paths: Sequence[str]) -> str:
    """The path of the lowest organization above all of `paths`, or the only one itself; "" without any."""
    shared = ""
    for codes in zip(*(path.split("/")[:-1] for path in paths), strict=False):
        if len(set(codes)) > 1:
            break
        shared += f"{codes[0]}/"
    return shared
