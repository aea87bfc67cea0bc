"""Service records as a sub-query that plugins join to their own tables, so that they count what the system has and nobody types it again."""
from __future__ import annotations

from sqlalchemy import Subquery, select

from core.service.models import GONE, ServiceRecord
from core.tenancy.scope import tenant_id


def record_rows() -> Subquery:
    """Records, whether they count yet or not, without those withdrawn or corrected: record_id, member_id, unit_id, community_id, happened_on,
    minutes, status (submitted, verified, returned, counted), rating, waived (counts though nobody has judged). No name and no word of anybody.
    """
    of = ServiceRecord
    return (select(of.id.label("record_id"), of.member_id, of.unit_id, of.community_id, of.happened_on, of.minutes, of.status, of.rating,
                   of.waived)
            .where(of.tenant_id == tenant_id(), of.status.not_in(GONE)).subquery("record_row"))
