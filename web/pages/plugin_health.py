"""How the plugins are: what failed, which are suspended and why, and the button that lets them work again."""
from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from core.i18n import _, _l
from core.jobs import job_counts
from tenants import activation
from tenants.plugin_health import plugin_health
from web.navigation import NavigationItem, register
from web.routing import Pages

pages = Pages("plugin_health", __name__, url_prefix="/plugins/health")
PERMISSION = "plugins.manage"
register("manage", _l("管理"), NavigationItem(_l("运行状况"), "plugin_health.index", "activity", permission=PERMISSION, order=45), order=90)


@pages.page("/", access=PERMISSION)
def index() -> str:
    """Each plugin that is on or in trouble, with what failed; jobs that were given up."""
    return render_template("plugins/health.html", plugins=plugin_health(), failed_jobs=job_counts().get("failed", 0))


@pages.page("/<name>/resume", access=PERMISSION, methods=("POST",))
def resume(name: str) -> Response:
    """Let a suspended plugin work again; it holds from the next request on, in every process."""
    activation.resume(name)
    flash(_("插件已恢复启用，暂停期间的事项正在补办。"), "success")
    return redirect(url_for("plugin_health.index"), 303)
