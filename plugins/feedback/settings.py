"""What a place sets about feedback: the period, who signs, the letter's form, what the member sees, and by when."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

PERIODS = {"year": _l("每年一次（年底）"), "half": _l("每半年一次"), "quarter": _l("每季度一次")}
SIGNERS = {"same": _l("审核的人可以签发"), "second": _l("由另一位经办人签发")}


class FeedbackSettings(Schema):
    """Local: a county may lay down its own."""

    period = fields.String(load_default="year", validate=validate.OneOf(list(PERIODS)), metadata={
        "title": _l("多久反馈一次"), "choices": PERIODS, "help": _l("重要情况可以随时反馈，不受这里限制"),
        "follows": _l("只用于今后生成的反馈；已经生成的不变。")})
    norm_shown = fields.Boolean(load_default=True, metadata={
        "title": _l("反馈函中写明活动次数的一般要求"), "help": _l("只作参考，不作考核；只写在全年的反馈里")})
    signer = fields.String(load_default="same", validate=validate.OneOf(list(SIGNERS)), metadata={
        "title": _l("谁签发"), "choices": SIGNERS, "help": _l("社区只有一位经办人的，选第一项")})
    red_head = fields.Boolean(load_default=False, metadata={
        "title": _l("反馈函用红头"), "help": _l("不勾选时只印标题，也可以印在单位自己的红头纸上")})
    number_word = fields.String(load_default="社区反馈", validate=validate.Length(1, 20), metadata={
        "title": _l("发文字号的代字"), "help": _l("如“社区反馈”，字号为“社区反馈〔2026〕1号”，每个社区每年从 1 号起")})
    remarks_visible = fields.Boolean(load_default=False, metadata={
        "title": _l("党员可以看到对本人的评语"), "help": _l("党员总能看到关于本人的数字")})
    send_days = fields.Integer(load_default=31, validate=validate.Range(0, 180), metadata={
        "title": _l("期末以后多少天内送出"), "unit": _l("天"), "help": _l("过了只提醒社区自己，不通报、不排名")})
    answer_days = fields.Integer(load_default=30, validate=validate.Range(1, 180), metadata={
        "title": _l("单位收到以后多少天内答复"), "unit": _l("天"), "help": _l("过了只提醒单位自己，不通报、不排名")})
