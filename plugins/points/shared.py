"""New entries beside those that a member has: what the caps leave of each, so that all entries of a period always sum up to its points."""
from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    Integer,
    Select,
    Subquery,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from core.api import tenant_id
from plugins.points.excluded import not_excluded
from plugins.points.holding import Held
from plugins.points.limits import VETO, limits
from plugins.points.models import PointsEntry
from plugins.points.shares import shares

OF_FACTS = "earned"  # the contra account of the entries whose sum is the function of the facts that count


def shared(held: Held, new: CTE) -> Subquery:
    """`new` with a column `points`: what each brings. What is due beyond (an earlier fact moved up, a period cleared) goes to the last.

    The bind parameter `members` names whom `new` concerns: by it the index finds their entries, which the planner would not see in `new`.
    """
    had = _entries(held, new).cte("had")
    found = shares(_pool(held, had, new).cte("pool").prefix_with("MATERIALIZED"), held.versions)
    given = select(found.c.member_id, found.c.source_id, found.c.rule_key, found.c.period, found.c.x).cte("given")
    after = select(given.c.member_id, given.c.period, func.sum(given.c.x).label("points")).group_by(
        given.c.member_id, given.c.period).subquery("after")
    before = select(had.c.member_id, had.c.period, func.sum(had.c.points).label("points")).group_by(
        had.c.member_id, had.c.period).subquery("before")
    own = func.coalesce(given.c.x, 0)
    group = [new.c.member_id, new.c.period]
    last = func.row_number().over(partition_by=group, order_by=(new.c.happened_on.desc(), new.c.source_id, new.c.rule_key)) == 1
    due = func.coalesce(after.c.points, 0) - func.coalesce(before.c.points, 0) - func.sum(own).over(partition_by=group)
    rows = (select(new, (own + case((last, due), else_=0)).label("points"))
            .outerjoin(given, and_(given.c.source_id == new.c.source_id, given.c.rule_key == new.c.rule_key))
            .outerjoin(after, and_(after.c.member_id == new.c.member_id, after.c.period == new.c.period))
            .outerjoin(before, and_(before.c.member_id == new.c.member_id, before.c.period == new.c.period)))
    return rows.subquery("due")


def _pool(held: Held, had: CTE, new: CTE) -> Select:
    """The facts that the member's entries tell of and the new ones, each once with what of it is alive; none while excluded."""
    places = [(had.c.pack_id == pack_id, literal(n, Integer)) for n, pack_id in enumerate(held.pack_ids) if pack_id]
    version: Any = case(*places, else_=literal(0, Integer)) if places else literal(0, Integer)  # the plain rule has no pack
    kept = ("member_id", "source_id", "rule_key", "happened_on", "period")
    old = select(*(had.c[name] for name in kept), version.label("version"), false().label("new"), had.c.raw).where(had.c.source_id.is_not(None))
    fresh = select(*(new.c[name] for name in kept), literal(held.place, Integer), true(), new.c.raw).where(new.c.source_id.is_not(None))
    both = union_all(old, fresh).subquery("told")
    alive = select(*(both.c[name] for name in kept), func.min(both.c.version).label("version"), func.bool_or(both.c.new).label("new"),
                   cast(func.sum(both.c.raw), Integer).label("raw")).group_by(*(both.c[name] for name in kept)).subquery("alive")
    counts = or_(alive.c.rule_key == VETO, not_excluded(alive.c.member_id, alive.c.happened_on))
    return select(*(alive.c[name] for name in (*kept, "version", "new")), case((counts, alive.c.raw), else_=0).label("raw"))


def _entries(held: Held, new: CTE) -> Select:
    """The entries of facts, of those members, that the scheme's caps reach."""
    of = PointsEntry
    ids = [pack_id for pack_id in held.pack_ids if pack_id is not None]
    query = select(of.member_id, of.source_id, of.rule_key, of.happened_on, of.period, of.pack_id, of.raw, of.points).where(
        of.tenant_id == tenant_id(), of.member_id == func.any(cast(bindparam("members", None), ARRAY(Uuid))), of.contra == OF_FACTS,
        of.pack_id.in_(ids) if ids else of.pack_id.is_(None))
    if any(limits(document).forever for document in held.versions):
        return query
    return query.where(of.period.in_(select(new.c.period)))
