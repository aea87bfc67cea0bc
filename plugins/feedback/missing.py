"""What has not been sent or answered by its day: told quietly to the one whose turn it is, and counted by place for those above, unranked."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import Row, Text, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from core.api import acting, column_in_reach, grants_for, place_rows, report_in_rows, session, settings, tenant_id, today
from plugins.feedback.models import OUT, WAITING, FeedbackPack
from plugins.feedback.periods import Period, offered
from plugins.feedback.queries import UNIT_OPEN

MOST = 1000


def due_on(period: Period, community_id: uuid.UUID | None = None) -> dt.date:
    """The day by which the packs of a period are to be sent."""
    return period.ends_on + dt.timedelta(days=settings("feedback", community_id)["send_days"])


def unsent(period: Period) -> int | None:
    """How many packs of a period the acting officer's communities have not sent although its day is over; None while it is not, and 0
    where there are none at all.
    """
    place = next((grant.organization_id for grant in grants_for(acting(), "feedback.manage") if grant.kind == "community"), None)
    if due_on(period, place) >= today():
        return None
    return session().scalar(select(func.count()).select_from(select(FeedbackPack.id).where(
        FeedbackPack.tenant_id == tenant_id(), FeedbackPack.period == period.key, FeedbackPack.state.in_(WAITING),
        column_in_reach(FeedbackPack.community_id, "feedback.manage")).limit(MOST).subquery())) or 0


def late_answers() -> int:
    """How many packs the acting liaison's units have had for longer than the days to answer."""
    before = today() - dt.timedelta(days=settings("feedback")["answer_days"])
    return session().scalar(select(func.count()).select_from(select(FeedbackPack.id).where(
        FeedbackPack.tenant_id == tenant_id(), FeedbackPack.state.in_(UNIT_OPEN), FeedbackPack.sent_on < before,
        column_in_reach(FeedbackPack.unit_id, "feedback.answer")).limit(MOST).subquery())) or 0


def without_packs(period: Period) -> bool:
    """Whether somebody had reported in at the acting officer's own community by the end of a period of which it has no pack at all."""
    ids = [grant.organization_id for grant in grants_for(acting(), "feedback.manage") if grant.kind == "community"]
    if not ids:
        return False
    people = report_in_rows()
    reported = exists(select(people.c.member_id).where(people.c.community_id.in_(ids), people.c.reported_on <= period.ends_on))
    made = exists(select(FeedbackPack.id).where(FeedbackPack.tenant_id == tenant_id(), FeedbackPack.period == period.key,
                                                FeedbackPack.community_id.in_(ids)))
    return bool(session().scalar(select(reported & ~made)))


def by_place(path: str, period: str) -> Sequence[Row]:
    """What lies right below a path, in the order of the places: id, name, kind, path, communities, packs, waiting, out, answered.

    Communities without any pack are counted in `communities` and in no other. One statement.
    """
    places, communities = place_rows(), place_rows("community")
    packs = (select(FeedbackPack.community_id, func.count().label("packs"),
                    func.count().filter(FeedbackPack.state.in_(WAITING)).label("waiting"),
                    func.count().filter(FeedbackPack.state.in_(OUT)).label("out"),
                    func.count().filter(FeedbackPack.answered_on.is_not(None)).label("answered"))
             .where(FeedbackPack.tenant_id == tenant_id(), FeedbackPack.period == period, FeedbackPack.community_id.is_not(None))
             .group_by(FeedbackPack.community_id).subquery("packs"))
    depth = path.count("/") + 1
    below = func.array_to_string(func.string_to_array(communities.c.path, "/", type_=ARRAY(Text))[1:depth], "/", type_=Text) + "/"
    sums = [func.coalesce(func.sum(packs.c[name]), 0).label(name) for name in ("packs", "waiting", "out", "answered")]
    grouped = (select(below.label("path"), func.count().label("communities"), func.count(packs.c.community_id).label("begun"), *sums)
               .select_from(communities).outerjoin(packs, packs.c.community_id == communities.c.id)
               .where(communities.c.path.bool_op("^@")(path), communities.c.active).group_by(below).subquery("grouped"))
    return session().execute(select(places.c.id, places.c.name, places.c.kind, *grouped.c)
                             .join(grouped, grouped.c.path == places.c.path).order_by(places.c.sort_key, places.c.id)).all()


def past() -> Period:
    """The latest period that is over."""
    present, before = offered()
    return present if present.ends_on < today() else before
