"""Forms made from marshmallow schemas: kinds, bounds, what is sent, and Chinese messages."""
from __future__ import annotations

from datetime import date

import marshmallow as ma
import pytest
from marshmallow import fields, validate
from werkzeug.datastructures import MultiDict

from core.errors import Invalid
from core.i18n import use_locale
from web.forms import FormField, form_fields, load_form


class Sample(ma.Schema):
    """A field of each common kind."""

    name = fields.String(required=True, validate=validate.Length(min=2, max=5), metadata={"title": "姓名", "help": "全名"})
    count = fields.Integer(load_default=1, validate=validate.Range(min=1, max=9), metadata={"title": "次数"})
    day = fields.Date(allow_none=True, metadata={"title": "日期"})
    place = fields.String(validate=validate.OneOf(["h", "w"], ["居住地", "工作地"]), metadata={"title": "地点", "widget": "radio"})
    skills = fields.List(fields.String(validate=validate.OneOf(["a", "b"])), metadata={"title": "特长"})
    public = fields.Boolean(metadata={"title": "公示"})
    made = fields.DateTime(dump_only=True)


def test_fields_carry_kind_bounds_and_values() -> None:
    shown = form_fields(Sample(), {"name": "张三", "day": date(2026, 11, 24), "skills": ["b"], "public": True}, {"name": ["太短"]})
    assert shown == [
        FormField("name", "text", "姓名", "全名", required=True, selected=("张三",), errors=("太短",),
                  attributes={"minlength": "2", "maxlength": "5"}),
        FormField("count", "number", "次数", selected=("1",),
                  attributes={"min": "1", "max": "9", "step": "1", "inputmode": "numeric"}),
        FormField("day", "date", "日期", selected=("2026-11-24",)),
        FormField("place", "radio", "地点", choices=(("h", "居住地"), ("w", "工作地"))),
        FormField("skills", "checks", "特长", selected=("b",), choices=(("a", "a"), ("b", "b"))),
        FormField("public", "switch", "公示", selected=("true",)),
    ]


def test_choices_of_the_request_and_labels() -> None:
    shown = form_fields(Sample(), labels={"name": "名字"}, choices={"name": [(1, "甲"), (2, "乙")]}, only=["name"])
    assert [(one.kind, one.label, one.choices) for one in shown] == [("select", "名字", (("1", "甲"), ("2", "乙")))]


def test_refused_form_is_shown_as_it_was_sent() -> None:
    sent = MultiDict([("name", "张"), ("skills", "a"), ("skills", "b"), ("count", "x"), ("public", "true")])
    shown = form_fields(Sample(), sent)
    assert [one.selected for one in shown] == [("张",), ("x",), (), (), ("a", "b"), ("true",)]


def test_load_takes_what_a_browser_sends() -> None:
    sent = MultiDict([("csrf_token", "t"), ("confirmed", "yes"), ("name", " 张三 "), ("count", "3"),
                       ("day", ""), ("skills", "a"), ("skills", "b")])
    assert load_form(Sample(), sent) == {
        "name": "张三", "count": 3, "day": None, "skills": ["a", "b"], "public": False
    }


@pytest.mark.parametrize(
    ("sent", "fields_said"),
    [
        ({"name": ""}, {"name": ["请填写这一项。"]}),
        ({"name": "张"}, {"name": ["需要 2 到 5 个字（项）。"]}),
        ({"name": "张三", "count": "10"}, {"count": ["请填写 1 到 9 之间的值。"]}),
        ({"name": "张三", "count": "1.5"}, {"count": ["请填写整数。"]}),
        ({"name": "张三", "day": "昨天"}, {"day": ["请填写日期，例如 2026-11-24。"]}),
        ({"name": "张三", "place": "x"}, {"place": ["请从给出的选项中选择。"]}),
        ({"name": "张三", "skills": "z"}, {"skills": ["请从给出的选项中选择。"]}),
        ({"name": "张三", "tenant_id": "2"}, {"tenant_id": ["不认识的内容，请刷新页面后重新填写。"]}),
        ({"name": "张三", "made": "2026-01-01T00:00"}, {"made": ["不认识的内容，请刷新页面后重新填写。"]}),
    ],
)
def test_load_refuses_in_chinese(sent: dict[str, str], fields_said: dict[str, list[str]]) -> None:
    with pytest.raises(Invalid) as refused:
        load_form(Sample(), MultiDict(sent))
    assert refused.value.fields == fields_said


def test_every_message_of_marshmallow_is_replaced() -> None:
    """No English is left over from any field or rule that a schema may use."""
    from web.form_messages import translated

    classes = [value for value in vars(fields).values() if isinstance(value, type) and issubclass(value, fields.Field)]
    texts = {text for cls in classes for text in getattr(cls, "default_error_messages", {}).values() if "{" not in text}
    texts |= {"Not a valid datetime.", "Not a valid time.", *ma.Schema._default_error_messages.values()}
    own_words = {text for text in texts if translated(text) == text}
    exotic = ("IP", "mapping", "tuple", "period of time")
    assert {text for text in own_words if not any(word in text for word in exotic)} == set()


def test_messages_follow_the_language() -> None:
    with use_locale("en"), pytest.raises(Invalid) as refused:
        load_form(Sample(), MultiDict({"name": "张"}))
    assert refused.value.fields == {"name": ["Enter 2 to 5 characters (or items)."]}
