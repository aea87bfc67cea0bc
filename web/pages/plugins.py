"""The catalogue of plugins: what each adds and for whom, a look before the switch, the switch and its undoing, what went wrong."""
from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import Conflict
from core.extension import registry
from core.extension.failures import failures
from core.extension.holding import held_back
from core.extension.manifest import Plugin
from core.i18n import _, _l
from tenants import activation, changes, effects
from tenants.activation import PluginState
from tenants.directory import display_names
from web import plugin_words as words
from web.navigation import NavigationItem, register
from web.routing import Pages

pages = Pages("plugins", __name__, url_prefix="/plugins")
PERMISSION = "plugins.manage"
MANY = 8  # from so many on the list gets a search
register("manage", _l("管理"), NavigationItem(_l("功能插件"), "plugins.index", "puzzle", permission=PERMISSION, order=40), order=90)


@pages.page("/", access=PERMISSION)
def index() -> str:
    """Every plugin of the installation, its state here, and its faults; searched where they are many."""
    text, chosen = request.args.get("q", "").strip(), request.args.get("state", "")
    failing = {fault.plugin for fault in failures()}
    states = activation.plugins()
    shown = [s for s in states if _fits(s, text, chosen)]
    held = held_back()
    rows = [{"state": s, "plugin": s.plugin, "badge": words.state_words(s), "needs": words.titles(s.plugin.requires),
             "failing": s.plugin.name in failing, "held": held.get(s.plugin.name)} for s in shown]
    return render_template("plugins/index.html", rows=rows, refused=registry.current().refused, many=len(states) >= MANY, text=text,
                           chosen=chosen, none=not states)


@pages.page("/<name>", access=PERMISSION)
def show(name: str) -> str:
    """One plugin: all that it adds, the roles that get it, what it needs and what it keeps, its faults and its switches."""
    state = activation.get(name)
    plugin = state.plugin
    past = changes.changes(namespace=changes.SWITCHES, name=name, limit=10)
    names = display_names(change.by for change in past)
    events = [{"when": c.at, "who": names.get(c.by, _("平台运营人员")), "title": words.act(c, name)} for c in past]
    return render_template(
        "plugins/show.html", state=state, plugin=plugin, shown=words.state_words(state), adds=words.additions(current_app, plugin),
        held=held_back().get(name), waits_for=words.titles(state.waits_for), roles=effects.roles_of(plugin), facts=_facts(plugin),
        failing=any(f.plugin == name for f in failures()), events=events,
        switched=request.args.get("switched") == ("on" if state.enabled else "off"))


@pages.page("/<name>/switch", access=PERMISSION)
def look(name: str) -> str:
    """What a switch would make appear or disappear, and for whom; asks before anything is done."""
    return _look(name, enabling=request.args.get("to") != "off")


@pages.page("/<name>/switch", access=PERMISSION, methods=("POST",))
def switch(name: str) -> Response | tuple[str, int]:
    """Switch, or undo the switch; it holds from the next request on, in every process."""
    on, resumed = request.form.get("to") != "off", activation.get(name).suspended is not None
    try:
        changed = activation.enable(name) if on else activation.disable(name)
    except Conflict as error:
        return _look(name, enabling=on, message=error.message), 409
    if not changed:
        flash(_("插件已经是启用的。") if on else _("插件已经是停用的。"), "info")
    if changed and on and resumed:
        flash(_("插件已恢复，暂停期间保留的事项会自动补办。"), "success")
    switched = ("on" if on else "off") if changed and not (on and resumed) else None
    return redirect(url_for("plugins.show", name=name, switched=switched), 303)


def _look(name: str, *, enabling: bool, message: str | None = None) -> str:
    seen = activation.preview(name, enabling=enabling)
    plugin = seen.plugin
    return render_template(
        "plugins/switch.html", seen=seen, adds=words.additions(current_app, plugin), personal=words.personal(plugin), message=message,
        audience=effects.by_role(plugin), obstacles=words.titles(seen.obstacles), waiting=effects.waiting_jobs(plugin),
        kept=words.rows(count) if (count := effects.rows_kept(plugin)) else "", already=activation.get(name).enabled == enabling)


def _fits(state: PluginState, text: str, chosen: str) -> bool:
    plugin = state.plugin
    said = f"{plugin.title} {plugin.description} {plugin.name}".casefold()
    return text.casefold() in said and chosen in ("", "on" if state.enabled else "off")


def _facts(plugin: Plugin) -> words.Items:
    kept = effects.rows_kept(plugin)
    return [(_("个人信息"), words.personal(plugin)), (_("已有数据"), words.rows(kept) if kept else _("还没有")),
            (_("需要先启用"), words.titles(plugin.requires) or _("不需要其他插件")),
            (_("需要它的插件"), words.dependants(plugin) or _("没有")), (_("版本"), plugin.version)]
