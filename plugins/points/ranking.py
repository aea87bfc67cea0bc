"""A ranking exists only where somebody has switched it on with a reason: 国办函〔2026〕12号 wants nobody to be ranked as a matter of course."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select, true

from core.api import Invalid, _, audit, hot_rows, new_id, now, session, tenant_id, visible_members
from plugins.points.models import PointsAccount, PointsRanking

PAGE = 50


def is_on() -> bool:
    """Whether the tenant has a ranking; it has none unless somebody said so."""
    found = session().scalar(select(PointsRanking.shown).where(PointsRanking.tenant_id == tenant_id()).order_by(PointsRanking.id.desc()).limit(1))
    return bool(found)


def switch(shown: bool, reason: str, *, by: Any) -> None:
    """Switch it; a reason is needed for on, and is kept and audited. Raises Invalid."""
    if shown and not 10 <= len(reason.strip()) <= 300:
        raise Invalid(_("请写明为什么要排名（不少于 10 个字）。"), {"reason": [_("请用 10 至 300 个字写明理由和依据")]})
    row = PointsRanking(id=new_id(), shown=shown, reason=reason.strip()[:300], changed_by=by, changed_at=now())
    session().add(row)
    session().flush()
    audit("points.ranking_on" if shown else "points.ranking_off", "points_ranking", row.id, {"reason": reason.strip()[:300]})


def leaders(paths: Sequence[str], limit: int = PAGE) -> Sequence[Any]:
    """Those with the most points below `paths`: id, name, unit_name, balance. It follows the index of balances."""
    def build() -> Select:
        people = visible_members(paths)
        # Looked up one by one in the index's order, so that fifty are found without sorting everybody.
        one = select(people.c.id, people.c.name, people.c.unit_name).where(people.c.id == PointsAccount.member_id).limit(1).lateral("one")
        return (select(one.c.id, one.c.name, one.c.unit_name, PointsAccount.balance).join(one, true())
                .where(PointsAccount.tenant_id == tenant_id(), PointsAccount.member_id.is_not(None))
                .order_by(PointsAccount.balance.desc(), PointsAccount.member_id.desc()).limit(limit))

    return hot_rows(("points.leaders", tenant_id(), tuple(paths), limit), build)
