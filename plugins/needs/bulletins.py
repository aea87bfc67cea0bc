"""The demand bulletin 服务需求公告 (D6, R68): gathered from what was classified since the last one, edited and published by an officer."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.exc import IntegrityError

from core.api import Conflict, Invalid, NotFound, _, audit, new_id, session, settings, tenant_id, today
from plugins.needs.models import Bulletin, BulletinItem, Need

MOST, PAGE = 200, 50
LONGEST_TITLE, LONGEST_INTRODUCTION, LONGEST_SUMMARY = 60, 300, 100


def candidates(community_id: uuid.UUID) -> Sequence[Row]:
    """Classified needs that stood in no bulletin yet, by category: id, category, summary. 200 at most, the oldest first."""
    return session().execute(select(Need.id, Need.category, Need.summary).where(
        Need.tenant_id == tenant_id(), Need.community_id == community_id, Need.bulletin_id.is_(None), Need.state.in_(("classified", "turned")))
        .order_by(Need.category, Need.id).limit(MOST)).all()


def days_since(community_id: uuid.UUID) -> int | None:
    """How long ago the last bulletin was published; None when there has been none."""
    last = session().scalar(select(Bulletin.published_on).where(
        Bulletin.tenant_id == tenant_id(), Bulletin.community_id == community_id, Bulletin.state == "published")
        .order_by(Bulletin.id.desc()).limit(1))
    return None if last is None else (today() - last).days


def is_due(community_id: uuid.UUID, since: int | None) -> bool:
    """Whether the officer is to be reminded: the interval is over and there is something to publish. Nothing is ever published by itself.

    `since` is what `days_since` answers.
    """
    if since is not None and since < settings("needs", community_id)["bulletin_days"]:
        return False
    return session().scalar(select(Need.id).where(
        Need.tenant_id == tenant_id(), Need.community_id == community_id, Need.bulletin_id.is_(None),
        Need.state.in_(("classified", "turned"))).limit(1)) is not None


def publish(community_id: uuid.UUID, title: str, introduction: str, summaries: Mapping[uuid.UUID, str], *, by: uuid.UUID | None,
            bulletin_id: uuid.UUID | None = None) -> uuid.UUID:
    """Publish the needs whose summaries are given, as they are given; sent twice (`bulletin_id`) it is one bulletin.

    Raises Conflict when one of them has been published or has ended meanwhile, Invalid for texts that lack or are too long.
    """
    if bulletin_id is not None and session().scalar(select(Bulletin.id).where(
            Bulletin.tenant_id == tenant_id(), Bulletin.id == bulletin_id, Bulletin.community_id == community_id)) is not None:
        return bulletin_id
    _check(title, introduction, summaries)
    rows = _locked(community_id, summaries)
    row = Bulletin(id=bulletin_id or new_id(), community_id=community_id, year=today().year, number=_next_number(community_id), title=title.strip(),
                   introduction=introduction.strip(), published_on=today(), published_by=by, state="published", withdrawn_on=None,
                   withdrawn_reason=None, version=1)
    try:
        with session().begin_nested():
            session().add(row)
            session().flush()
    except IntegrityError as error:  # somebody else published at the same moment and took the number
        raise Conflict(_("刚有别人发布了公告，请刷新页面，核对后再发布。")) from error
    for position, need in enumerate(rows, 1):
        session().add(BulletinItem(bulletin_id=row.id, need_id=need.id, position=position, category=need.category,
                                   summary=summaries[need.id].strip()))
        need.bulletin_id = row.id
    session().flush()
    audit("needs.bulletin_published", "needs_bulletin", row.id, {"number": row.number, "items": len(rows)})
    return row.id


def withdraw(bulletin_id: uuid.UUID, version: int | None, reason: str) -> None:
    """Take a bulletin back; everybody reads the reason, and its needs may stand in the next. Raises Conflict, Invalid, NotFound."""
    row = session().scalar(select(Bulletin).where(Bulletin.tenant_id == tenant_id(), Bulletin.id == bulletin_id)
                           .with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    if row.state != "published" or row.version != version:
        raise Conflict(_("刚有别人改过，您的改动没有保存。请刷新页面，核对后再提交。"))
    if not 2 <= len(reason.strip()) <= LONGEST_INTRODUCTION:
        raise Invalid(_("请写明撤回的原因，群众可以看到。"), {"reason": [_("请填写")]})
    row.state, row.withdrawn_on, row.withdrawn_reason, row.version = "withdrawn", today(), reason.strip(), row.version + 1
    session().execute(update(Need).where(Need.tenant_id == tenant_id(), Need.bulletin_id == bulletin_id).values(bulletin_id=None))
    session().flush()
    audit("needs.bulletin_withdrawn", "needs_bulletin", bulletin_id)


def get(bulletin_id: uuid.UUID) -> Bulletin:
    """One bulletin. Raises NotFound."""
    row = session().scalar(select(Bulletin).where(Bulletin.tenant_id == tenant_id(), Bulletin.id == bulletin_id))
    if row is None:
        raise NotFound
    return row


def of_community(community_id: uuid.UUID, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A community's bulletins, the newest first, with one row more than a page where there is a next one."""
    query = select(Bulletin.id, Bulletin.year, Bulletin.number, Bulletin.title, Bulletin.published_on, Bulletin.state).where(
        Bulletin.tenant_id == tenant_id(), Bulletin.community_id == community_id)
    if after is not None:
        query = query.where(Bulletin.id < after)
    return session().execute(query.order_by(Bulletin.id.desc()).limit(PAGE + 1)).all()


def items(bulletin_id: uuid.UUID) -> Sequence[Row]:
    """The lines of a bulletin in order: position, category, summary."""
    return session().execute(select(BulletinItem.position, BulletinItem.category, BulletinItem.summary).where(
        BulletinItem.tenant_id == tenant_id(), BulletinItem.bulletin_id == bulletin_id).order_by(BulletinItem.position)).all()


def number_of(row: Any) -> str:
    """The bulletin's number as it is cited."""
    return _("%(year)s年第%(number)s号", year=row.year, number=row.number)


def usual_title(community: str, day: dt.date) -> str:
    """The title that the form proposes."""
    return _("%(community)s服务需求公告（%(year)s年%(month)s月）", community=community, year=day.year, month=day.month)[:LONGEST_TITLE]


def _check(title: str, introduction: str, summaries: Mapping[uuid.UUID, str]) -> None:
    wrong: dict[str, list[str]] = {}
    if not 2 <= len(title.strip()) <= LONGEST_TITLE:
        wrong["title"] = [_("请填写标题，最多 %(most)s 个字", most=LONGEST_TITLE)]
    if len(introduction.strip()) > LONGEST_INTRODUCTION:
        wrong["introduction"] = [_("最多 %(most)s 个字", most=LONGEST_INTRODUCTION)]
    if not 0 < len(summaries) <= MOST:
        wrong["items"] = [_("请至少勾选一条")]
    for identity, text in summaries.items():
        if not 2 <= len(text.strip()) <= LONGEST_SUMMARY:
            wrong[f"summary-{identity}"] = [_("请用 2 至 %(most)s 个字概括，不写姓名、电话和门牌", most=LONGEST_SUMMARY)]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)


def _locked(community_id: uuid.UUID, summaries: Mapping[uuid.UUID, str]) -> Sequence[Need]:
    rows = session().scalars(select(Need).where(
        Need.tenant_id == tenant_id(), Need.community_id == community_id, Need.id.in_(list(summaries)), Need.bulletin_id.is_(None),
        Need.state.in_(("classified", "turned"))).order_by(Need.category, Need.id).with_for_update().execution_options(populate_existing=True)).all()
    if len(rows) < len(summaries):
        raise Conflict(_("所选的意见中有的刚刚发布过或已经办结，请刷新页面，核对后再发布。"))
    return rows


def _next_number(community_id: uuid.UUID) -> int:
    return 1 + (session().scalar(select(func.max(Bulletin.number)).where(
        Bulletin.tenant_id == tenant_id(), Bulletin.community_id == community_id, Bulletin.year == today().year)) or 0)
