"""Service months and service days (R24): who takes part and what was done is counted from the records of the period, nobody types it."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from core.api import (
    Conflict,
    Invalid,
    NotFound,
    _,
    audit,
    claim_rows,
    matter_rows,
    now,
    organization_names,
    place_rows,
    record_rows,
    session,
    tenant_id,
)
from plugins.unit_desk.desks import Desk
from plugins.unit_desk.models import Campaign, CampaignPlace

LONGEST_DAYS = 366
STATES = ("verified", "counted")
MATTERS = 50


@dataclass(frozen=True, slots=True)
class CampaignInput:
    """What is said of a campaign; no community means wherever the members serve."""

    kind: str
    theme: str
    starts_on: dt.date
    ends_on: dt.date
    whole: bool
    communities: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of it: members who served, records verified so far, their minutes, and those that wait to be verified."""

    members: int
    records: int
    minutes: int
    waiting: int


def plan(campaign_id: uuid.UUID, where: Desk, given: CampaignInput, *, by: uuid.UUID | None) -> uuid.UUID:
    """Put a campaign of the desk up; `campaign_id` makes the same form sent twice one campaign. Raises Invalid."""
    _check(given)
    row = insert(Campaign).values(tenant_id=tenant_id(), id=campaign_id, unit_id=where.id, kind=given.kind, theme=given.theme, starts_on=given.starts_on,
                                  ends_on=given.ends_on, whole=given.whole or where.kind == "sector", entered_by=by, version=1, created_at=now())
    if session().execute(row.on_conflict_do_nothing().returning(Campaign.id)).one_or_none() is None:
        return campaign_id
    _place(campaign_id, given.communities)
    audit("unit_desk.campaign_planned", "unit_desk_campaign", campaign_id)
    return campaign_id


def change(campaign_id: uuid.UUID, version: int | None, given: CampaignInput) -> None:
    """Put it right. Raises NotFound, Conflict, Invalid."""
    row = locked(campaign_id, version)
    _check(given)
    row.kind, row.theme, row.starts_on, row.ends_on, row.whole = given.kind, given.theme, given.starts_on, given.ends_on, given.whole
    row.version += 1
    session().flush()
    session().execute(delete(CampaignPlace).where(CampaignPlace.tenant_id == tenant_id(), CampaignPlace.campaign_id == campaign_id))
    _place(campaign_id, given.communities)
    audit("unit_desk.campaign_changed", "unit_desk_campaign", campaign_id)


def remove(campaign_id: uuid.UUID, version: int | None) -> None:
    """Remove it; the records stay as they are. Raises NotFound, Conflict."""
    session().delete(locked(campaign_id, version))
    session().flush()
    audit("unit_desk.campaign_removed", "unit_desk_campaign", campaign_id)


def _check(given: CampaignInput) -> None:
    if given.ends_on < given.starts_on:
        raise Invalid(_("结束日期早于开始日期，请重新选择。"), {"ends_on": [_("请重新选择")]})
    if (given.ends_on - given.starts_on).days > LONGEST_DAYS:
        raise Invalid(_("一次活动不超过一年。"), {"ends_on": [_("请重新选择")]})


def _place(campaign_id: uuid.UUID, communities: Sequence[uuid.UUID]) -> None:
    session().add_all(CampaignPlace(campaign_id=campaign_id, community_id=one) for one in dict.fromkeys(communities))
    session().flush()


def locked(campaign_id: uuid.UUID, version: int | None) -> Campaign:
    """A campaign under a row lock. Raises NotFound; Conflict when it changed since `version`."""
    row = session().scalars(select(Campaign).where(Campaign.tenant_id == tenant_id(), Campaign.id == campaign_id)
                            .with_for_update().execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    return row


def listed(where: Desk) -> Select:
    """The desk's campaigns, the newest first."""
    return _columns().where(where.of(Campaign.unit_id) | (Campaign.unit_id == where.id)).order_by(Campaign.starts_on.desc(), Campaign.id.desc())


def one(campaign_id: uuid.UUID) -> Any:
    """One campaign. Raises NotFound."""
    row = session().execute(_columns().where(Campaign.id == campaign_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _columns() -> Select:
    return select(Campaign.id, Campaign.unit_id, Campaign.kind, Campaign.theme, Campaign.starts_on, Campaign.ends_on, Campaign.whole,
                  Campaign.version).where(Campaign.tenant_id == tenant_id())


def places(campaign_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """The communities in which it is held, by id."""
    return organization_names(session().scalars(select(CampaignPlace.community_id).where(
        CampaignPlace.tenant_id == tenant_id(), CampaignPlace.campaign_id == campaign_id)).all())


def counted(row: Any, path: str, communities: Sequence[uuid.UUID]) -> Counted:
    """What came of it so far, in one query; `path` is that of its unit."""
    records = record_rows()
    done = records.c.status.in_(STATES)
    figures = session().execute(select(
        func.count(records.c.member_id.distinct()).filter(done), func.count().filter(done), func.coalesce(func.sum(records.c.minutes).filter(done), 0),
        func.count().filter(records.c.status == "submitted")).where(*_within(records, row, path, communities))).one()
    return Counted(*map(int, figures))


def by_unit(row: Any, path: str, communities: Sequence[uuid.UUID]) -> Sequence[Any]:
    """The same for each unit that took part, by name, since nobody is ranked: name, members, records, minutes; 500 at most."""
    records, units = record_rows(), place_rows("unit")
    return session().execute(
        select(units.c.name, func.count(records.c.member_id.distinct()).label("members"), func.count().label("records"),
               func.sum(records.c.minutes).label("minutes"))
        .join(units, units.c.id == records.c.unit_id).where(*_within(records, row, path, communities), records.c.status.in_(STATES))
        .group_by(units.c.id, units.c.name, units.c.sort_key).order_by(units.c.sort_key, units.c.id).limit(500)).all()


def _within(records: Any, row: Any, path: str, communities: Sequence[uuid.UUID]) -> list[ColumnElement[bool]]:
    found = [records.c.happened_on.between(row.starts_on, row.ends_on), _of_units(records.c.unit_id, row, path)]
    return [*found, records.c.community_id.in_(communities)] if communities else found


def _of_units(column: Any, row: Any, path: str) -> ColumnElement[bool]:
    if not row.whole:
        return column == row.unit_id
    units = place_rows("unit")
    return column.in_(select(units.c.id).where(units.c.path.bool_op("^@")(path)))


def claims(row: Any, path: str, communities: Sequence[uuid.UUID]) -> Sequence[Any]:
    """The units' collective claims (R23) that were made or due in the period: id, title, state, unit and community; 50 at most."""
    taken, matters = claim_rows(), matter_rows()
    when = or_(taken.c.claimed_on.between(row.starts_on, row.ends_on), taken.c.due_on.between(row.starts_on, row.ends_on))
    query = (select(taken.c.id, matters.c.title, taken.c.state, taken.c.unit_id, taken.c.community_id, taken.c.claimed_on)
             .join(matters, matters.c.id == taken.c.matter_id)
             .where(taken.c.member_id.is_(None), _of_units(taken.c.unit_id, row, path), when))
    if communities:
        query = query.where(taken.c.community_id.in_(communities))
    return session().execute(query.order_by(taken.c.id).limit(MATTERS)).all()
