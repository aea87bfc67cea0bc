"""What a tenant sets about consultations: its purposes, how long an answer may take, how many sign, how long words are kept."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

SIGNATURES = {"two": _l("两人签字"), "one": _l("一人签字")}
MEMBER_PURPOSES = ("评先表优", "晋级晋职")
PLACE_PURPOSES = ("基层党建工作先进单位", "文明单位")


class ConsultationSettings(Schema):
    """The purposes begin with those of the notice (五.4)."""

    member_purposes = fields.List(fields.String(validate=validate.Length(1, 30)), load_default=lambda: list(MEMBER_PURPOSES),
                                  validate=validate.Length(1, 20), metadata={
        "title": _l("就党员征求意见的事由"), "help": _l("每行一项")})
    place_purposes = fields.List(fields.String(validate=validate.Length(1, 30)), load_default=lambda: list(PLACE_PURPOSES),
                                 validate=validate.Length(1, 20), metadata={
        "title": _l("就单位或社区征求意见的事由"), "help": _l("每行一项")})
    answer_days = fields.Integer(load_default=10, validate=validate.Range(1, 90), metadata={
        "title": _l("一般几天内答复"), "unit": _l("天"), "help": _l("征求意见时可以另定")})
    signatures = fields.String(load_default="two", validate=validate.OneOf(list(SIGNATURES)), metadata={
        "title": _l("答复由几人签字"), "choices": SIGNATURES, "help": _l("两人须是不同的人；社区只有一名经办人时，由街道（乡镇）经办人签第二个")})
    member_knows = fields.Boolean(load_default=False, metadata={
        "title": _l("党员本人可以知道被征求过意见"), "help": _l("只显示日期和事由，任何时候都不显示谁写了什么")})
    keep_days = fields.Integer(load_default=1095, validate=validate.Range(30, 3650), metadata={
        "title": _l("答复或撤回后，内容保存几天"), "unit": _l("天"), "help": _l("到期后事由、意见和理由自动删除，只留下征求过意见这件事")})
