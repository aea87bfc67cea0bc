"""The condition by which statements leave out what was done in a time in which its member is excluded."""
from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, or_
from sqlalchemy.orm import aliased

from core.api import tenant_id
from plugins.points.models import PointsExclusion


def not_excluded(member_id: Any, day: Any, *effects: str) -> ColumnElement[bool]:
    """That no exclusion of a member covers a day, as a condition; `effects` tell which count, earning by default."""
    out = aliased(PointsExclusion)
    return ~exists().where(out.tenant_id == tenant_id(), out.member_id == member_id, out.effect.in_(effects or ("both", "earning")),
                           out.since <= day, or_(out.until.is_(None), out.until >= day)).correlate_except(out)
