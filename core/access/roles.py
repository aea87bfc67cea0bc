"""What each role may do; plugins add permissions to roles by their manifest."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from core.errors import ConfigurationError
from core.extension.known import set_access_names
from core.i18n import LazyString, _l
from core.spelling import did_you_mean


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that can be allowed. `plugin` names its owner; None means core. `own` means: also on one's own rows."""

    code: str
    title: str | LazyString
    roles: frozenset[str]
    plugin: str | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A role and the kinds of organization over which it can be granted."""

    code: str
    title: str | LazyString
    kinds: frozenset[str]
    grants: frozenset[str] = frozenset()


ADMINISTRATOR, COUNTY, STREET = "city_administrator", "county_officer", "street_officer"
COMMUNITY, LIAISON, MEMBER, AUDITOR = "community_officer", "unit_liaison", "member", "auditor"
SYSTEM, SECURITY, CITY = "system_administrator", "security_administrator", "city_officer"

ROLES: dict[str, Role] = {role.code: role for role in (
    Role(ADMINISTRATOR, _l("市（州）管理员"), frozenset({"committee"}),
         frozenset({ADMINISTRATOR, CITY, SYSTEM, SECURITY, COUNTY, STREET, COMMUNITY, LIAISON, MEMBER, AUDITOR})),
    Role(CITY, _l("市（州）经办人"), frozenset({"committee"}), frozenset({MEMBER})),
    Role(SYSTEM, _l("系统管理员"), frozenset({"committee"})),
    Role(SECURITY, _l("安全管理员"), frozenset({"committee"}), frozenset({CITY, SYSTEM, SECURITY, COUNTY, STREET, COMMUNITY, LIAISON, MEMBER, AUDITOR})),
    Role(COUNTY, _l("县（市、区）或行业系统经办人"), frozenset({"county", "sector"}), frozenset({STREET, COMMUNITY, LIAISON, MEMBER})),
    Role(STREET, _l("街道（乡镇）经办人"), frozenset({"street"}), frozenset({COMMUNITY})),
    Role(COMMUNITY, _l("社区经办人"), frozenset({"community"})),
    Role(LIAISON, _l("单位联络员"), frozenset({"unit"})),
    Role(MEMBER, _l("在职党员"), frozenset({"unit", "committee"})),
    Role(AUDITOR, _l("审计员"), frozenset({"committee"})),
)}
OFFICERS = (ADMINISTRATOR, COUNTY, STREET, COMMUNITY)
#: System, security and audit are never in one hand (security rule 12); of these an account holds one, and no city administrator's role beside.
SEPARATE = frozenset({SYSTEM, SECURITY, AUDITOR})
#: What of the city administrator's rights belongs to those three, and so not to the city's officer.
RESERVED = frozenset({"accounts.manage", "audit.read", "jobs.read", "organizations.manage", "plugins.manage", "settings.manage", "sign_in.manage",
                      "approvals.hierarchy", "approvals.loosen"})

_permissions: dict[str, Permission] = {}


def define(code: str, title: str | LazyString, roles: Iterable[str], plugin: str | None = None) -> Permission:
    """Make a permission known. Raises ConfigurationError for an unknown role or a code defined twice differently."""
    held = frozenset(roles)
    if ADMINISTRATOR in held and code not in RESERVED:
        held |= {CITY}  # who does the city's work has what the city administrator has, without administering
    permission = Permission(code, title, held, plugin)
    if unknown := permission.roles - ROLES.keys():
        raise ConfigurationError(f"权限 {code} 引用了未知的角色：{'、'.join(r + did_you_mean(r, ROLES) for r in sorted(unknown))}。")
    known = _permissions.setdefault(code, permission)
    role_permissions.cache_clear()
    if known.plugin != plugin or known.roles != permission.roles:
        raise ConfigurationError(f"权限 {code} 重复定义。")
    return known


def permission(code: str) -> Permission:
    """The permission of that code. Raises ConfigurationError when nobody defined it: a route may not name it."""
    try:
        return _permissions[code]
    except KeyError:
        raise ConfigurationError(f"没有定义权限 {code}{did_you_mean(code, _permissions)}。") from None


def permissions() -> list[Permission]:
    """All permissions, by code."""
    return sorted(_permissions.values(), key=lambda p: p.code)


@cache
def role_permissions(role: str) -> frozenset[str]:
    """Codes that `role` carries, plugins' included (whether the plugin is on is asked where it is mounted)."""
    return frozenset(p.code for p in _permissions.values() if role in p.roles)


for _code, _title, _roles in (
    ("organizations.read", _l("查看组织"), (*OFFICERS, LIAISON, SYSTEM)),
    ("organizations.manage", _l("维护组织和单位"), (ADMINISTRATOR, COUNTY, SYSTEM)),
    ("members.read", _l("查看党员名册"), (*OFFICERS, LIAISON)),
    ("members.write", _l("修改党员资料"), (ADMINISTRATOR, COUNTY, LIAISON)),
    ("members.reveal", _l("查看完整的证件号码和电话"), (*OFFICERS, LIAISON)),
    ("members.import", _l("导入花名册"), (ADMINISTRATOR, COUNTY)),
    ("members.export", _l("导出名册"), (*OFFICERS, LIAISON)),
    ("members.self", _l("查看和更新本人资料"), (MEMBER,)),
    ("privacy.enter", _l("代登记个人信息申请"), (*OFFICERS, LIAISON)),
    ("privacy.residents", _l("删除居民留下的个人信息"), (COMMUNITY,)),
    ("privacy.decide", _l("办理个人信息申请"), (ADMINISTRATOR, COUNTY)),
    ("certificates.issue", _l("制发报到证"), (ADMINISTRATOR, COUNTY)),
    ("certificates.read", _l("查看报到证"), (ADMINISTRATOR, COUNTY, LIAISON)),
    ("registration.confirm", _l("受理和确认报到"), (COMMUNITY,)),
    ("registration.read", _l("查看报到情况"), (*OFFICERS, LIAISON)),
    ("registration.self", _l("本人报到"), (MEMBER,)),
    ("registration.receipt", _l("登记纸质回执"), (LIAISON,)),
    ("obligations.manage", _l("记录未报到原因、延期"), (LIAISON, COUNTY, ADMINISTRATOR)),
    ("coverage.read", _l("查看报到率"), (*OFFICERS, LIAISON)),
    ("overview.read", _l("查看总览"), (*OFFICERS, LIAISON)),
    ("burden.read", _l("查看负担自查"), (ADMINISTRATOR, COUNTY)),
    ("records.self", _l("记录本人的服务"), (MEMBER,)),
    ("records.read", _l("查看服务纪实"), (*OFFICERS, LIAISON)),
    ("records.verify", _l("查验服务纪实、登记评价"), (COMMUNITY,)),
    ("claims.self", _l("认领服务事项、登记完成"), (MEMBER,)),
    ("claims.read", _l("查看认领情况和工作台账"), (*OFFICERS, LIAISON)),
    ("claims.enter", _l("代党员认领和登记完成"), (COMMUNITY, LIAISON)),
    ("claims.export", _l("导出工作台账"), (*OFFICERS, LIAISON)),
    ("rules.read", _l("查看积分、星级等规则"), tuple(ROLES)),
    ("rules.manage", _l("制定、试算和发布规则"), (ADMINISTRATOR, COUNTY)),
    ("deeds.self", _l("申报本人的事项"), (MEMBER,)),
    ("deeds.read", _l("查看加减分和评定事项"), (*OFFICERS, LIAISON)),
    ("deeds.enter", _l("登记加减分和评定事项"), (*OFFICERS, LIAISON)),
    ("deeds.approve", _l("审核加减分和评定事项"), (*OFFICERS, LIAISON)),
    ("exchange.manage", _l("管理跨地互通的伙伴"), (ADMINISTRATOR,)),
    ("exchange.send", _l("开具和发出外地介绍信"), (ADMINISTRATOR, COUNTY, LIAISON)),
    ("exchange.receive", _l("接收外地党员的介绍信"), (ADMINISTRATOR, COMMUNITY)),
    ("exchange.self", _l("申请到外地社区报到"), (MEMBER,)),
    ("accounts.manage", _l("管理账号和授权"), (ADMINISTRATOR, COUNTY, STREET, SECURITY)),
    ("accounts.members", _l("为党员开通手机账号"), (ADMINISTRATOR, COUNTY, LIAISON)),
    ("plugins.manage", _l("启用和停用功能插件"), (ADMINISTRATOR, SYSTEM)),
    ("settings.manage", _l("修改设置"), (ADMINISTRATOR, COUNTY, SYSTEM)),
    ("jobs.read", _l("查看后台任务"), (ADMINISTRATOR, COUNTY, SYSTEM)),
    ("approvals.read", _l("办理须两人确认的事项"), (*OFFICERS, LIAISON, SYSTEM, SECURITY)),
    ("approvals.export", _l("确认成批导出"), (ADMINISTRATOR, COUNTY, SECURITY)),
    ("approvals.hierarchy", _l("确认隶属关系调整"), (ADMINISTRATOR, SYSTEM, SECURITY)),
    ("approvals.loosen", _l("确认放宽两人办理"), (ADMINISTRATOR, SYSTEM, SECURITY)),
    ("sign_in.manage", _l("设置统一身份认证"), (ADMINISTRATOR, SECURITY)),
    ("audit.read", _l("查看审计日志"), (AUDITOR, ADMINISTRATOR)),
    ("account.self", _l("管理本人账号"), tuple(ROLES)),
):
    define(_code, _title, _roles)


set_access_names(lambda: ([p.code for p in _permissions.values() if p.plugin is None], ROLES))
