"""Where somebody is signed in, and out again: one place, all the others, or everywhere."""
from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, session as cookie, url_for
from flask_login import logout_user
from werkzeug.wrappers import Response

from core import audit
from core.access import logins
from core.i18n import _
from core.tenancy import current_tenant
from web.devices import device_title
from web.routing import Pages
from web.tenant import actor

pages = Pages("sign_ins", __name__, url_prefix="/account/logins")
PERMISSION = "account.self"


@pages.page("/", access=PERMISSION)
def index() -> str:
    """The live logins, the newest first."""
    own = actor()
    rows = [{"row": row, "here": row.id == own.login_id, "device": device_title(row.device)} for row in logins.live_logins(own)]
    return render_template("account/sign_ins.html", rows=rows)


@pages.page("/<uuid:login_id>/end", access=PERMISSION, methods=("POST",))
def end(login_id: uuid.UUID) -> Response:
    """End one login of one's own."""
    logins.end_one(actor().account_id, login_id)
    flash(_("已退出这一处登录。"), "success")
    return redirect(url_for("sign_ins.index"), 303)


@pages.page("/end-all", access=PERMISSION, methods=("POST",))
def end_all() -> Response:
    """Sign out everywhere, here too."""
    slug, ended = current_tenant().slug, logins.end_logins(actor().account_id)
    audit.record("login.all_ended", "account", actor().account_id, {"count": ended})
    logout_user()
    cookie.clear()
    flash(_("已在全部 %(count)s 处退出登录。", count=ended), "success")
    return redirect(url_for("login.tenant", slug=slug), 303)
