"""Who may see or decide a service record; out of reach answers as absent."""
from __future__ import annotations

import uuid

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.access.actor import Actor
from core.access.authorization import Target, allowed, authorize
from core.errors import Forbidden, NotFound
from core.i18n import _
from core.organizations.models import Organization
from core.service.models import ServiceRecord
from core.tenancy import session
from core.tenancy.scope import tenant_id

OWN, READ, VERIFY = "records.self", "records.read", "records.verify"


def authorize_own(actor: Actor, record_id: uuid.UUID) -> None:
    """Let only the member whose record it is pass. Raises NotFound."""
    authorize(actor, OWN, Target((), _place(record_id)[0]))


def authorize_read(actor: Actor, record_id: uuid.UUID) -> bool:
    """Let the community that the record belongs to, the member's unit, and those above them pass. Raises NotFound, Forbidden.

    Answers whether the actor may verify it too, and thus see the recipient's name and opinion.
    """
    _member, community, unit = _place(record_id)
    authorize(actor, READ, Target(tuple(path for path in (community, unit) if path)))
    return allowed(actor, VERIFY, Target((community,)))


def authorize_verify(actor: Actor, record_id: uuid.UUID) -> None:
    """Let the community's officer pass, but not for a record of his own. Raises NotFound, Forbidden."""
    member_id, community, _unit = _place(record_id)
    authorize(actor, VERIFY, Target((community,)))
    if actor.member_id == member_id:
        raise Forbidden(_("这是您本人的服务记录，请由社区的其他经办人查验和登记评价。"))


def authorize_community(actor: Actor, community_id: uuid.UUID) -> None:
    """Let the officer of this community pass. Raises NotFound, Forbidden."""
    path = session().scalar(select(Organization.path).where(Organization.tenant_id == tenant_id(), Organization.id == community_id,
                                                            Organization.kind == "community"))
    authorize(actor, VERIFY, Target((path,) if path else ()))


def _place(record_id: uuid.UUID) -> tuple[uuid.UUID, str, str | None]:
    community, unit = aliased(Organization), aliased(Organization)
    row = session().execute(
        select(ServiceRecord.member_id, community.path, unit.path)
        .join(community, (community.tenant_id == ServiceRecord.tenant_id) & (community.id == ServiceRecord.community_id))
        .outerjoin(unit, (unit.tenant_id == ServiceRecord.tenant_id) & (unit.id == ServiceRecord.unit_id))
        .where(ServiceRecord.tenant_id == tenant_id(), ServiceRecord.id == record_id)).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1], row[2]
