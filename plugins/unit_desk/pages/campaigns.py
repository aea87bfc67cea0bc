"""Service months and days at the unit's desk: planned here, counted by the system, printed as a sheet."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response as FlaskResponse, render_template, request, url_for
from marshmallow import Schema, fields, validate

from core.api import (
    Column,
    Conflict,
    Invalid,
    Target,
    _,
    _l,
    acting,
    allowed,
    audit,
    communities_named,
    form_fields,
    load_form,
    organization,
    organization_names,
    requires,
    session,
    today,
)
from core.pages import Route, asked, attempt, me, refused, ticket, version
from plugins.unit_desk import campaigns
from plugins.unit_desk.campaigns import CampaignInput
from plugins.unit_desk.desks import MANAGE, READ, Desk, require_unit
from plugins.unit_desk.models import CAMPAIGN_KINDS
from plugins.unit_desk.pages.doing import MOST, at, at_desk, exported, in_hours, work_desk
from plugins.unit_desk.periods import period_of
from plugins.unit_desk.words import CAMPAIGNS


class CampaignForm(Schema):
    """What is said of a campaign."""

    kind = fields.String(required=True, validate=validate.OneOf(CAMPAIGN_KINDS), metadata={
        "title": _l("活动"), "widget": "radio", "choices": tuple(CAMPAIGNS.items())})
    theme = fields.String(required=True, validate=validate.Length(2, 60), metadata={"title": _l("主题"), "help": _l("不要写居民的姓名")})
    starts_on = fields.Date(required=True, metadata={"title": _l("开始日期")})
    ends_on = fields.Date(required=True, metadata={"title": _l("结束日期")})
    whole = fields.Boolean(load_default=False, metadata={"title": _l("下属单位一起参加")})
    communities = fields.String(load_default="", validate=validate.Length(max=400), metadata={
        "title": _l("在哪些社区开展"), "widget": "textarea", "rows": 2, "help": _l("写社区的名称，几个社区用顿号隔开；不写就是党员在哪里服务都算")})


NAMES = ("kind", "theme", "starts_on", "ends_on", "whole", "communities")


@requires("unit_desk.read")
def campaign_list() -> Any:
    """The desk's campaigns."""
    return at_desk("unit_desk.campaign_list", _list)


def _list(where: Desk) -> str:
    rows = session().execute(campaigns.listed(where).limit(MOST)).all()
    return render_template("unit_desk/campaigns.html", desk=where, rows=rows, kinds=CAMPAIGNS, manages=where.managed(), today=today())


@requires("unit_desk.manage")
def new_campaign() -> Any:
    """The form."""
    return _form(work_desk(), None)


def _form(where: Desk, row: Any, error: Invalid | Conflict | None = None) -> str:
    month = period_of(today(), 1)
    values: Any = {"kind": "month", "starts_on": month.starts_on, "ends_on": month.ends_on, "whole": where.below}
    if row is not None:
        values = {**row._mapping, "communities": "、".join(campaigns.places(row.id).values())}
    fields_shown = form_fields(CampaignForm(), request.form if error else values, error.fields if isinstance(error, Invalid) else {},
                               only=NAMES if where.below else [name for name in NAMES if name != "whole"])
    return render_template("unit_desk/campaign_form.html", desk=where, row=row, fields=fields_shown, error=refused(error), key=ticket("key"))


def _given() -> CampaignInput:
    form = request.form.copy()
    for name in list(form):
        if name not in NAMES or (name == "communities" and not form[name].strip()):
            del form[name]
    data = load_form(CampaignForm(), form)
    return CampaignInput(**{**data, "communities": tuple(_community(one.strip()) for one in data["communities"].replace("，", "、").split("、") if one.strip())})


def _community(text: str) -> uuid.UUID:
    found = communities_named(text)
    exact = [one for one in found if one.name == text] or found
    if len(exact) != 1:
        wrong = _("没有找到“%(name)s”", name=text) if not exact else _("有几个社区都叫“%(name)s”，请写社区的代码", name=text)
        raise Invalid(_("有内容需要改正，请看每一项下面的提示。"), {"communities": [wrong]})
    return exact[0].id


@requires("unit_desk.manage")
def plan_campaign() -> Any:
    """Put it up."""
    where = work_desk()
    return attempt(lambda: campaigns.plan(ticket("key"), where, _given(), by=me()), _("已登记，人数和记录由系统统计。"), at("unit_desk.campaign_list", where),
                   lambda error: _form(where, None, error))


def _found(campaign_id: uuid.UUID, permission: str) -> tuple[Any, Desk]:
    row = campaigns.one(campaign_id)
    require_unit(row.unit_id, permission)
    place = organization(row.unit_id)
    return row, Desk(place.id, place.kind, place.name, place.path, whole=row.whole, below=row.whole or Desk(
        place.id, place.kind, place.name, place.path, whole=True, below=True).unit_ids() != (place.id,))


@requires("unit_desk.read")
def campaign_one(campaign_id: uuid.UUID) -> str:
    """One campaign with what came of it, as a sheet to be printed."""
    row, where = _found(campaign_id, READ)
    places = campaigns.places(campaign_id)
    claims = campaigns.claims(row, where.path, list(places))
    names = organization_names({one for claim in claims for one in (claim.unit_id, claim.community_id)})
    return render_template("unit_desk/campaign.html", desk=where, row=row, kinds=CAMPAIGNS, places=places, counted=campaigns.counted(row, where.path, list(places)),
                           units=campaigns.by_unit(row, where.path, list(places)) if row.whole else [], claims=claims, names=names, today=today(),
                           manages=allowed(acting(), MANAGE, Target((where.path,))))


@requires("unit_desk.manage")
def edit_campaign(campaign_id: uuid.UUID) -> str:
    """The form to put it right."""
    row, where = _found(campaign_id, MANAGE)
    return _form(where, row)


@requires("unit_desk.manage")
def change_campaign(campaign_id: uuid.UUID) -> Any:
    """Put it right, or remove it after a question."""
    row, where = _found(campaign_id, MANAGE)
    if request.form.get("act") == "remove":
        question = asked(_("删除这次活动吗？服务记录不受影响。"), _("删除"), url_for("unit_desk.campaign_one", campaign_id=campaign_id))
        return question if question is not None else attempt(lambda: campaigns.remove(campaign_id, version()), _("已删除。"), at("unit_desk.campaign_list", where))
    return attempt(lambda: campaigns.change(campaign_id, version(), _given()), _("已保存。"), url_for("unit_desk.campaign_one", campaign_id=campaign_id),
                   lambda error: _form(where, row, error))


@requires("unit_desk.read")
def export_campaign(campaign_id: uuid.UUID) -> FlaskResponse:
    """What came of it, unit by unit, as a table."""
    row, where = _found(campaign_id, READ)
    rows = campaigns.by_unit(row, where.path, list(campaigns.places(campaign_id)))
    audit("unit_desk.exported", "unit_desk_campaign", campaign_id, {"what": "campaign", "rows": len(rows)})
    columns = [Column("name", _("单位"), 32), Column("members", _("参加党员"), 12, "integer"), Column("records", _("服务记录"), 12, "integer"),
               Column("hours", _("服务时长（小时）"), 14, "decimal")]
    return exported(f"{CAMPAIGNS[row.kind]}", columns, ((one.name, one.members, one.records, in_hours(one.minutes)) for one in rows))


ROUTES: tuple[Route, ...] = (
    ("/campaigns/", "campaign_list", campaign_list, "GET"), ("/campaigns/new", "new_campaign", new_campaign, "GET"),
    ("/campaigns/new", "plan_campaign", plan_campaign, "POST"), ("/campaigns/<uuid:campaign_id>", "campaign_one", campaign_one, "GET"),
    ("/campaigns/<uuid:campaign_id>/edit", "edit_campaign", edit_campaign, "GET"),
    ("/campaigns/<uuid:campaign_id>/edit", "change_campaign", change_campaign, "POST"),
    ("/campaigns/<uuid:campaign_id>/export", "export_campaign", export_campaign, "GET"))
