"""Whether one administrator does it all, or system, security and audit are in separate hands (三员分立, security rule 12)."""
from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import ColumnElement, false, func

from core.access.roles import ADMINISTRATOR, RESERVED, ROLES, SECURITY, role_permissions
from core.extension.setting_columns import tenant_wide
from core.extension.settings import effective
from core.extension.settings_registry import register_settings
from core.i18n import _l

SECTION, FIELD = "administration", "one_administrator"


class AdministrationSettings(Schema):
    """Who administers."""

    one_administrator = fields.Boolean(load_default=True, metadata={
        "title": _l("由一名管理员兼管系统、账号和审计"),
        "help": _l("人手少的地方可以这样。关闭即“三员分立”：系统管理员、安全管理员、审计员须是不同的账号，市（州）管理员只保留业务权限"),
        "follows": _l("关闭前，请先设好系统管理员、安全管理员和审计员各一个账号，否则没有人能再修改设置和账号。")})


register_settings(SECTION, AdministrationSettings, _l("管理员分工"))


def separated() -> bool:
    """Whether the open scope's tenant keeps the three apart."""
    return not effective(SECTION)[FIELD]


def separation(tenant: Any) -> ColumnElement[bool]:
    """The same as a column, for the statement that reads an account with its grants: no request pays a question more for it."""
    return func.coalesce(tenant_wide(tenant, SECTION, FIELD) == "false", false())


def carries(role: str, permission: str, *, apart: bool) -> bool:
    """Whether a role has a permission; where the three are `apart`, a city administrator has none of theirs."""
    return permission in role_permissions(role) and not (apart and role == ADMINISTRATOR and permission in RESERVED)


def gives(role: str, *, apart: bool) -> frozenset[str]:
    """The roles that one may give and take; where the three are apart, the security administrator also takes what one administrator had."""
    known = ROLES[role].grants
    return known | {ADMINISTRATOR} if apart and role == SECURITY else known
