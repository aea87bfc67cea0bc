"""The form of a service record, for the member's phone and for the officer who writes for somebody without one."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from core.db import new_id
from core.extension.settings import effective
from core.i18n import _l
from core.registration.models import ReportIn
from core.service.detail import RecordView
from core.service.places import Community, communities, communities_named, own_communities
from core.service.records import RecordInput
from core.tenancy import session, today
from core.tenancy.scope import tenant_id
from web.forms import FormField, form_fields
from web.pages.records.words import GROUPS, RECIPIENTS
from web.rendering import hours

HALF_HOUR = 30


class ServiceForm(Schema):
    """What was done, where, when, how long, for whom (R42). `record_id` is given when the form is opened."""

    record_id = fields.UUID(required=True, metadata={"widget": "hidden"})
    version = fields.Integer(load_default=0, metadata={"widget": "hidden"})
    kind = fields.String(required=True, validate=validate.Length(1, 20), metadata={"title": _l("服务类别"), "widget": "radio"})
    title = fields.String(required=True, validate=validate.Length(2, 100), metadata={
        "title": _l("做了什么"), "help": _l("一句话说明即可。请不要写居民的姓名。"), "placeholder": _l("如：清扫楼道、入户讲解政策")})
    happened_on = fields.Date(required=True, metadata={"title": _l("哪一天")})
    minutes = fields.Integer(required=True, metadata={"title": _l("多长时间"), "widget": "select"})
    started_at = fields.Time(load_default=None, allow_none=True, metadata={
        "title": _l("几点开始"), "help": _l("可不填；只用来看是不是在工作时间以外")})
    collective = fields.Boolean(load_default=False, metadata={"title": _l("集体活动，多人一起参加")})
    recipient_kind = fields.String(required=True, metadata={"title": _l("为谁服务"), "widget": "radio"})
    recipient = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=50), metadata={
        "title": _l("服务对象的姓名或称呼"), "help": _l("只有党员本人和社区看得到；公共区域不用填。"), "autocomplete": "off"})
    recipient_group = fields.String(load_default=None, allow_none=True, metadata={"title": _l("属于哪类重点群体"), "widget": "select"})
    place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60), metadata={
        "title": _l("具体地点"), "help": _l("可不填"), "placeholder": _l("如：3 栋楼前、文化广场")})
    community_id = fields.UUID(required=True, metadata={"title": _l("在哪个社区"), "widget": "radio"})


class RecordForm(ServiceForm):
    """The member's own; any other community can be searched (R96)."""

    community_search = fields.String(load_default="", allow_none=True, validate=validate.Length(max=30), metadata={
        "title": _l("在其他社区服务的，按名称查找"), "autocomplete": "off"})


class OfficerForm(ServiceForm):
    """The same, written by the community's officer from paper or from hearing, for the own community."""

    verify_now = fields.Boolean(load_default=False, metadata={
        "title": _l("当面核实，保存后直接查验通过"), "help": _l("不勾选时，记录进入待查验清单。")})


def record_fields(schema: Schema, values: Mapping[str, Any], places: Sequence[Community],
                  errors: Mapping[str, list[str]] | None = None) -> dict[str, FormField]:
    """The form's fields by name, with the tenant's kinds and the communities to choose from."""
    chosen = str(values.get("community_id"))  # a county may have its own kinds and bounds
    settings = effective("service", next((c.id for c in places if str(c.id) == chosen), places[0].id if places else None))
    lengths = sorted({*range(HALF_HOUR, settings["longest_minutes"] + 1, HALF_HOUR), *_given_minutes(values)})
    choices = {"kind": [(k, k) for k in settings["kinds"]], "minutes": [(m, hours(m)) for m in lengths],
               "recipient_kind": list(RECIPIENTS.items()), "recipient_group": list(GROUPS.items()),
               "community_id": [(c.id, c.title) for c in places]}
    return {f.name: f for f in form_fields(schema, values, errors, choices=choices)}


def _given_minutes(values: Mapping[str, Any]) -> set[int]:
    # An amended record may have a length that is no half hour; what was typed into a refused form is checked on loading.
    given = values.get("minutes")
    return {given} if isinstance(given, int) else set()


def new_values(place: uuid.UUID | None) -> dict[str, Any]:
    """A fresh form: today, an hour, for a person, in one's own community. Its id makes sending twice harmless."""
    return {"record_id": new_id(), "happened_on": today(), "minutes": 60, "recipient_kind": "person", "community_id": place}


def values_of(record: RecordView) -> dict[str, Any]:
    """A written record as the form's values."""
    names = ("version", "kind", "title", "happened_on", "minutes", "recipient_kind", "recipient", "recipient_group", "place",
             "community_id", "started_at", "collective")
    return {"record_id": record.id, **{name: getattr(record, name) for name in names}}


def given(data: Mapping[str, Any]) -> RecordInput:
    """The loaded form as the service takes it."""
    names = ("kind", "title", "happened_on", "minutes", "community_id", "place", "recipient_kind", "recipient_group", "recipient",
             "started_at", "collective")
    return RecordInput(**{name: data[name] for name in names})


def places_of(member_id: uuid.UUID, chosen: uuid.UUID | None = None) -> list[Community]:
    """Where the member may have served: where the report-in stands, the other own community, what was searched or chosen."""
    own = own_communities(member_id)
    reported = set(session().scalars(select(ReportIn.community_id).where(
        ReportIn.tenant_id == tenant_id(), ReportIn.member_id == member_id, ReportIn.status == "confirmed")))
    own.sort(key=lambda c: c.id not in reported)
    more = communities_named(request.form.get("community_search", ""))
    picked = request.form.get("community_id", type=uuid.UUID) or chosen
    if picked is not None:
        more = communities([picked]) + more
    return list({c.id: c for c in [*own, *more]}.values())
