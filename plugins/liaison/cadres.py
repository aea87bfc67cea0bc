"""Leading cadres: flagged in the roster or entered by name, and no longer in office."""
from __future__ import annotations

import uuid

from sqlalchemy import func, or_, select

from core.api import Conflict, Invalid, NotFound, _, audit, new_id, now, session, tenant_id, today
from plugins.liaison.models import LiaisonCadre, LiaisonPoint


def flag(member_id: uuid.UUID, post: str, office: str | None, organization_id: uuid.UUID) -> uuid.UUID:
    """Flag a member as a leading cadre; somebody flagged before is in office again. Answers the cadre."""
    row = session().scalars(select(LiaisonCadre).where(LiaisonCadre.tenant_id == tenant_id(), LiaisonCadre.member_id == member_id)
                            .with_for_update()).one_or_none()
    if row is not None:
        row.post, row.office, row.active, row.version = post, office, True, row.version + 1
        session().flush()
        audit("liaison.cadre_changed", "liaison_cadre", row.id)
        return row.id
    return _add(LiaisonCadre(id=new_id(), member_id=member_id, organization_id=organization_id, post=post, office=office, created_at=now()))


def keeper(member_id: uuid.UUID) -> uuid.UUID | None:
    """The office that keeps a member's entry, if the member is flagged."""
    return session().scalar(select(LiaisonCadre.organization_id).where(LiaisonCadre.tenant_id == tenant_id(), LiaisonCadre.member_id == member_id))


def enter(cadre_id: uuid.UUID, name: str, post: str, office: str | None, organization_id: uuid.UUID) -> uuid.UUID:
    """Enter somebody who stands in no roster; sent twice it is one. Answers the cadre."""
    if session().scalar(select(LiaisonCadre.id).where(LiaisonCadre.tenant_id == tenant_id(), LiaisonCadre.id == cadre_id)):
        return cadre_id
    return _add(LiaisonCadre(id=cadre_id, name=name, organization_id=organization_id, post=post, office=office, created_at=now()))


def _add(row: LiaisonCadre) -> uuid.UUID:
    session().add(row)
    session().flush()
    audit("liaison.cadre_entered", "liaison_cadre", row.id, {"member": row.member_id is not None})
    return row.id


def change(cadre_id: uuid.UUID, version: int, *, post: str, office: str | None, active: bool) -> None:
    """Change post, office, and whether in office. Raises Conflict, Invalid while somebody who leaves office still has a liaison community."""
    row = locked(cadre_id, version)
    if not active and session().scalar(select(func.count()).select_from(LiaisonPoint).where(
            LiaisonPoint.tenant_id == tenant_id(), LiaisonPoint.cadre_id == cadre_id,
            or_(LiaisonPoint.until.is_(None), LiaisonPoint.until > today()))):
        raise Invalid(_("还有联系点没有结束。请先结束联系点，再改为不再担任。"), {"active": [_("还有联系点")]})
    row.post, row.office, row.active, row.version = post, office, active, row.version + 1
    session().flush()
    audit("liaison.cadre_changed", "liaison_cadre", row.id, {"active": active})


def locked(cadre_id: uuid.UUID, version: int | None = None) -> LiaisonCadre:
    """A cadre under a row lock. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalars(select(LiaisonCadre).where(LiaisonCadre.tenant_id == tenant_id(), LiaisonCadre.id == cadre_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row
