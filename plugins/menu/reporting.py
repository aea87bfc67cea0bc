"""The menu and what was agreed as datasets for report formats: fill once, print every form."""
from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select

from core.api import DataColumn, DataRequest, Dataset, _l, member_places, organization_names, search_organizations, session, tenant_id
from plugins.menu.exporting import moment
from plugins.menu.models import MenuAgreement, MenuListing, MenuOffer, MenuRequest
from plugins.menu.times import LOCAL, times_said
from plugins.menu.words import AGREEMENTS, CHANNELS

BATCH, MOST = 1000, 20_000
Batches = Iterator[list[tuple[Any, ...]]]
_OFFERS = (DataColumn("community", _l("社区")), DataColumn("number", _l("编号"), "integer"), DataColumn("category", _l("分类")),
           DataColumn("title", _l("服务名称")), DataColumn("provider", _l("提供者")), DataColumn("minutes", _l("一次时长"), "integer", _l("分钟")),
           DataColumn("times", _l("服务时间")), DataColumn("valid_until", _l("有效到"), "date"))
_AGREED = (DataColumn("community", _l("社区")), DataColumn("title", _l("服务内容")), DataColumn("category", _l("分类")), DataColumn("provider", _l("服务方")),
           DataColumn("day", _l("日期"), "date"), DataColumn("begins", _l("开始时间")), DataColumn("hours", _l("约定时长"), "decimal", _l("小时"), total=True),
           DataColumn("place", _l("地点")), DataColumn("channel", _l("来源")), DataColumn("state", _l("进度")))


def _communities(request: DataRequest) -> list[uuid.UUID]:
    """The communities below what the reader may see and the place that was chosen."""
    paths = [one.path for one in request.reach]
    if request.place is not None:
        place = request.place.path
        paths = [max(path, place, key=len) for path in paths if path.startswith(place) or place.startswith(path)]
    return [row.id for row in search_organizations(paths, kinds=("community",), limit=MOST)] if paths else []


def _offers(request: DataRequest) -> Select:
    people = member_places()
    return (select(MenuListing.community_id, MenuListing.number, MenuOffer.category, MenuOffer.title, people.c.name, MenuOffer.unit_id,
                   MenuOffer.minutes, MenuOffer.times, MenuOffer.times_words, MenuOffer.valid_until)
            .join(MenuOffer, (MenuOffer.tenant_id == MenuListing.tenant_id) & (MenuOffer.id == MenuListing.offer_id))
            .outerjoin(people, people.c.id == MenuOffer.member_id)
            .where(MenuListing.tenant_id == tenant_id(), MenuListing.state == "listed", MenuListing.community_id.in_(_communities(request)))
            .order_by(MenuListing.community_id, MenuOffer.category, MenuListing.number))


def _agreed(request: DataRequest) -> Select:
    people = member_places()
    day = func.date(func.timezone("Asia/Shanghai", MenuAgreement.begins_at))
    return (select(MenuAgreement.community_id, MenuRequest.title, MenuRequest.category, people.c.name, MenuAgreement.unit_id, MenuAgreement.begins_at,
                   MenuAgreement.ends_at, MenuAgreement.place, MenuRequest.channel, MenuAgreement.state)
            .join(MenuRequest, (MenuRequest.tenant_id == MenuAgreement.tenant_id) & (MenuRequest.id == MenuAgreement.request_id))
            .outerjoin(people, people.c.id == MenuAgreement.member_id)
            .where(MenuAgreement.tenant_id == tenant_id(), MenuAgreement.community_id.in_(_communities(request)),
                   day.between(request.since, request.until))
            .order_by(MenuAgreement.begins_at, MenuAgreement.id))


def read_offers(request: DataRequest) -> Batches:
    """What is listed, by community, category and number."""
    for part in _parts(_offers(request)):
        names = organization_names({one for row in part for one in (row.community_id, row.unit_id)})
        yield [(names.get(row.community_id), row.number, row.category, row.title, names.get(row.unit_id) or row.name, row.minutes,
                times_said(row.times, row.times_words), row.valid_until) for row in part]


def read_agreed(request: DataRequest) -> Batches:
    """What was agreed for the days asked for, in order of time; nothing of the residents."""
    for part in _parts(_agreed(request)):
        names = organization_names({one for row in part for one in (row.community_id, row.unit_id)})
        yield [(names.get(row.community_id), row.title, row.category, names.get(row.unit_id) or row.name, row.begins_at.astimezone(LOCAL).date(),
                moment(row.begins_at), round((row.ends_at - row.begins_at).total_seconds() / 3600, 2), row.place, str(CHANNELS[row.channel]),
                str(AGREEMENTS[row.state])) for row in part]


def _parts(query: Select) -> Iterator[Any]:
    return iter(session().execute(query.execution_options(yield_per=BATCH)).partitions())


def _count(query: Select) -> int:
    return session().scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


OFFERS = Dataset("menu.offers", _l("服务菜单"), _OFFERS, "menu.read", read_offers, lambda request: _count(_offers(request)),
                 _l("已上架的服务，每个社区每项一行，按分类和编号排列。"), period=False)
AGREED = Dataset("menu.agreements", _l("服务约定"), _AGREED, "menu.read", read_agreed, lambda request: _count(_agreed(request)),
                 _l("期内约定的服务，按时间排列。不含居民的姓名和联系方式。"))
