"""Where somebody is signed in, and out again: one place, all the others, or everywhere; whoever ends a login shows once more who it is."""
from __future__ import annotations

import uuid

from flask import flash, g, redirect, render_template, request, session as cookie, url_for
from flask_login import logout_user
from werkzeug.wrappers import Response

from core import audit
from core.access import logins
from core.errors import Invalid, NotFound, TooMany
from core.i18n import _
from core.tenancy import current_tenant
from web.devices import device_title
from web.forms import load_form
from web.pages.second_factor import ProofForm, proof_fields, prove_owner
from web.routing import Pages
from web.tenant import actor

pages = Pages("sign_ins", __name__, url_prefix="/account/logins")
PERMISSION = "account.self"


@pages.page("/", access=PERMISSION)
def index() -> str:
    """The live logins, the newest first."""
    return _index()


@pages.page("/<uuid:login_id>/end", access=PERMISSION, methods=("POST",))
def end(login_id: uuid.UUID) -> Response | tuple[str, int]:
    """End one login of one's own."""
    if all(row.id != login_id for row in logins.live_logins(actor())):
        raise NotFound
    if error := _unproven():
        return _index(error), error.status
    logins.end_one(actor().account_id, login_id)
    flash(_("已退出这一处登录。"), "success")
    return redirect(url_for("sign_ins.index"), 303)


@pages.page("/end", access=PERMISSION, methods=("POST",))
def end_others() -> Response | tuple[str, int]:
    """End every login but this one."""
    if error := _unproven():
        return _index(error), error.status
    ended = logins.end_logins(actor().account_id, keep=str(cookie.get("_user_id", "")).partition(".")[2])
    audit.record("login.others_ended", "account", actor().account_id, {"count": ended})
    flash(_("已退出其他 %(count)s 处登录。", count=ended), "success")
    return redirect(url_for("sign_ins.index"), 303)


@pages.page("/end-all", access=PERMISSION, methods=("POST",))
def end_all() -> Response | tuple[str, int]:
    """Sign out everywhere, here too."""
    if error := _unproven():
        return _index(error), error.status
    slug, ended = current_tenant().slug, logins.end_logins(actor().account_id)
    audit.record("login.all_ended", "account", actor().account_id, {"count": ended})
    logout_user()
    cookie.clear()
    flash(_("已在全部 %(count)s 处退出登录。", count=ended), "success")
    return redirect(url_for("login.tenant", slug=slug), 303)


def _unproven() -> Invalid | TooMany | None:
    """What is wrong with the password that is asked for: a stranger at an open login shuts nobody out (ASVS 5.0, 7.5.2)."""
    try:
        prove_owner(actor(), load_form(ProofForm(), request.form))
    except (Invalid, TooMany) as error:
        g.keep_changes = True  # the counted try is to stay
        return error
    return None


def _index(error: Invalid | TooMany | None = None) -> str:
    own = actor()
    rows = [{"row": row, "here": row.id == own.login_id, "device": device_title(row.device)} for row in logins.live_logins(own)]
    return render_template("account/sign_ins.html", rows=rows, fields=proof_fields(ProofForm(), own, error),
                           message=error.message if error else None)
