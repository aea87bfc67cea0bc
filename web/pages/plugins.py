"""The catalogue of plugins: what each adds, a look before the switch, the switch, and what went wrong."""
from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.extension import registry
from core.extension.failures import failures
from core.extension.holding import held_back
from core.extension.manifest import Plugin
from core.i18n import _, _l
from tenants import activation
from web.navigation import NavigationItem, register
from web.routing import Pages

pages = Pages("plugins", __name__, url_prefix="/plugins")
PERMISSION = "plugins.manage"
register("manage", _l("管理"), NavigationItem(_l("功能插件"), "plugins.index", "puzzle", permission=PERMISSION, order=40), order=90)


@pages.page("/", access=PERMISSION)
def index() -> str:
    """Every plugin of the installation, its state here, and its faults."""
    faults = failures()
    states = [{"state": s, "plugin": s.plugin, "adds": _adds(s.plugin), "needs": _titles(s.plugin.requires),
               "faults": [f for f in faults if f.plugin == s.plugin.name]} for s in activation.plugins()]
    return render_template("plugins/index.html", states=states, refused=registry.current().refused,
                           held=held_back())


@pages.page("/<name>/switch", access=PERMISSION)
def look(name: str) -> str:
    """What a switch would make appear or disappear; asks before anything is done."""
    enabling = request.args.get("to") != "off"
    seen = activation.preview(name, enabling=enabling)
    return render_template("plugins/switch.html", seen=seen, adds=_adds(seen.plugin), obstacles=_titles(seen.obstacles))


@pages.page("/<name>/switch", access=PERMISSION, methods=("POST",))
def switch(name: str) -> Response:
    """Switch; it holds from the next request on, in every process."""
    if request.form.get("to") == "off":
        activation.disable(name)
        flash(_("插件已停用，已有的数据都保留着。"), "success")
    else:
        activation.enable(name)
        flash(_("插件已启用。"), "success")
    return redirect(url_for("plugins.index"), 303)


def _adds(plugin: Plugin) -> list[tuple[str, str]]:
    """What a plugin brings, in words; parts it does not have are left out."""
    parts = [(_("菜单"), _("、").join(str(n.title) for n in plugin.navigation)), (_("权限"), _("、").join(str(p.title) for p in plugin.permissions)),
             (_("后台任务"), _("、").join(str(j.title) for j in plugin.jobs)), (_("设置"), _("有") if plugin.settings else ""),
             (_("接口"), _("有") if plugin.api_routes else ""), (_("个人信息"), str(plugin.personal_data or _("不保存个人信息")))]
    return [(title, text) for title, text in parts if text]


def _titles(names: tuple[str, ...]) -> str:
    known = registry.current().plugins
    return _("、").join(str(known[n].title) if n in known else n for n in names)
