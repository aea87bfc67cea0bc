"""What a place sets about pledges: how names are shown in public, who publishes, how long, and how the hall's screen turns its pages."""
from __future__ import annotations

from marshmallow import Schema, fields, validate

from core.api import _l

NAMES = {"full": _l("全名（王小明）"), "comrade": _l("姓加同志（王同志）"), "masked": _l("只显示姓（王＊＊）"), "none": _l("不显示姓名")}
PUBLISH = {"review": _l("社区核对后公开"), "direct": _l("作出承诺后直接公开")}


class PledgesSettings(Schema):
    """Local: a county may lay down its own."""

    name_display = fields.String(load_default="comrade", validate=validate.OneOf(list(NAMES)), metadata={
        "title": _l("公开时的姓名"), "choices": NAMES, "help": _l("用于公开网页、显示屏和张贴的承诺表；任何时候都不显示电话")})
    show_unit = fields.Boolean(load_default=False, metadata={
        "title": _l("公开时显示党员所在单位"), "help": _l("单位集体作出的承诺总是显示单位")})
    publish = fields.String(load_default="review", validate=validate.OneOf(list(PUBLISH)), metadata={
        "title": _l("怎样公开"), "choices": PUBLISH, "help": _l("核对是为了不让居民的姓名和隐私出现在承诺里")})
    board_days = fields.Integer(load_default=365, validate=validate.Range(1, 3650), metadata={
        "title": _l("办结后继续展示"), "unit": _l("天")})
    screen_seconds = fields.Integer(load_default=12, validate=validate.Range(5, 120), metadata={
        "title": _l("显示屏每页停留"), "unit": _l("秒")})
    remind_days = fields.Integer(load_default=7, validate=validate.Range(1, 60), metadata={
        "title": _l("提前多久列入督促名单"), "unit": _l("天")})
    contact_days = fields.Integer(load_default=180, validate=validate.Range(1, 3650), metadata={
        "title": _l("反映人联系方式保留"), "unit": _l("天"), "help": _l("答复以后再保留这么久，到期自动清除；反映的内容同时清除")})
