"""The publication period 公示 (R84): who is to be chosen is made known for the tenant's number of working days before anything is decided."""
from __future__ import annotations

import uuid
from collections.abc import Sequence

from core.api import Conflict, Invalid, _, audit, session, settings, today, working_days_after
from plugins.awards.finding import locked_selection, moved, needed, of_selection
from plugins.awards.models import AwardSelection

TABLE = "awards_selection"


def publish(selection_id: uuid.UUID, version: int | None, chosen: Sequence[uuid.UUID]) -> None:
    """Publish those of the recommended that are chosen. Raises Conflict, Invalid, NotFound."""
    row = locked_selection(selection_id, version)
    if row.state != "open":
        raise Conflict(_("这次评选已经公示或办结。"))
    found = [one for one in of_selection(row.id, "recommended") if one.id in set(chosen)]
    if not found:
        raise Invalid(_("请先勾选拟表彰的名单。"), {"chosen": [_("请勾选")]})
    if row.total is not None and len(found) > row.total:
        raise Invalid(_("名额是 %(count)s 个，勾选了 %(chosen)s 个。请减少勾选，或修改名额。", count=row.total, chosen=len(found)),
                      {"chosen": [_("请改正")]})
    for one in found:
        moved(one, "listed", "listed")
    row.state, row.published_on = "published", today()
    row.objections_until = working_days_after(today(), settings("awards", row.organization_id)["publication_days"], row.organization_id)
    _changed(row)
    audit("awards.published", TABLE, row.id, {"count": len(found), "until": row.objections_until.isoformat()})


def reopen(selection_id: uuid.UUID, version: int | None, reason: str) -> None:
    """End a publication before the decision, with a reason: the list is open again. Raises Conflict, Invalid, NotFound."""
    row = locked_selection(selection_id, version)
    if row.state != "published":
        raise Conflict(_("这次评选不在公示中。"))
    row.note = needed(reason)
    for one in of_selection(row.id, "listed"):
        moved(one, "recommended", "reopened")
    row.state, row.published_on, row.objections_until = "open", None, None
    _changed(row)
    audit("awards.reopened", TABLE, row.id, {"from": "published"})


def _changed(row: AwardSelection) -> None:
    row.version += 1
    session().flush()
