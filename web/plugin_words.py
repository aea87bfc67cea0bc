"""Puts a plugin into words for the administrator: what it adds, for whom, what it needs, and how it stands here."""
from __future__ import annotations

from collections.abc import Iterable

from flask import Flask

from core.extension import registry
from core.extension.declarations import Action, Page, Table
from core.extension.holding import held_back
from core.extension.manifest import JobKind, Plugin
from core.i18n import _
from tenants import effects
from tenants.activation import PluginState
from tenants.changes import SUSPENDED, ChangeRow
from tenants.wording import joined
from web.routing import access_of

Items = list[tuple[str, str]]


def state_words(state: PluginState) -> tuple[str, str]:
    """The state and the tone of its badge."""
    if state.plugin.name in held_back():
        return (_("已启用，但暂停使用"), "bad") if state.enabled else (_("暂时不能使用"), "bad")
    if state.suspended is not None:
        return _("已自动暂停"), "bad"
    if state.waits_for:
        return _("已启用，等待所需的插件恢复"), "warn"
    if state.enabled:
        return _("已启用"), "good"
    return (_("未启用，数据保留着"), "info") if state.keeps_rows else (_("未启用"), "neutral")


def additions(app: Flask, plugin: Plugin) -> Items:
    """What the plugin brings; parts that it does not have are left out."""
    parts = [(_("菜单"), joined(n.title for n in plugin.navigation)),
             (_("页面"), _page_titles(app, plugin)),
             (_("可以导出"), joined(page.title for page in _declared(plugin) if isinstance(page, Table) and page.export)),
             (_("接口"), _counted(_pages(app, plugin.name, api=True))),
             (_("在主流程中"), joined(effects.places(plugin))),
             (_("后台任务"), joined(map(_job, plugin.jobs))),
             (_("可供其他插件使用的数字"), joined(m.title for m in plugin.measures)),
             (_("设置"), _settings(plugin)),
             (_("用语"), joined(words[0] for words in plugin.terms.values()))]
    return [(title, text) for title, text in parts if text]


def personal(plugin: Plugin) -> str:
    """For what the plugin holds data about persons."""
    return str(plugin.personal_data or _("不保存个人信息"))


def titles(names: Iterable[str]) -> str:
    """Plugins by their titles."""
    known = registry.current().plugins
    return joined(known[n].title if n in known else n for n in names)


def dependants(plugin: Plugin) -> str:
    """The installed plugins that need this one."""
    return titles(p.name for p in registry.current().plugins.values() if plugin.name in p.requires)


def act(change: ChangeRow, name: str) -> str:
    """What somebody did to the plugin."""
    before, after = (side.get("values", {}).get(name) for side in (change.before, change.after))
    if before == SUSPENDED:
        return _("恢复使用")
    return _("启用") if after else _("停用")


def rows(count: int) -> str:
    """A count of rows in words."""
    return _("超过 %(count)s 条", count=f"{effects.COUNTED_UP_TO:,}") if count > effects.COUNTED_UP_TO else _("%(count)s 条", count=f"{count:,}")


def _declared(plugin: Plugin) -> list[Page]:
    return plugin.pages.items if plugin.pages is not None else []


def _page_titles(app: Flask, plugin: Plugin) -> str:
    """The titles of declared pages, else how many there are."""
    titles = [page.title for page in _declared(plugin) if not isinstance(page, Action)]
    return joined(titles) if titles else _counted(_pages(app, plugin.name, api=False))


def _counted(count: int) -> str:
    return _("%(count)s 个", count=count) if count else ""


def _pages(app: Flask, name: str, *, api: bool) -> int:
    """How many addresses the plugin answers: of pages, or of the API."""
    found = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/") == api and not rule.endpoint.endswith("static")
             and getattr(access_of(app, rule.endpoint), "plugin", None) == name}
    return len(found)


def _settings(plugin: Plugin) -> str:
    if plugin.settings is None:
        return ""
    count = len(plugin.settings().fields)
    return _("%(count)s 项，区县可以有自己的", count=count) if plugin.local_settings else _("%(count)s 项，全市统一", count=count)


def _job(job: JobKind) -> str:
    if job.at is not None:
        return _("%(title)s（每天 %(time)s）", title=job.title, time=job.at)
    if job.every is not None:
        minutes = int(job.every.total_seconds() // 60)
        return _("%(title)s（每 %(count)s 分钟）", title=job.title, count=minutes) if minutes < 120 else _(
            "%(title)s（每 %(count)s 小时）", title=job.title, count=minutes // 60)
    return str(job.title)
