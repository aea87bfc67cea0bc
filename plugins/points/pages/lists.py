"""Lists for officers: members by name with their points, units, and what of it can be taken away as a table."""
from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy import Select, func, select, tuple_
from werkzeug.wrappers import Response as BaseResponse

from core.api import Column, _, acting, audit, requires, session, tenant_id, today, visible_members
from core.pages import following, workbook
from plugins.points import holding, units
from plugins.points.calendar import period_of
from plugins.points.fields import number, shown
from plugins.points.models import PointsAccount, PointsEntry
from plugins.points.pages.showing import GET, PAGE, POST

LONGEST = 50  # of what is looked for


@requires("points.read")
def index() -> str:
    """Members of the officer's scope with their points, by name."""
    return _list("")


@requires("points.read")
def search() -> str | BaseResponse:
    """The same for the beginning of a name, its pinyin or its initials; by form, since a name has no place in an address."""
    text = request.form.get("q", "").strip()[:LONGEST]
    return _list(text) if text else redirect(url_for("points.index"), 303)


def _list(text: str) -> str:
    rows = _page(text, request.values.get("after", type=uuid.UUID))
    shown_rows = [{"id": r.id, "name": r.name, "unit_name": r.unit_name, "balance": shown(r.balance)} for r in rows[:PAGE]]
    return render_template("points/index.html", rows=shown_rows, following=following(rows, PAGE), text=text,
                           may={name: acting().can(f"points.{name}") for name in ("redeem", "correct", "manage")})


def _page(text: str, after: uuid.UUID | None) -> Any:
    shown_members = visible_members(acting().paths("points.read"), text)
    query = _with_balance(shown_members).order_by(shown_members.c.sort_key, shown_members.c.id).limit(PAGE + 1)
    if after and (key := session().scalar(select(shown_members.c.sort_key).where(shown_members.c.id == after))):
        query = query.where(tuple_(shown_members.c.sort_key, shown_members.c.id) > (key, after))
    return session().execute(query).all()


def _with_balance(people: Any) -> Select:
    return (select(people.c.id, people.c.name, people.c.unit_name, people.c.sort_key, func.coalesce(PointsAccount.balance, 0).label("balance"))
            .outerjoin(PointsAccount, (PointsAccount.tenant_id == tenant_id()) & (PointsAccount.member_id == people.c.id)))


@requires("points.read")
def export_members() -> Response:
    """Everybody of the officer's reach by name: what was earned in the present period, and the balance."""
    people = visible_members(acting().paths("points.read"))
    period = period_of(today(), holding.for_tenant(today()).document["period"])
    earned = (select(PointsEntry.member_id, func.sum(PointsEntry.points).label("points")).where(
        PointsEntry.tenant_id == tenant_id(), PointsEntry.period == period, PointsEntry.member_id.is_not(None),
        PointsEntry.contra.in_(("earned", "base", "corrected"))).group_by(PointsEntry.member_id).subquery("earned"))
    query = _with_balance(people).add_columns(func.coalesce(earned.c.points, 0).label("earned")).outerjoin(
        earned, earned.c.member_id == people.c.id).order_by(people.c.sort_key, people.c.id)
    columns = [Column("name", _("姓名"), 12), Column("unit", _("所在单位"), 32), Column("earned", _("本期积分"), 12, "decimal"),
               Column("balance", _("积分余额"), 12, "decimal")]
    audit("points.exported", "points_account", None, {"what": "members"})
    rows = ((r.name, r.unit_name, number(r.earned), number(r.balance)) for r in session().execute(query.execution_options(yield_per=1000)))
    return workbook(_("积分名单"), columns, rows, _("积分名单导出"))


@requires("points.read")
def unit_scores() -> str:
    """The units of the officer's reach by name with the score that the pack makes of their members' points."""
    after = request.args.get("after", type=uuid.UUID)
    paths, held = acting().paths("points.read"), holding.for_tenant(today())
    found = units.listed(paths, today(), units.place_of(after, paths) if after else None, PAGE + 1)
    rows = [{"name": r.name, "members": r.members, "serving": r.serving, "points": shown(int(r.points))} for r in found[:PAGE]]
    return render_template("points/units.html", rows=rows, following=following(found, PAGE),
                           method=held.document["unit"]["method"])


@requires("points.read")
def export_units() -> Response:
    """The same as a table."""
    columns = [Column("name", _("单位"), 32), Column("members", _("在册党员"), 12, "integer"), Column("serving", _("参加服务"), 12, "integer"),
               Column("points", _("单位积分"), 12, "decimal")]
    audit("points.exported", "points_account", None, {"what": "units"})
    return workbook(_("单位积分"), columns, _unit_rows(), _("单位积分导出"))


def _unit_rows() -> Iterator[tuple[Any, ...]]:
    for row in units.listed(acting().paths("points.read"), today(), None, None):
        yield row.name, row.members, row.serving, number(int(row.points))


ROUTES = (("/", index, GET), ("/search", search, POST), ("/export", export_members, GET), ("/units", unit_scores, GET),
          ("/units/export", export_units, GET))
