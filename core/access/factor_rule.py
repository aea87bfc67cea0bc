"""Which roles beyond the fixed ones must sign in with a second factor: the tenant's own rule (ASVS 5.0, 6.3.3)."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import ColumnElement, func

from core.access.roles import LIAISON, MEMBER
from core.extension.setting_columns import tenant_wide
from core.extension.settings_registry import register_settings
from core.i18n import LazyString, _l

SECTION = "second_factor"
FREE, OFFERED, REQUIRED = "free", "offered", "required"
#: The setting of each role that the installation leaves free; whoever holds any other role is an officer or an administrator (promise 5).
FIELDS = {LIAISON: "unit_liaisons", MEMBER: "members"}
CHOICES = {FREE: _l("自愿，不提醒"), OFFERED: _l("自愿，每次登录时提醒可以设置"), REQUIRED: _l("必须使用")}


def _rule(title: LazyString, help_text: LazyString) -> fields.String:
    return fields.String(load_default=FREE, validate=validate.OneOf(list(CHOICES)), metadata={
        "title": title, "choices": CHOICES, "help": help_text,
        "follows": _l("改为“必须使用”后，还没有设置的账号打开下一页时就要先设置（约三分钟，同时得到纸上的恢复码）；他们的程序令牌须重新建立。"
                      "建议先用“提醒”一段时间。")})


class SecondFactorSettings(Schema):
    """Of whom a second factor is asked beyond officers, auditors and administrators."""

    unit_liaisons = _rule(_l("单位联络员"), _l("各级经办人、审计员和管理员总是必须使用两步登录，不在这里设置"))
    members = _rule(_l("在职党员"), _l("没有智能手机的党员不受影响：可由单位或社区代办，不必登录"))

    @validates_schema(skip_on_field_errors=True)
    def _liaisons_first(self, data: dict[str, str], **_kwargs: object) -> None:
        # A liaison resets what a member has lost, so a member's account is no safer than the liaison's.
        if "unit_liaisons" in data and _weaker(data["unit_liaisons"], data.get("members", FREE)):
            raise ValidationError(str(_l("单位联络员的要求不能低于在职党员：联络员可以重设党员的密码和两步登录。请先提高这一项。")), "unit_liaisons")


def _weaker(one: str, other: str) -> bool:
    order = list(CHOICES)
    return order.index(one) < order.index(other)


register_settings(SECTION, SecondFactorSettings, _l("两步登录"))


def rule_columns(tenant: Any) -> tuple[ColumnElement[Any], ...]:
    """What the tenant asks of each role, for the statement that lets a login in: no request pays a question more for it."""
    return tuple(func.coalesce(tenant_wide(tenant, SECTION, name), FREE).label(f"factor_{role}") for role, name in FIELDS.items())


def rules(row: Any) -> dict[str, str]:
    """The same by role, out of that statement's row; of liaisons no less than of members, also where a lock above has left it so."""
    found: dict[str, str] = {role: getattr(row, f"factor_{role}") for role in FIELDS}
    return found | {LIAISON: found[MEMBER]} if _weaker(found[LIAISON], found[MEMBER]) else found
