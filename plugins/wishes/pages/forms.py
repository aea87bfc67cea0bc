"""The forms of wishes as schemas, so that each field's rule and words are written once for page and API."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields as parts_of
from typing import Any

from marshmallow import Schema, fields, validate

from core.api import FormField, PlaceField, _l, form_fields
from plugins.wishes.words import GATE, KINDS, RATINGS, WAYS

YES = {"yes": _l("是"), "no": _l("否")}


@dataclass(frozen=True)
class FieldOf(FormField):
    """A field of one of several forms on a page: its id names the form too, so that no id stands there twice."""

    form: str = ""

    @property
    def id(self) -> str:
        """The control's id."""
        return f"{self.form}-{self.name}"


def fields_of(form: str, schema: Schema, values: Mapping[str, Any] | None = None, errors: Mapping[str, list[str]] | None = None,
              choices: Mapping[str, Iterable[tuple[Any, Any]]] | None = None) -> list[FieldOf]:
    """The fields of one of several forms on a page, filled in."""
    return [FieldOf(**{part.name: getattr(one, part.name) for part in parts_of(one)}, form=form)
            for one in form_fields(schema, values, errors, choices=choices)]


class ContactForm(Schema):
    """What every form for a new wish asks: what, for whom, and how the resident is reached."""

    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)), metadata={
        "title": _l("哪一种"), "choices": list(KINDS.items()), "widget": "radio"})
    text = fields.String(required=True, validate=validate.Length(2, 500), metadata={
        "title": _l("想要什么"), "widget": "textarea", "help": _l("照居民的原话写，说清要什么、什么时候要。只有社区和认领的党员看得到")})
    group = fields.String(load_default=None, allow_none=True, metadata={"title": _l("属于哪类群体"), "widget": "select", "help": _l("都不是的可以不选")})
    name = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=50), metadata={
        "title": _l("怎样称呼"), "help": _l("姓名，或“王阿姨”这样的称呼")})
    phone = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=25), metadata={
        "title": _l("电话"), "widget": "tel", "help": _l("电话和住址至少填一项")})
    address = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100), metadata={"title": _l("住址")})


class EnterForm(ContactForm):
    """The same with the community, for officers."""

    community_id = PlaceField("community", "wishes.enter", title=_l("社区"))

    class Meta:
        """The community stands first."""

        fields = ("community_id", "kind", "text", "group", "name", "phone", "address")


class AcceptForm(Schema):
    """The gate's three answers, and what members read on the wall."""

    concrete = fields.String(required=True, validate=validate.OneOf(list(YES)), metadata={
        "title": GATE["concrete"][0], "help": GATE["concrete"][1], "choices": list(YES.items()), "widget": "radio"})
    real = fields.String(required=True, validate=validate.OneOf(list(YES)), metadata={
        "title": GATE["real"][0], "help": GATE["real"][1], "choices": list(YES.items()), "widget": "radio"})
    easy = fields.String(required=True, validate=validate.OneOf(list(YES)), metadata={
        "title": GATE["easy"][0], "help": GATE["easy"][1], "choices": list(YES.items()), "widget": "radio"})
    harder = fields.Boolean(load_default=False, metadata={"title": _l("较难，可由单位集体认领"), "help": _l("只在“易于解决”选“否”时需要勾选")})
    title = fields.String(required=True, validate=validate.Length(2, 40), metadata={
        "title": _l("公开的标题"), "help": _l("上墙公开，不写姓名、电话和门牌号，如“想学用智能手机视频通话”")})
    place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40), metadata={
        "title": _l("大致地点"), "help": _l("给认领的党员看，写到小区或楼栋片区即可")})
    due_on = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("完成期限")})
    minutes = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1440), metadata={
        "title": _l("大约要用多少分钟"), "help": _l("据此记入服务时长，认领人也可以照实填写")})
    kind = fields.String(load_default=None, allow_none=True, metadata={"title": _l("记入哪一类服务"), "widget": "select"})


class RefuseForm(Schema):
    """Why a wish is not taken on, in words for the resident."""

    answer = fields.String(required=True, validate=validate.Length(5, 500), metadata={
        "title": _l("给居民的答复"), "widget": "textarea", "help": _l("写明为什么暂时办不了、可以找谁。居民凭回执码看得到，也可以打印")})


class SplitForm(Schema):
    """The smaller wishes, one a line."""

    part = fields.String(required=True, metadata={
        "title": _l("拆成哪几个小心愿"), "widget": "textarea", "help": _l("一行一个，2 至 5 个。称呼和联系方式会自动带过去，不用再填")})


class ReasonForm(Schema):
    """Why something is given up."""

    reason = fields.String(required=True, validate=validate.Length(2, 300), metadata={"title": _l("原因"), "widget": "textarea", "rows": 2})


class NoteForm(Schema):
    """What is lacking."""

    note = fields.String(required=True, validate=validate.Length(2, 300), metadata={
        "title": _l("还差什么"), "widget": "textarea", "rows": 2, "help": _l("认领人会看到这段话，不写居民的评价")})


class DoneForm(Schema):
    """What was done, when and how long."""

    served_on = fields.Date(required=True, metadata={"title": _l("哪一天办的")})
    minutes = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1440), metadata={
        "title": _l("用了多少分钟"), "help": _l("不填就按大约的时间记")})
    proof = fields.String(required=True, validate=validate.Length(2, 300), metadata={
        "title": _l("做了什么（佐证）"), "widget": "textarea", "rows": 3, "help": _l("写明做了什么、送了什么即可，不用拍照")})


class WriteOffForm(Schema):
    """The signed slip, or what was heard on a visit."""

    channel = fields.String(required=True, validate=validate.OneOf(list(WAYS)), metadata={
        "title": _l("怎样核实的"), "choices": list(WAYS.items()), "widget": "radio"})
    rating = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(list(RATINGS)), metadata={
        "title": _l("居民的评价"), "choices": list(RATINGS.items()), "widget": "radio",
        "help": _l("选了评价，这次服务马上计入；不选的，以后另外评价。不会告诉党员本人和单位")})
    comment = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500), metadata={"title": _l("居民的意见（可不填）")})
    judged_on = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("哪一天核销的"), "help": _l("不填就是今天")})
    served_on = fields.Date(load_default=None, allow_none=True, metadata={"title": _l("哪一天办的")})
    minutes = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1440), metadata={
        "title": _l("用了多少分钟"), "help": _l("不填就按认领人登记的，或大约的时间记")})
