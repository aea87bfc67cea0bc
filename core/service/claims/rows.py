"""Matters and claims as sub-queries that plugins join to their own tables; a column that is not asked for costs nothing."""
from __future__ import annotations

import uuid

from sqlalchemy import Subquery, select

from core.access.authorization import Target
from core.errors import NotFound
from core.organizations.models import Organization
from core.privacy import keyring
from core.service.claims.models import Claim, Matter
from core.service.models import GONE, ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id


def matter_rows(source: str | None = None) -> Subquery:
    """Matters, those of one plugin or all: every column but the recipient's name."""
    columns = [column for column in Matter.__mapper__.column_attrs if column.key != "recipient"]
    query = select(*(getattr(Matter, column.key) for column in columns)).where(Matter.tenant_id == tenant_id())
    return (query if source is None else query.where(Matter.source == source)).subquery("matter_rows")


def claim_rows(source: str | None = None) -> Subquery:
    """Claims, those on the matters of one plugin or all, with every column."""
    query = select(*(getattr(Claim, column.key) for column in Claim.__mapper__.column_attrs)).where(Claim.tenant_id == tenant_id())
    return (query if source is None else query.where(Claim.source == source)).subquery("claim_rows")


def claim_records() -> Subquery:
    """What was served under each claim: record_id, claim_id, happened_on, minutes, status; records that were withdrawn are left out."""
    return (select(ServiceRecord.id.label("record_id"), ServiceRecord.claim_id, ServiceRecord.happened_on, ServiceRecord.minutes, ServiceRecord.status)
            .where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.claim_id.is_not(None), ServiceRecord.status.not_in(GONE))
            .subquery("claim_record"))


def matter_recipient(matter_id: uuid.UUID) -> str | None:
    """The recipient's name in clear, read without a lock; for the community, and for those who hold a claim. Raises NotFound."""
    row = session().execute(select(Matter.id, Matter.recipient).where(Matter.tenant_id == tenant_id(), Matter.id == matter_id)).one_or_none()
    if row is None:
        raise NotFound
    return keyring.for_tenant(tenant_id()).decrypt("matter", "recipient", row.id, row.recipient)


def matter_target(matter_id: uuid.UUID) -> Target:
    """What `authorize` needs of a matter: where its community lies. Raises NotFound."""
    path = session().scalar(select(Organization.path).join(Matter, (Matter.tenant_id == Organization.tenant_id) & (Matter.community_id == Organization.id))
                            .where(Matter.tenant_id == tenant_id(), Matter.id == matter_id))
    if path is None:
        raise NotFound
    return Target((path,))


def claim_target(claim_id: uuid.UUID) -> Target:
    """What `authorize` needs of a claim: whose it is, and where its community and its unit lie. Raises NotFound."""
    row = session().execute(select(Claim.member_id, Claim.community_id, Claim.unit_id).where(
        Claim.tenant_id == tenant_id(), Claim.id == claim_id)).one_or_none()
    if row is None:
        raise NotFound
    paths = session().scalars(select(Organization.path).where(
        Organization.tenant_id == tenant_id(), Organization.id.in_([row.community_id, row.unit_id]))).all()
    return Target(tuple(paths), row.member_id)


def community_path(claim_id: uuid.UUID) -> str:
    """Where the community of a claim lies. Raises NotFound."""
    path = session().scalar(select(Organization.path).join(Claim, (Claim.tenant_id == Organization.tenant_id) & (Claim.community_id == Organization.id))
                            .where(Claim.tenant_id == tenant_id(), Claim.id == claim_id))
    if path is None:
        raise NotFound
    return path
