"""The forms of co-building, as schemas."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from core.api import PlaceField, _l
from plugins.cobuilding.items import Terms

_NO_RESIDENT = _l("请不要写居民的姓名、住址和电话")
TERMS = ("kind", "title", "details", "amount", "hours", "seats")


class VersionSchema(Schema):
    """The version that the form was shown with."""

    version = fields.Integer(required=True, metadata={"widget": "hidden"})


class TicketSchema(Schema):
    """The id that what is entered will have, so that it counts once however often it is sent."""

    ticket = fields.UUID(required=True, metadata={"widget": "hidden"})


def _count(title: Any, help_text: Any = "", most: int = 1_000_000) -> fields.Integer:
    return fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, most), metadata={"title": title, "help": help_text})


class TermsSchema(Schema):
    """What, of which kind, and how much."""

    kind = fields.String(required=True, validate=validate.Length(1, 20), metadata={"title": _l("资源种类"), "widget": "radio"})
    title = fields.String(required=True, validate=validate.Length(2, 60), metadata={"title": _l("内容"), "placeholder": _l("一句话，如：周末开放会议室")})
    details = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=1000), metadata={
        "title": _l("具体说明"), "widget": "textarea", "rows": 3, "help": _NO_RESIDENT})
    amount = _count(_l("金额（元）"), _l("资金必填；只作登记，不经过本系统支付"), 1_000_000_000)
    hours = _count(_l("时数（小时）"), _l("人才、场所可填"))
    seats = _count(_l("人数或座位数"), _l("人才、场所可填"))


def terms(data: dict[str, Any]) -> Terms:
    """The terms that a form holds."""
    return Terms(**{name: data.get(name) for name in TERMS})  # type: ignore[arg-type]


class OfferSchema(TicketSchema, TermsSchema):
    """A new offer."""

    owner = PlaceField("unit", "cobuilding.offer", title=_l("单位"))


class NeedSchema(TicketSchema, TermsSchema):
    """A new need."""

    owner = PlaceField("community", "cobuilding.need", title=_l("社区"))


class ItemSchema(VersionSchema, TermsSchema):
    """An offer or need put right."""


class ReasonSchema(VersionSchema):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(2, 300), metadata={"title": _l("原因"), "widget": "textarea", "rows": 2})


class SpanSchema(Schema):
    """From when until when."""

    since = fields.Date(required=True, metadata={"title": _l("从哪天起")})
    until = fields.Date(required=True, metadata={"title": _l("到哪天止")})


class ProposalSchema(TicketSchema, TermsSchema, SpanSchema):
    """A proposal whose two sides are known."""

    reason = fields.String(required=True, validate=validate.Length(2, 300), metadata={
        "title": _l("为什么合适"), "widget": "textarea", "rows": 2, "help": _l("双方都能看到")})

    class Meta:
        """What is asked first stands first."""

        fields = ("ticket", *TERMS, "since", "until", "reason")


class ByUnitSchema(ProposalSchema):
    """A proposal on a need, for which a unit is still to be named."""

    unit_id = PlaceField("unit", "cobuilding.offer", title=_l("由哪个单位提供"))

    class Meta:
        """The unit comes first."""

        fields = ("ticket", "unit_id", *TERMS, "since", "until", "reason")


class ByCommunitySchema(ProposalSchema):
    """A proposal on an offer, for which a community is still to be named."""

    community_id = PlaceField("community", "cobuilding.need", title=_l("提供给哪个社区"))

    class Meta:
        """The community comes first."""

        fields = ("ticket", "community_id", *TERMS, "since", "until", "reason")


class AgreementSchema(VersionSchema, TermsSchema, SpanSchema):
    """What is proposed, put right."""


class FulfilmentSchema(TicketSchema):
    """What was given."""

    done_on = fields.Date(required=True, metadata={"title": _l("哪天")})
    what = fields.String(required=True, validate=validate.Length(2, 300), metadata={
        "title": _l("提供了什么"), "widget": "textarea", "rows": 2, "help": _NO_RESIDENT})
    amount = _count(_l("金额（元）"), _l("只登记，不经过本系统支付"), 1_000_000_000)
    hours = _count(_l("时数（小时）"))


class AnswerSchema(VersionSchema):
    """Whether it came."""

    yes = fields.String(required=True, validate=validate.OneOf(["yes", "no"]), metadata={
        "title": _l("社区的意见"), "choices": [("yes", _l("确实提供了")), ("no", _l("没有提供或不符"))], "widget": "radio"})
    answer = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=300), metadata={
        "title": _l("不认可的，写明原因"), "widget": "textarea", "rows": 2})
