"""How the tenants are: counts and warning signs for the operator, who sees no tenant's members."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextvars import Context
from dataclasses import asdict, dataclass
from typing import ParamSpec, TypeVar

from sqlalchemy import func, select

from core.audit import set_actor
from core.audit.actor import current_actor
from core.errors import NotFound
from core.extension.activation import switches
from core.extension.holding import held_back
from core.extension.models import PluginFailure
from core.extension.registry import current
from core.i18n import _, current_locale, set_locale
from core.jobs.models import Job
from core.jobs.queries import job_counts
from core.members.models import Member
from core.organizations.models import Organization
from core.tenancy import Tenant, now, session, tenant_scope, unscoped
from core.tenancy.scope import tenant_id

P = ParamSpec("P")
T = TypeVar("T")
LATE, RECENT = dt.timedelta(minutes=10), dt.timedelta(days=1)
GOOD, WARNING = "good", "warning"


@dataclass(frozen=True, slots=True)
class TenantLine:
    """One tenant of the installation."""

    id: int
    code: str
    slug: str
    name: str
    kind: str
    status: str
    created_at: dt.datetime

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return asdict(self) | {"created_at": self.created_at.isoformat()}


@dataclass(frozen=True, slots=True)
class TenantState:
    """Numbers of one tenant, and what should worry the operator; numbers of people are totals only.

    `plugins` are on, the `suspended` ones among them too, and those that are `held` back for their tables; the `failing` ones have
    failed within a day.
    """

    organizations: dict[str, int]
    members: int
    plugins: tuple[str, ...]
    jobs: dict[str, int]
    late_jobs: int
    failing: tuple[str, ...] = ()
    suspended: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What to look into, as sentences; empty when all is well."""
        found = []
        if not self.organizations:
            found.append(_("组织尚未建立，请重新应用配置文件。"))
        if failed := self.jobs.get("failed"):
            found.append(_("%(count)s 个后台任务失败，请该租户的管理员处理。", count=failed))
        if self.late_jobs:
            found.append(_("%(count)s 个后台任务等候超过 10 分钟，请检查作业进程。", count=self.late_jobs))
        if self.suspended:
            found.append(_("插件 %(names)s 多次出错，已自动暂停；排除原因后请恢复启用。", names=self._titles(self.suspended)))
        if self.failing:
            found.append(_("插件 %(names)s 最近一天出过错，请查看日志。", names=self._titles(self.failing)))
        why = held_back()
        found += [_("插件 %(name)s 暂停使用：%(reason)s", name=self._titles((name,)), reason=why[name].reason) for name in self.held if name in why]
        return found

    @property
    def health(self) -> str:
        """GOOD or WARNING."""
        return WARNING if self.warnings else GOOD

    @property
    def plugin_titles(self) -> list[str]:
        """The plugins that are on, in words; one that is no longer installed by its name."""
        return _known(self.plugins)

    def _titles(self, names: tuple[str, ...]) -> str:
        return _("、").join(_known(names))

    def as_dict(self) -> dict[str, object]:
        """For --json."""
        return {**asdict(self), "plugins": list(self.plugins), "warnings": self.warnings}

    def lines(self) -> list[tuple[str, str]]:
        """Title and value, for people."""
        titles = {"county": _("县（市、区）"), "street": _("街道（乡镇）"), "community": _("社区（村）"), "sector": _("行业系统党组织"),
                  "unit": _("单位")}
        counted = [(title, f"{self.organizations.get(kind, 0):,}") for kind, title in titles.items()]
        return [*counted, (_("在职党员"), f"{self.members:,}"), (_("插件"), _("、").join(self.plugin_titles) or _("无")),
                (_("健康"), "；".join(self.warnings) or _("正常"))]


def tenants() -> list[TenantLine]:
    """All tenants, by code; in a scope of its own or in the operator's."""
    return apart(_tenants)


def tenant(code: str) -> TenantLine:
    """One tenant by its code. Raises NotFound."""
    for line in tenants():
        if line.code == code:
            return line
    raise NotFound


def state(identity: int) -> TenantState:
    """The state of one tenant."""
    return apart(_state, identity)


def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function outside the scope that is open here, with the same doer and language.

    The operator's request stands in no tenant, and scopes do not nest; whatever looks into a tenant for the operator does so
    in a context and a transaction of its own.
    """
    doer, locale = current_actor(), current_locale()

    def inside() -> T:
        set_locale(locale)
        with set_actor(doer.kind, doer.id):
            return function(*args, **kwargs)
    return Context().run(inside)


def _tenants() -> list[TenantLine]:
    with unscoped() as opened:
        rows = opened.execute(select(Tenant.id, Tenant.code, Tenant.slug, Tenant.name, Tenant.kind, Tenant.status, Tenant.created_at)
                              .order_by(Tenant.code))
        return [TenantLine(*row) for row in rows]


def _state(identity: int) -> TenantState:
    with tenant_scope(identity):
        organizations = session().execute(select(Organization.kind, func.count()).where(
            Organization.tenant_id == tenant_id(), Organization.active).group_by(Organization.kind))
        members = session().execute(select(func.count()).select_from(Member).where(
            Member.tenant_id == tenant_id(), Member.status == "active")).scalar_one()
        late = session().execute(select(func.count()).select_from(Job).where(
            Job.tenant_id == tenant_id(), Job.status == "due", Job.run_at < now() - LATE)).scalar_one()
        failing = session().scalars(select(PluginFailure.plugin).distinct().where(
            PluginFailure.tenant_id == tenant_id(), PluginFailure.last_at > now() - RECENT).order_by(PluginFailure.plugin))
        known = switches()
        return TenantState(dict(organizations.all()), members, tuple(sorted(known.on)), job_counts(), late, tuple(failing),
                           tuple(sorted(known.suspended)), tuple(sorted(known.on & held_back().keys())))


def _known(names: tuple[str, ...]) -> list[str]:
    known = current().plugins
    return [str(known[name].title) if name in known else name for name in names]
