"""Pages of reports: the list of formats, the form by which one is made, its preview, and the job with the file."""
from __future__ import annotations

import io
import uuid
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as Answer

from core.api import REVEAL_REASONS, Invalid, NotFound, _, acting, audit, find_places, job_view, requires, session, visible_members
from plugins.reports import making
from plugins.reports.formats import Format
from plugins.reports.managing import add_managing
from plugins.reports.periods import offered
from plugins.reports.preview import preview
from plugins.reports.requests import Wanted, may_read_full, ready
from plugins.reports.shelf import fault, find, formats

LONGEST, FOUND = 50, 12


def routes() -> Blueprint:
    """The pages below /p/reports."""
    pages = Blueprint("reports", __name__, template_folder="templates")
    pages.add_url_rule("/", "index", index)
    pages.add_url_rule("/formats/<code>", "form", form)
    pages.add_url_rule("/formats/<code>", "make", make, methods=["POST"])
    pages.add_url_rule("/formats/<code>/layout", "layout", layout)
    pages.add_url_rule("/jobs/<uuid:job_id>", "made", made)
    add_managing(pages)
    return pages


@requires("reports.make")
def index() -> str:
    """The formats that the reader can make something of, by where they come from."""
    listed = [(one, fault(one)) for one in formats()]
    return render_template("reports/index.html", listed=listed, manage=acting().can("reports.manage"))


@requires("reports.make")
def form(code: str) -> str:
    """The form: period, place, member; from a member's page with that member chosen."""
    chosen, member = find(code), request.args.get("member", type=uuid.UUID)
    return _form(chosen, _one_member(chosen, member) if chosen.of_member and member else {})


@requires("reports.make")
def make(code: str) -> Answer | str | tuple[str, int]:
    """Show the preview, or write the job."""
    chosen = find(code)
    choices: dict[str, Any] = {}
    try:
        wanted = _wanted(chosen, choices)
        if request.form.get("action") == "preview":
            return _form(chosen, choices, shown=preview(ready(acting(), wanted)), wanted=wanted)
        what, identity = making.start(acting(), wanted)
        return redirect(url_for("approvals.show", approval_id=identity) if what == "approval" else url_for("reports.made", job_id=identity), 303)
    except Invalid as error:
        return _form(chosen, choices, error=error), 422


def _one_member(chosen: Format, member_id: uuid.UUID) -> dict[str, Any]:
    shown = visible_members(acting().paths(chosen.data().permission))
    row = session().execute(shown.select().where(shown.c.id == member_id)).one_or_none()
    if row is None:
        raise NotFound
    return {"members": _named([row]), "member": str(member_id)}


def _form(chosen: Format, choices: dict[str, Any], **values: Any) -> str:
    data = chosen.data()
    return render_template(
        "reports/form.html", chosen=chosen, data=data, periods=[(p.code, p.title) for p in offered(chosen.period)], choices=choices, sent=request.form,
        reasons=REVEAL_REASONS if may_read_full(acting()) and any(c.masked for c in data.columns) else {}, **values)


def _wanted(chosen: Format, choices: dict[str, Any]) -> Wanted:
    """What the form says. Raises Invalid, with the choices to offer, when a name fits nothing or several."""
    permission = chosen.data().permission
    place = request.form.get("place", type=uuid.UUID) or _place(permission, request.form.get("where", "").strip()[:LONGEST], choices)
    member = None
    if chosen.of_member:
        member = request.form.get("member", type=uuid.UUID) or _member(permission, request.form.get("who", "").strip()[:LONGEST], choices)
    return Wanted(chosen.code, request.form.get("period", ""), place, member, request.form.get("reason") or None)


def _place(permission: str, text: str, choices: dict[str, Any]) -> uuid.UUID | None:
    if not text:
        return None
    found = find_places(acting(), permission, text)
    if len(found) == 1:
        return found[0].id
    choices["places"] = [(one.id, f"{one.name}（{one.above}）" if one.above else one.name) for one in found]
    said = _("有几个，请在下面选择") if found else _("在您的管理范围内没有找到，请核对名称，或留空")
    raise Invalid(_("请选择范围。"), {"where": [said]})


def _member(permission: str, text: str, choices: dict[str, Any]) -> uuid.UUID:
    if not text:
        raise Invalid(_("请先选择党员。"), {"who": [_("请填写姓名、拼音或首字母")]})
    shown = visible_members(acting().paths(permission), text)
    found = session().execute(shown.select().order_by(shown.c.sort_key, shown.c.id).limit(FOUND)).all()
    if len(found) == 1:
        return uuid.UUID(str(found[0].id))
    choices["members"] = _named(found)
    raise Invalid(_("请选择党员。"), {"who": [_("有几名，请在下面选择") if found else _("没有找到这名党员，请核对姓名")]})


def _named(rows: Iterable[Any]) -> list[tuple[str, str]]:
    return [(str(row.id), f"{row.name}（{row.unit_name}）" if row.unit_name else row.name) for row in rows]


@requires("reports.make")
def layout(code: str) -> Answer:
    """A shipped layout as a file, for a place that begins its own with it."""
    chosen = find(code)
    if chosen.path is None or chosen.kind == "typ":
        raise NotFound
    audit("reports.layout_taken", "tenant", None, {"format": code})
    return send_file(io.BytesIO(chosen.path.read_bytes()), making.MEDIA[chosen.kind], as_attachment=True, download_name=f"{chosen.title}（表样）.{chosen.kind}")


@requires("reports.make")
def made(job_id: uuid.UUID) -> str | Answer:
    """The progress, then the link. htmx asks for the bar only."""
    job = job_view(job_id)
    if job.kind != making.MAKE or job.created_by != acting().account_id:
        raise NotFound
    address = url_for("reports.made", job_id=job_id)
    if request.headers.get("HX-Request"):
        return render_template("jobs/_progress.html", job=job, poll_url=address) if job.open else Response("", headers={"HX-Redirect": address})
    return render_template("reports/made.html", job=job, poll_url=address if job.open else None, found=job.result or {})
