"""Snow duty 扫雪值班: which stretches each community has cleared of snow. The least that a whole plugin needs (see test_author_lines)."""
from marshmallow import Schema, fields, validate
from sqlalchemy import Select, delete, select

from core.api import Permission, PlaceField, Plugin, PluginPages, RecordFact, TableColumn, _l, hookimpl, session, settings
from tests.support.snow.models import SnowDuty

pages = PluginPages("snow")


class SnowSettings(Schema):
    """How much of one service counts."""

    most_minutes = fields.Integer(load_default=240, validate=validate.Range(30, 600), metadata={"title": _l("一次最多计几分钟")})


class DutyForm(Schema):
    """A stretch as an officer enters it."""

    community_id = PlaceField("community", "snow.write", title=_l("社区"))
    stretch = fields.String(required=True, validate=validate.Length(1, 50), metadata={"title": _l("路段")})
    day = fields.Date(required=True, metadata={"title": _l("日期")})
    minutes = fields.Integer(required=True, validate=validate.Range(1, 600), metadata={"title": _l("分钟")})


@pages.table("/", title=_l("扫雪值班"), permission="snow.read", menu=True, export=True, links=("enter", "edit", "remove"), columns=(
    TableColumn("community_id", _l("社区"), "place"), TableColumn("stretch", _l("路段"), search=True),
    TableColumn("day", _l("日期"), "date"), TableColumn("minutes", _l("时长"), "hours")))
def duties() -> Select[tuple[SnowDuty]]:
    return select(SnowDuty).order_by(SnowDuty.day.desc())


@pages.form("/new", DutyForm, title=_l("登记扫雪"), permission="snow.write")
def enter(**duty: object) -> SnowDuty:
    return SnowDuty(**duty)


@pages.form("/<uuid:id>/edit", DutyForm, title=_l("修改"), permission="snow.write", row=SnowDuty)
def edit(duty: SnowDuty, **values: object) -> None:
    for name, value in values.items():
        setattr(duty, name, value)


@pages.action("/<uuid:id>/remove", title=_l("删除"), permission="snow.write", row=SnowDuty, ask=_l("删除这一条？"))
def remove(duty: SnowDuty) -> None:
    session().delete(duty)


@hookimpl
def record_counted(record: RecordFact) -> None:
    if record.kind == "snow":
        session().add(SnowDuty(community_id=record.community_id, record_id=record.record_id, stretch="服务记录", day=record.happened_on,
                               minutes=min(record.minutes, settings("snow")["most_minutes"])))


@hookimpl
def record_withdrawn(record: RecordFact) -> None:
    session().execute(delete(SnowDuty).where(SnowDuty.record_id == record.record_id))


plugin = Plugin(
    "snow", _l("扫雪值班"), _l("登记各社区清扫积雪的路段和时长。"), "1.0.0", package=__name__, settings=SnowSettings, permissions=(
        Permission("snow.read", _l("查看扫雪值班"), ("city_administrator", "county_officer", "street_officer", "community_officer")),
        Permission("snow.write", _l("登记扫雪值班"), ("community_officer",))))
