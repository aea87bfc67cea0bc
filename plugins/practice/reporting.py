"""Good practice as a dataset for report formats: one row a practice or story that was published in the days asked for."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select

from core.api import DataColumn, DataRequest, Dataset, _, _l, column_below, organization_names, session, tenant_id
from plugins.practice.models import PracticeEntry, PracticeUse
from plugins.practice.queries import COLUMNS, refused
from plugins.practice.words import MEDIA, SORTS

_BATCH = 1000
_COLUMNS = (DataColumn("place", _l("单位（社区）")), DataColumn("sort", _l("类别")), DataColumn("theme", _l("主题")), DataColumn("title", _l("标题")),
            DataColumn("effect", _l("成效")), DataColumn("published_on", _l("发布日期"), "date"), DataColumn("in_column", _l("公开专栏")),
            DataColumn("recommended", _l("推荐")), DataColumn("uses", _l("借鉴"), "integer", unit=_l("处"), total=True),
            DataColumn("media", _l("媒体")), DataColumn("outlet", _l("哪家媒体")), DataColumn("media_on", _l("登出日期"), "date"))


def _rows(request: DataRequest) -> Select:
    used = (select(func.count()).where(PracticeUse.tenant_id == tenant_id(), PracticeUse.entry_id == PracticeEntry.id)
            .correlate(PracticeEntry).scalar_subquery())
    query = (select(*COLUMNS, PracticeEntry.media, PracticeEntry.outlet, PracticeEntry.media_on, used.label("uses"))
             .where(PracticeEntry.tenant_id == tenant_id(), PracticeEntry.state == "published", ~refused(),
                    PracticeEntry.published_on.between(request.since, request.until), column_below(PracticeEntry.organization_id, request.reach)))
    if request.place is not None:
        query = query.where(column_below(PracticeEntry.organization_id, (request.place,)))
    if request.member_id is not None:
        query = query.where(PracticeEntry.member_id == request.member_id)
    return query.order_by(PracticeEntry.published_on, PracticeEntry.id)


def read(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
    """The rows by the day of publication, a thousand at a time."""
    for part in session().execute(_rows(request).execution_options(yield_per=_BATCH)).partitions():
        names = organization_names({one for row in part for one in (row.organization_id, row.recommended_by) if one})
        yield [(names.get(row.organization_id, ""), str(SORTS[row.sort]), row.theme, row.title, row.effect, row.published_on, _("已登") if row.in_column else "",
                names.get(row.recommended_by, ""), row.uses, str(MEDIA[row.media]) if row.media else "", row.outlet, row.media_on) for row in part]


def count(request: DataRequest) -> int:
    """How many rows there will be."""
    return session().scalar(select(func.count()).select_from(_rows(request).order_by(None).subquery())) or 0


DATASET = Dataset("practice.entries", _l("好经验和先进典型"), _COLUMNS, "practice.read", read, count,
                  description=_l("期内发布的好经验和先进典型，一篇一行；本人不同意公开的不列"), of_member=True)
