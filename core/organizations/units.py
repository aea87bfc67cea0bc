"""Units and sectors as people keep them: entered, corrected, closed and opened again; the caller has authorized it."""
from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from stdnum.cn import uscc

from core import audit
from core.collation import sort_key
from core.db import new_id
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _
from core.organizations import tree
from core.organizations.models import SUBORDINATIONS, UNIT_TYPES, Organization
from core.privacy import keyring
from core.tenancy import now, session
from core.tenancy.scope import tenant_id

LEADERS = ("committee", "county", "sector")


@dataclass(frozen=True, slots=True)
class UnitInput:
    """What a form says of a unit; `parent_id` is the county, sector or committee that leads it."""

    name: str
    unit_type: str
    parent_id: uuid.UUID
    subordination: str | None = None
    credit_code: str | None = None
    community_id: uuid.UUID | None = None
    contact_name: str | None = None
    contact_phone: str | None = None


def create(given: UnitInput) -> uuid.UUID:
    """A new unit. Raises Invalid, and Conflict when the credit code is another unit's."""
    parent = _checked(given)
    code = given.credit_code or _free_code(parent, "U", 4)
    if session().scalar(select(Organization.id).where(
            Organization.tenant_id == tenant_id(), or_(Organization.code == code, Organization.credit_code == code)).limit(1)):
        raise Conflict(_("这个统一社会信用代码已有单位使用，请先在单位名册中查找。"))
    row = Organization(id=new_id(), kind="unit", code=code, created_at=now())
    _fill(row, given, parent)
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError as error:  # somebody enters the same unit at this very moment
        raise Conflict(_("这个统一社会信用代码已有单位使用，请先在单位名册中查找。")) from error
    audit.record("organization.created", "organization", row.id, {"kind": "unit", "code": code})
    return row.id


def amend(unit_id: uuid.UUID, given: UnitInput, version: int) -> None:
    """Correct a unit. Its code stays, since certificates and files name it. Raises NotFound, Conflict, Invalid."""
    row = locked(unit_id, version, "unit")
    parent = _checked(given)
    if given.credit_code and given.credit_code != row.credit_code and session().scalar(select(Organization.id).where(
            Organization.tenant_id == tenant_id(), Organization.credit_code == given.credit_code, Organization.id != unit_id)):
        raise Conflict(_("这个统一社会信用代码已有单位使用，请先在单位名册中查找。"))
    _fill(row, given, parent)
    row.version += 1
    session().flush()
    audit.record("organization.changed", "organization", unit_id, {"kind": "unit", "code": row.code})


def set_open(unit_id: uuid.UUID, version: int, *, active: bool) -> None:
    """Close a unit or open it again; a closed one keeps its history. Raises NotFound, Conflict.

    Whether it still has members is asked by `tenants.closing`, since members stand above this room.
    """
    row = locked(unit_id, version, "unit")
    if row.active == active:
        return
    row.active = active
    row.version += 1
    audit.record("organization.opened" if active else "organization.closed", "organization", unit_id, {"code": row.code})


def create_sector(name: str) -> uuid.UUID:
    """A new issuing sector below the committee (R10). Raises Conflict when one has the name, Invalid for a blank one."""
    name = _name(name)
    if session().scalar(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.kind == "sector",
                                                      Organization.name == name)):
        raise Conflict(_("已有同名的行业系统党组织。"))
    root = tree.root()
    return tree.add(root, "sector", _free_code(root, "S", 2), name).id


def rename_sector(sector_id: uuid.UUID, name: str, version: int) -> None:
    """Give a sector another name. Raises NotFound, Conflict, Invalid."""
    row = locked(sector_id, version, "sector")
    row.name = _name(name)
    row.sort_key = sort_key(row.name)
    row.version += 1
    audit.record("organization.changed", "organization", sector_id, {"kind": "sector", "code": row.code})


def locked(organization_id: uuid.UUID, version: int, kind: str) -> Organization:
    """The row of that kind, locked. Raises NotFound, Conflict when it is no longer at `version`."""
    row = session().scalar(select(Organization).where(
        Organization.tenant_id == tenant_id(), Organization.id == organization_id, Organization.kind == kind)
        .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.version != version:
        raise Conflict(_("这份资料刚刚被别人修改过，您的修改没有保存。请核对最新内容后重新填写。"))
    return row


def contact_phone(unit_id: uuid.UUID, sealed: bytes | None) -> str | None:
    """The clear phone number of a unit's contact."""
    return keyring.for_tenant(tenant_id()).decrypt("organization", "contact_phone", unit_id, sealed)


def _checked(given: UnitInput) -> tree.OrganizationFact:
    problems: dict[str, list[str]] = {}
    if given.unit_type not in UNIT_TYPES:
        problems["unit_type"] = [_("请选择单位类别")]
    if given.subordination is not None and given.subordination not in SUBORDINATIONS:
        problems["subordination"] = [_("请从列表中选择")]
    if given.credit_code and not uscc.is_valid(given.credit_code):
        problems["credit_code"] = [_("代码不对：应为 18 位，请逐位核对")]
    if given.community_id is not None and tree.get(given.community_id).kind != "community":
        problems["community_id"] = [_("请选择社区")]
    parent = tree.get(given.parent_id)
    if parent.kind not in LEADERS:
        problems["parent_id"] = [_("请选择县（市、区）或行业系统党组织")]
    if problems:
        raise Invalid(_("单位没有保存：请改正标出的各项。"), problems)
    return parent


def _fill(row: Organization, given: UnitInput, parent: tree.OrganizationFact) -> None:
    row.name = _name(given.name)
    row.sort_key = sort_key(row.name)
    row.parent_id, row.path = parent.id, f"{parent.path}{row.code}/"
    row.unit_type, row.subordination, row.credit_code = given.unit_type, given.subordination, given.credit_code
    row.community_id, row.contact_name = given.community_id, given.contact_name
    row.contact_phone = keyring.for_tenant(tenant_id()).encrypt("organization", "contact_phone", row.id, given.contact_phone)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 2 <= len(name) <= 60:
        raise Invalid(_("名称须为 2 至 60 个字。"), {"name": [_("2 至 60 个字")]})
    return name


def _free_code(parent: tree.OrganizationFact, letter: str, digits: int) -> str:
    """The next code of our own making, for what has none by law: the tenant's, a letter and a number."""
    prefix = parent.path.partition("/")[0] + letter
    session().execute(select(Organization.id).where(Organization.tenant_id == tenant_id(), Organization.id == tree.root().id)
                      .with_for_update(key_share=True))  # two who enter at once come one after the other
    used = set(session().scalars(select(Organization.code).where(
        Organization.tenant_id == tenant_id(), func.starts_with(Organization.code, prefix))))
    number = len(used) + 1
    while (code := f"{prefix}{number:0{digits}}") in used:
        number += 1
    return code
