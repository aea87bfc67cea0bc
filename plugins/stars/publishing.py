"""Public notices 公示: what was approved in a round is made known for the scheme's number of days."""
from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from core.api import Conflict, NotFound, _, audit, new_id, now, pack_version, session, tenant_id, today
from plugins.stars.models import StarCase, StarEvent, StarNotice, StarRound


def publish(round_id: uuid.UUID, *, by: uuid.UUID | None) -> uuid.UUID:
    """Publish what is approved in a round and not yet published; answers the notice's id. Raises NotFound, Conflict."""
    one = session().execute(select(StarRound.pack_id).where(StarRound.tenant_id == tenant_id(), StarRound.id == round_id)
                            .with_for_update()).one_or_none()
    if one is None:
        raise NotFound
    days = pack_version(one.pack_id).document["publication_days"]
    notice = StarNotice(id=new_id(), round_id=round_id, published_on=today(), until=today() + dt.timedelta(days=max(days, 1) - 1),
                        published_by=by)
    session().add(notice)
    session().flush()
    moved = session().execute(update(StarCase).where(
        StarCase.tenant_id == tenant_id(), StarCase.round_id == round_id, StarCase.state == "approved").values(
        state="published", notice_id=notice.id, version=StarCase.version + 1, changed_at=now()).returning(StarCase.id)).scalars().all()
    if not moved:
        raise Conflict(_("这一批没有已通过审批、等待公示的人员。"))
    session().execute(insert(StarEvent), [{"tenant_id": tenant_id(), "id": new_id(), "case_id": i, "kind": "published", "by": by, "at": now()}
                                          for i in moved])
    audit("stars.published", "stars_notice", notice.id, {"count": len(moved), "until": notice.until.isoformat()})
    return notice.id
