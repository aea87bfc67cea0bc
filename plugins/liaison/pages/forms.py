"""The forms of liaison communities, as schemas: the bounds are written once for pages and API."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import PlaceField, _l, search_organizations
from plugins.liaison.words import VISITS

_SENTENCE = validate.Length(2, 500)
_NO_RESIDENT = _l("请不要写居民的姓名、住址和电话")


class VersionSchema(Schema):
    """The version that the form was shown with."""

    version = fields.Integer(required=True, metadata={"widget": "hidden"})


class TicketSchema(Schema):
    """The id that what is entered will have, so that it counts once however often it is sent."""

    ticket = fields.UUID(required=True, metadata={"widget": "hidden"})


class PostSchema(Schema):
    """What somebody is."""

    post = fields.String(required=True, validate=validate.Length(2, 60), metadata={"title": _l("职务"), "placeholder": _l("如：党组书记、局长")})
    office = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=80), metadata={
        "title": _l("所在单位"), "help": _l("可不填；不填时用花名册里的单位")})


class NamedSchema(TicketSchema):
    """Somebody who stands in no roster."""

    name = fields.String(required=True, validate=validate.Length(2, 40), metadata={"title": _l("姓名"), "autocomplete": "off"})
    post = fields.String(required=True, validate=validate.Length(2, 60), metadata={"title": _l("职务"), "placeholder": _l("如：党组书记、局长")})
    office = fields.String(required=True, validate=validate.Length(2, 80), metadata={"title": _l("所在单位")})


class CadreSchema(VersionSchema, PostSchema):
    """Post, office, and whether still in office."""

    active = fields.Boolean(load_default=False, metadata={"title": _l("在任"), "help": _l("不再担任领导职务的，请关闭；要先结束其联系点")})


class WhereSchema(Schema):
    """Which community."""

    community_id = PlaceField("community", "liaison.assign", title=_l("社区"))


class ReasonsSchema(Schema):
    """Why that community (R91)."""

    reasons = fields.List(fields.String(), required=True, metadata={"title": _l("为什么选这个社区（基础薄弱、困难较多）")})
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=300), metadata={
        "title": _l("补充说明"), "widget": "textarea", "rows": 2, "help": _NO_RESIDENT})


class AssignSchema(ReasonsSchema):
    """Who looks after it, from when until when."""

    cadre_id = fields.UUID(required=True, metadata={"title": _l("党员领导干部"), "widget": "select"})
    since = fields.Date(required=True, metadata={"title": _l("从哪天起")})
    until = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("到哪天止"), "help": _l("没有定的可不填")})


class CorrectSchema(VersionSchema, ReasonsSchema):
    """Other reasons."""


class EndSchema(VersionSchema):
    """When and why it ends."""

    until = fields.Date(required=True, metadata={"title": _l("最后一天")})
    reason = fields.String(required=True, validate=validate.Length(2, 200), metadata={"title": _l("原因"), "placeholder": _l("如：工作调动")})


class VisitFields(Schema):
    """A visit (R92)."""

    visited_on = fields.Date(required=True, metadata={"title": _l("哪天去的")})
    kind = fields.String(required=True, validate=validate.OneOf(list(VISITS)), metadata={
        "title": _l("做什么"), "choices": list(VISITS.items()), "widget": "radio"})
    findings = fields.String(required=True, validate=validate.Length(2, 1000), metadata={
        "title": _l("了解到的情况"), "widget": "textarea", "rows": 4, "help": _NO_RESIDENT})


class VisitSchema(TicketSchema, VisitFields):
    """A new visit."""


class ChangedVisitSchema(VersionSchema, VisitFields):
    """A visit put right."""


class JoinSchema(VersionSchema):
    """The service record that a visit was; empty: none."""

    record_id = fields.UUID(load_default=None, allow_none=True, metadata={"title": _l("服务记录"), "widget": "select"})


class ResponsibleSchema(Schema):
    """Who solves it, and by when."""

    responsible = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=80), metadata={
        "title": _l("责任单位或部门"), "help": _l("请写全称。系统里有的单位，它的联络员可以看到这个问题并登记进展")})
    deadline = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("期限")})


class IssueFields(ResponsibleSchema):
    """An issue (R92)."""

    title = fields.String(required=True, validate=validate.Length(2, 80), metadata={"title": _l("什么问题"), "placeholder": _l("一句话，如：三号楼下水道常年堵塞")})
    detail = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=1000), metadata={
        "title": _l("具体情况"), "widget": "textarea", "rows": 3, "help": _NO_RESIDENT})

    class Meta:
        """What is asked first stands first."""

        fields = ("ticket", "title", "detail", "responsible", "deadline")


class IssueSchema(TicketSchema, IssueFields):
    """A new issue."""


class EntrustSchema(VersionSchema, ResponsibleSchema):
    """Who is put in charge."""


class SaySchema(VersionSchema):
    """What was done, or why."""

    says = fields.String(required=True, validate=_SENTENCE, metadata={"title": _l("说明"), "widget": "textarea", "rows": 2, "help": _NO_RESIDENT})


class MaySaySchema(VersionSchema):
    """The same where nothing need be said."""

    says = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500), metadata={
        "title": _l("说明（可不填）"), "widget": "textarea", "rows": 2, "help": _NO_RESIDENT})


def responsible(text: str | None, root: str) -> dict[str, object]:
    """The unit of exactly that name below `root`, or the words as they are: unit_id and office."""
    text = (text or "").strip()
    found = [row.id for row in search_organizations([root], kinds=("unit",), text=text, limit=20) if row.name == text] if text else []
    return {"unit_id": found[0], "office": None} if len(found) == 1 else {"unit_id": None, "office": text or None}
