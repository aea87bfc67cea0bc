"""What a tenant sets about service records."""
from __future__ import annotations

import datetime as dt

from marshmallow import Schema, fields, validate

from core.extension.settings_registry import register_settings
from core.i18n import _l

KINDS = ("政策宣传", "治安巡逻", "困难帮扶", "文化娱乐", "文明创建",  # the five of fixed-point service (R61)
         "环境卫生", "结对帮扶", "微心愿", "健康义诊", "法律援助", "应急值守", "其他")


class ServiceSettings(Schema):
    """Kinds of service, bounds of a record, and how the recipient's evaluation is asked for."""

    kinds = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=lambda: list(KINDS),
                        validate=validate.Length(1, 60), metadata={"title": _l("服务类别"), "help": _l("每行一类"),
                            "follows": _l("只用于今后填写的记录；已有的记录保留原来的类别。")})
    activity_norm = fields.Integer(load_default=2, validate=validate.Range(0, 50), metadata={
        "title": _l("每年参加活动一般不少于几次"), "help": _l("只作提示，不作考核"), "unit": _l("次")})
    norm_kinds = fields.List(fields.String(validate=validate.Length(1, 20)), load_default=list, validate=validate.Length(max=60), metadata={
        "title": _l("哪些类别算作参加活动"), "help": _l("每行一类；不填时各类都算")})
    norm_same_day = fields.Boolean(load_default=False, metadata={
        "title": _l("同一天的几条记录算参加一次活动"), "help": _l("不勾选时，每条记录算一次")})
    longest_minutes = fields.Integer(load_default=480, validate=validate.Range(30, 1440), metadata={
        "title": _l("一次服务最长时间（分钟）"), "help": _l("超过的请分成几次记录"), "unit": _l("分钟"),
        "follows": _l("只检查今后填写或修改的记录，已有的不变。")})
    backdate_days = fields.Integer(load_default=90, validate=validate.Range(1, 400), metadata={
        "title": _l("最多补记多少天以前的服务"), "help": _l("从服务当天算起"), "unit": _l("天")})
    code_days = fields.Integer(load_default=30, validate=validate.Range(1, 180), metadata={
        "title": _l("评价码有效天数"), "help": _l("过期后可以重新打印"), "unit": _l("天"),
        "follows": _l("只用于今后打印的评价码，已打印的照原来的日期。")})
    public_waiver = fields.Boolean(load_default=False, metadata={
        "title": _l("公共区域的服务可以免评价"), "help": _l("没有具体服务对象时，由社区说明理由后计入")})
    callback_share = fields.Integer(load_default=5, validate=validate.Range(0, 100), metadata={
        "title": _l("回访抽查的比例"), "help": _l("凭评价码或纸质评价单计入的记录，随机抽这么多由社区回访；填 0 不抽查"), "unit": "%",
        "follows": _l("只用于今后计入的记录，已经抽中的照常回访。")})
    card_title = fields.String(load_default="在职党员社区服务纪实卡", validate=validate.Length(2, 30), metadata={
        "title": _l("服务纪实卡的标题"), "help": _l("印在卡片上方，由县（市、区）自定")})
    work_from = fields.Time("%H:%M", load_default=dt.time(8), metadata={
        "title": _l("上班时间"), "help": _l("只用于判断服务是否在工作时间以外；没有填几点开始的，按是否休息日判断")})
    work_until = fields.Time("%H:%M", load_default=dt.time(17, 30), metadata={"title": _l("下班时间")})
    days_off = fields.List(fields.Date(), load_default=list, validate=validate.Length(max=200), metadata={
        "title": _l("另外的休息日"), "help": _l("每行一天，如 2027-02-06。法定节假日和周末不用填；来年的放假安排公布前，可先填在这里")})
    working_days = fields.List(fields.Date(), load_default=list, validate=validate.Length(max=200), metadata={
        "title": _l("另外的工作日"), "help": _l("每行一天，如周末调休上班的日子")})


register_settings("service", ServiceSettings, _l("服务纪实"), local=True)
