"""Posts and the claims on them as datasets for report formats: fill in once, print every form."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true

from core.api import DataColumn, DataReach, DataRequest, Dataset, _l, claim_rows, matter_rows, member_places, place_rows, session, tenant_id
from plugins.posts import times
from plugins.posts.models import Post
from plugins.posts.setting import SOURCE
from plugins.posts.words import CLAIM_STATES, MATTER_STATES

_BATCH = 1000
POST_COLUMNS = (
    DataColumn("community", _l("社区")), DataColumn("category", _l("类别")), DataColumn("title", _l("岗位")), DataColumn("duties", _l("职责")),
    DataColumn("skills", _l("所需特长")), DataColumn("times", _l("时间")), DataColumn("place", _l("地点")),
    DataColumn("places", _l("需要人数"), "integer", _l("人"), total=True), DataColumn("taken", _l("已认领"), "integer", _l("人"), total=True),
    DataColumn("opened_on", _l("设岗日期"), "date"), DataColumn("state", _l("状态")))
CLAIM_COLUMNS = (
    DataColumn("community", _l("社区")), DataColumn("category", _l("类别")), DataColumn("title", _l("岗位")), DataColumn("member", _l("党员")),
    DataColumn("unit", _l("所在单位")), DataColumn("claimed_on", _l("认领日期"), "date"), DataColumn("due_on", _l("期限"), "date"),
    DataColumn("ended_on", _l("结束日期"), "date"), DataColumn("state", _l("状态")))


def _within(reach: Sequence[DataReach], community: Any, unit: Any = None) -> ColumnElement[bool]:
    """The condition that a path lies within the reach: places by the community, units and sectors by the unit where there is one."""
    if any(one.kind == "committee" for one in reach):
        return true()
    parts = [community.bool_op("^@")(one.path) for one in reach if one.kind in ("county", "street", "community")]
    if unit is not None:
        parts += [unit.bool_op("^@")(one.path) for one in reach if one.kind in ("unit", "sector", "county")]
    return or_(*parts) if parts else false()


def _posts(request: DataRequest) -> Select:
    matters, places = matter_rows(SOURCE), place_rows("community")
    query = (select(places.c.name, Post.category, matters.c.title, Post.duties, Post.skills, Post.times, Post.times_words, matters.c.place,
                    matters.c.places, matters.c.taken, matters.c.opened_on, matters.c.state, matters.c.id)
             .join(Post, (Post.tenant_id == tenant_id()) & (Post.id == matters.c.id)).join(places, places.c.id == matters.c.community_id)
             .where(matters.c.opened_on <= request.until, func.coalesce(matters.c.closed_on, request.until) >= request.since,
                    _within(request.reach, places.c.path), *_chosen(request, places.c.path)))
    return query.order_by(matters.c.id)


def _claims(request: DataRequest) -> Select:
    claims, matters, people, places = claim_rows(SOURCE), matter_rows(SOURCE), member_places(), place_rows("community")
    query = (select(places.c.name.label("community"), Post.category, matters.c.title, people.c.name, people.c.unit_name, claims.c.claimed_on,
                    claims.c.due_on, claims.c.ended_on, claims.c.state, claims.c.id)
             .join(matters, matters.c.id == claims.c.matter_id).join(Post, (Post.tenant_id == tenant_id()) & (Post.id == matters.c.id))
             .join(people, people.c.id == claims.c.member_id).join(places, places.c.id == claims.c.community_id)
             .where(claims.c.claimed_on <= request.until, func.coalesce(claims.c.ended_on, request.until) >= request.since,
                    _within(request.reach, places.c.path, people.c.unit_path), *_chosen(request, places.c.path, people.c.unit_path)))
    if request.member_id is not None:
        query = query.where(claims.c.member_id == request.member_id)
    return query.order_by(claims.c.id)


def _chosen(request: DataRequest, community: Any, unit: Any = None) -> list[ColumnElement[bool]]:
    return [_within((request.place,), community, unit)] if request.place is not None else []


def _post(row: Any) -> tuple[Any, ...]:
    return (row.name, row.category, row.title, row.duties, "、".join(row.skills), times.said(row.times, row.times_words), row.place, row.places,
            row.taken, row.opened_on, str(MATTER_STATES[row.state]))


def _claim(row: Any) -> tuple[Any, ...]:
    return (*row[:8], str(CLAIM_STATES[row.state]))


def _reader(query: Callable[[DataRequest], Select], line: Callable[[Any], tuple[Any, ...]]) -> Callable[[DataRequest], Iterator[Any]]:
    def read(request: DataRequest) -> Iterator[list[tuple[Any, ...]]]:
        for part in session().execute(query(request).execution_options(yield_per=_BATCH)).partitions():
            yield [line(row) for row in part]
    return read


def _counter(query: Callable[[DataRequest], Select]) -> Callable[[DataRequest], int]:
    def count(request: DataRequest) -> int:
        return session().scalar(select(func.count()).select_from(query(request).order_by(None).subquery())) or 0
    return count


DATASETS = (
    Dataset("posts.posts", _l("岗位"), POST_COLUMNS, "posts.read", _reader(_posts, _post), _counter(_posts),
            description=_l("期间开放过的岗位，每个一行；不含服务对象姓名")),
    Dataset("posts.claims", _l("岗位认领"), CLAIM_COLUMNS, "posts.read", _reader(_claims, _claim), _counter(_claims),
            description=_l("期间的每次岗位认领一行，按认领先后排列"), of_member=True))
