"""The list of entries, the form that corrects one, and the button that leaves one out."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import Select, select

from core.api import Conflict, PluginPages, TableColumn, _, _l
from tally.models import TallyEntry

pages = PluginPages("tally")


class KindForm(Schema):
    """What can be corrected of an entry."""

    kind = fields.String(required=True, validate=validate.Length(1, 20), metadata={"title": _l("类别")})


@pages.table(
    "/", title=_l("分类统计"), permission="tally.read", menu=True, icon="list", export=True,
    columns=(TableColumn("member_id", _l("党员"), "member"), TableColumn("kind", _l("类别"), search=True),
             TableColumn("day", _l("日期"), "date")),
    links=("correct", "leave_out"), empty=_l("还没有可统计的服务。服务得到评价以后自动计入。"))
def entries() -> Select[Any]:
    """What counts, the latest first."""
    return select(TallyEntry).where(TallyEntry.counts).order_by(TallyEntry.day.desc())


@pages.form("/<uuid:id>/kind", KindForm, title=_l("更正类别"), permission="tally.correct", row=TallyEntry,
            done=_l("类别已更正。"))
def correct(entry: TallyEntry, *, kind: str) -> None:
    """Put an entry under another kind."""
    entry.kind = kind


@pages.action("/<uuid:id>/leave-out", title=_l("不再统计"), permission="tally.correct", row=TallyEntry,
              ask=_l("不再统计这一条？"))
def leave_out(entry: TallyEntry) -> None:
    """Leave an entry out for good."""
    if not entry.counts:
        raise Conflict(_("这一条早已不再统计。请刷新页面。"))
    entry.counts = False
