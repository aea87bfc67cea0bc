"""A resident who asks the community what it holds of them: found by telephone number or code, erased on the spot."""
from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import NotFound
from core.i18n import _, _l
from core.members.identity import tidy
from core.residents.throttle import admit
from tenants.rights import residents
from tenants.rights.titles import column_title
from web.pages.privacy.blueprint import pages
from web.tenant import actor

PERMISSION, TRIES = "privacy.residents", 60  # an officer's in the throttle's window; a code cannot be guessed by so many
TABLES = {"needs_need": _l("居民意见"), "wishes_wish": _l("微心愿"), "menu_request": _l("点单"), "pledges_objection": _l("对承诺的反映"),
          "service_record": _l("服务记录"), "matter": _l("服务事项")}


@pages.page("/residents", access=PERMISSION, methods=("GET", "POST"))
def find_resident() -> str | tuple[str, int]:
    """Look for what a number or a code stands for in the own communities; what is typed goes by form only."""
    text = request.form.get("text", "").strip()[:40]
    if request.method == "GET":
        return render_template("privacy/residents.html", text="", found=None, message=None)
    if len(tidy(text)) < 7:
        return render_template("privacy/residents.html", text=text, found=None, message=_("请输入完整的电话号码，或纸条上的数字码。")), 422
    admit("privacy.residents", str(actor().account_id), most=TRIES)
    found = residents.by_phone(text, _communities()) or residents.by_code(text, _communities())
    rows = [{"table": trace.table, "id": trace.id, "title": TABLES.get(trace.table, trace.table), "day": trace.day,
             "names": "、".join(column_title(name) for name in trace.names)} for trace in found if trace.names]
    return render_template("privacy/residents.html", text=text, found=rows, message=None)


@pages.page("/residents/erase", access=PERMISSION, methods=("POST",))
def erase_resident() -> Response:
    """Erase what was ticked; rows of other communities are as good as absent."""
    chosen = [one.partition(":") for one in request.form.getlist("rows")[:residents.MOST]]
    for table, _colon, row_id in chosen:
        try:
            residents.erase(table, uuid.UUID(row_id), _communities())
        except ValueError:
            raise NotFound from None
    flash(_("已删除 %(count)s 条中的个人信息，办理情况和统计数字不变。", count=len(chosen)) if chosen else _("没有勾选任何一条。"), "success")
    return redirect(url_for("privacy.find_resident"), 303)


def _communities() -> list[uuid.UUID]:
    return [grant.organization_id for grant in actor().grants if grant.kind == "community" and grant.role == "community_officer"]
