"""Snow duty 扫雪值班: which stretches each community has cleared of snow."""
from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import Select, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from core.api import (
    Base,
    Permission,
    PlaceField,
    Plugin,
    PluginPages,
    RecordFact,
    TableColumn,
    TenantRow,
    _l,
    hookimpl,
    plain,
    session,
    settings,
    tenant_foreign_key,
)

OFFICERS = ("city_administrator", "county_officer", "street_officer", "community_officer")
pages = PluginPages("snow")


class SnowDuty(TenantRow, Base):
    """One stretch of road, cleared once."""

    __tablename__ = "snow_duty"
    __table_args__ = (tenant_foreign_key("community_id", "organization"),)
    __reach__ = "community_id"

    community_id: Mapped[uuid.UUID]
    record_id: Mapped[uuid.UUID | None]
    stretch: Mapped[str] = mapped_column(Text, info=plain())
    day: Mapped[dt.date]
    minutes: Mapped[int]


class SnowSettings(Schema):
    """How much of one service counts."""

    most_minutes = fields.Integer(load_default=240, validate=validate.Range(30, 600), metadata={"title": _l("一次最多计几分钟")})


class DutyForm(Schema):
    """A stretch as an officer enters it."""

    community_id = PlaceField("community", "snow.write", title=_l("社区"))
    stretch = fields.String(required=True, validate=validate.Length(1, 50), metadata={"title": _l("路段")})
    day = fields.Date(required=True, metadata={"title": _l("日期")})
    minutes = fields.Integer(required=True, validate=validate.Range(1, 600), metadata={"title": _l("分钟")})


@pages.table("/", title=_l("扫雪值班"), permission="snow.read", menu=True, export=True, links=("enter", "remove"), columns=(
    TableColumn("community_id", _l("社区"), "place"), TableColumn("stretch", _l("路段"), search=True),
    TableColumn("day", _l("日期"), "date"), TableColumn("minutes", _l("时长"), "hours")))
def duties() -> Select[Any]:
    """What was cleared, the latest first."""
    return select(SnowDuty).order_by(SnowDuty.day.desc())


@pages.form("/new", DutyForm, title=_l("登记扫雪"), permission="snow.write")
def enter(**duty: Any) -> SnowDuty:
    """Enter a stretch."""
    return SnowDuty(**duty)


@pages.action("/<uuid:id>/remove", title=_l("删除"), permission="snow.write", row=SnowDuty, ask=_l("删除这一条？"))
def remove(duty: SnowDuty) -> None:
    """Remove a stretch that was entered by mistake."""
    session().delete(duty)


@hookimpl
def record_counted(record: RecordFact) -> None:
    """A verified service of the kind is a duty done."""
    if record.kind == "snow":
        most = settings("snow")["most_minutes"]
        session().add(SnowDuty(community_id=record.community_id, record_id=record.record_id, stretch="服务记录", day=record.happened_on,
                               minutes=min(record.minutes, most)))


@hookimpl
def record_withdrawn(record: RecordFact) -> None:
    """And no longer."""
    session().execute(delete(SnowDuty).where(SnowDuty.record_id == record.record_id))


plugin = Plugin("snow", _l("扫雪值班"), _l("登记各社区清扫积雪的路段和时长。"), "1.0.0", package=__name__, settings=SnowSettings, permissions=(
    Permission("snow.read", _l("查看扫雪值班"), OFFICERS), Permission("snow.write", _l("登记扫雪值班"), ("community_officer",))))
