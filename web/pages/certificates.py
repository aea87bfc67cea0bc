"""Certificates (D1): choose units, issue, print in one file, find by number, revoke and issue anew, export."""
from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from core import audit
from core.access.authorization import Target, allowed, authorize
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.members.reach import grants_for
from core.organizations import tree
from core.registration import certificate_queries, certificates, printing
from core.registration.certificate_queries import CertificateFilter, CertificateView
from core.tenancy import now
from core.tenancy.clock import LOCAL
from web.forms import form_fields, load_form
from web.navigation import NavigationItem, register
from web.pages.files import hand_out
from web.progress import own_job, progress_page
from web.queries import with_query
from web.routing import Pages
from web.tenant import actor

READ, ISSUE = "certificates.read", "certificates.issue"
STATUS_TITLES = {"valid": _l("有效"), "revoked": _l("已作废")}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000

pages = Pages("certificates", __name__, url_prefix="/certificates")
register("registration", _l("报到"), NavigationItem(_l("报到证"), "certificates.index", "certificate", permission=READ, order=10), order=30)
register("registration", _l("报到"), NavigationItem(_l("制发报到证"), "certificates.issue", "plus", permission=ISSUE, order=11))


class ListFilter(Schema):
    """What the list can be narrowed by."""

    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(list(STATUS_TITLES)),
                           metadata={"title": _l("状态"), "choices": tuple(STATUS_TITLES.items())})


class RevokeForm(Schema):
    """Why, and whether a new one is wanted at once."""

    reason = fields.String(required=True, validate=validate.OneOf(list(certificates.REVOKE_REASONS)),
                           metadata={"title": _l("作废原因"), "choices": tuple(certificates.REVOKE_REASONS.items())})
    again = fields.Boolean(load_default=False, metadata={
        "title": _l("同时补发一张新的报到证"), "help": _l("新证有新的编号，旧证上的二维码和编号不再有效。")})


@pages.page("/", access=READ)
def index() -> str:
    """The list, by number."""
    wanted = _filter()
    page = certificate_queries.certificate_list(wanted, after=_id("after"), before=_id("before"))
    rows = [row._asdict() | {"url": url_for("certificates.show", certificate_id=row.id)} for row in page.rows]
    unit = tree.get(wanted.unit_id) if wanted.unit_id and rows else None
    return render_template("certificates/index.html", rows=rows, page=page, number=wanted.number, titles=STATUS_TITLES, unit=unit,
                           fields=form_fields(ListFilter(), {"status": wanted.status}, as_filter=True), may_issue=actor().can(ISSUE))


@pages.page("/export.xlsx", access=READ, methods=("POST",))
def export() -> Response:
    """The list under the same filter as a workbook that says who took it and why. Refused beyond 20,000 rows."""
    reason = request.form.get("why", "").strip()
    if not reason:
        raise Invalid(_("请写明导出的用途，会印在表上。"))
    rows = list(certificate_queries.certificate_rows(_filter(), MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise Invalid(_("一次最多导出 20000 张。请先按单位或编号缩小范围。"))
    columns = [Column("number", _("编号"), 24), Column("name", _("姓名"), 12), Column("unit", _("单位"), 32),
               Column("issuer", _("制发单位"), 32), Column("issued_on", _("制发日期"), 12, "date"), Column("status", _("状态"), 10)]
    target = BytesIO()
    data = ((r.number, r.name, r.unit, r.issuer, r.issued_on, str(STATUS_TITLES[r.status])) for r in rows)
    write_workbook(target, [Sheet(_("报到证"), columns, data)], Watermark(actor().display_name, now().astimezone(LOCAL), reason[:100]))
    audit.record("certificates.exported", "tenant", None, {"rows": len(rows)})
    target.seek(0)
    return send_file(target, XLSX, as_attachment=True, download_name=_("报到证.xlsx"))


@pages.page("/issue", access=ISSUE)
def issue() -> str:
    """Choose one unit or several: how many members each has, and how many want a certificate."""
    text = request.args.get("q", "").strip()[:50]
    page = certificate_queries.units_to_issue(grants_for(actor(), ISSUE), text=text, after=_id("after"), before=_id("before"))
    return render_template("certificates/issue.html", page=page, text=text,
                           next_url=with_query(after=page.next, before=None) if page.next else None,
                           previous_url=with_query(before=page.previous, after=None) if page.previous else None)


@pages.page("/issue", access=ISSUE, methods=("POST",))
def issue_units() -> Response:
    """Issue for all members of the chosen units who have none, and print them."""
    units = [tree.get(unit_id) for unit_id in dict.fromkeys(_chosen("unit"))]
    if not units:
        raise Invalid(_("请至少勾选一个单位。"))
    for unit in units:
        authorize(actor(), ISSUE, Target((unit.path,)))
        if unit.kind != "unit":
            raise NotFound
    return _issued(certificates.issue_for_units(units, by=actor().account_id))


@pages.page("/issue/<uuid:unit_id>", access=ISSUE, methods=("GET", "POST"))
def issue_unit(unit_id: uuid.UUID) -> str | Response:
    """Who of the unit has no valid certificate; issue for all of them or for some."""
    unit = tree.get(unit_id)
    authorize(actor(), ISSUE, Target((unit.path,)))
    if unit.kind != "unit":
        raise NotFound
    if request.method == "GET":
        held = len(certificate_queries.valid_certificates([unit_id]))
        return render_template("certificates/issue_unit.html", unit=unit, rows=certificate_queries.wanting_certificate(unit_id), held=held,
                               issuer=tree.get(certificates.issuer_for(unit.path)))
    chosen = _chosen("member")
    if not chosen:
        raise Invalid(_("请至少勾选一名党员。"))
    done = certificates.issue(certificates.issuer_for(unit.path), unit_id, by=actor().account_id, members=chosen)
    return _issued(list(done.certificates))


@pages.page("/issue/<uuid:unit_id>/print", access=ISSUE, methods=("POST",))
def print_unit(unit_id: uuid.UUID) -> Response:
    """Print all valid certificates of a unit once more."""
    authorize(actor(), ISSUE, Target((tree.get(unit_id).path,)))
    job_id = printing.start(certificate_queries.valid_certificates([unit_id]))
    return redirect(url_for("certificates.printed", job_id=job_id), 303)


@pages.page("/prints/<uuid:job_id>", access=ISSUE)
def printed(job_id: uuid.UUID) -> str | Response:
    """The progress, then the file. htmx asks for the bar only."""
    job = own_job(job_id, printing.KIND)
    return progress_page(job, url_for("certificates.printed", job_id=job_id), "certificates/printed.html",
                         files=(job.result or {}).get("files", []))


@pages.page("/prints/<uuid:job_id>/<uuid:file_id>.pdf", access=ISSUE)
def printed_file(job_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """The PDF, for whoever asked for it."""
    if str(file_id) not in (own_job(job_id, printing.KIND).result or {}).get("files", []):
        raise NotFound
    return hand_out(file_id)


@pages.page("/<uuid:certificate_id>", access=READ)
def show(certificate_id: uuid.UUID) -> str:
    """One certificate, with what can be done to it."""
    return _show(_find(certificate_id, READ))


@pages.page("/<uuid:certificate_id>.pdf", access=ISSUE)
def pdf(certificate_id: uuid.UUID) -> Response:
    """Print one certificate again."""
    _find(certificate_id, ISSUE)
    return send_file(BytesIO(printing.certificate_pdf(certificate_id)), printing.PDF, download_name=printing.file_name())


@pages.page("/<uuid:certificate_id>/revoke", access=ISSUE, methods=("POST",))
def revoke(certificate_id: uuid.UUID) -> Response | tuple[str, int]:
    """Make it invalid, and issue a new one if wished."""
    found = _find(certificate_id, ISSUE)
    try:
        data = load_form(RevokeForm(), request.form)
        new = certificate_id
        if data["again"]:
            new = certificates.reissue(certificate_id, data["reason"], by=actor().account_id)
            _find(new, ISSUE)  # a member who moved to a unit out of reach is that unit's officer's business: nothing is done
        else:
            certificates.revoke(certificate_id, data["reason"])
    except (Invalid, Conflict) as error:
        return _show(found, error), error.status
    flash(_("已作废，并补发了新的报到证，请打印。") if data["again"] else _("已作废。"), "success")
    return redirect(url_for("certificates.show", certificate_id=new), 303)


def _show(found: CertificateView, error: BaodaoError | None = None) -> str:
    row = found.row
    may_issue = allowed(actor(), ISSUE, found.target)
    values: Any = request.form if error else {}
    return render_template("certificates/show.html", row=row, titles=STATUS_TITLES, may_issue=may_issue,
                           reason=certificates.REVOKE_REASONS.get(row.revoked_reason or "", row.revoked_reason),
                           fields=form_fields(RevokeForm(), values, error.fields if isinstance(error, Invalid) else {}),
                           message=error.message if error else None, unit_id=found.unit_id, may_see_member=actor().can("members.read"))


def _find(certificate_id: uuid.UUID, permission: str) -> CertificateView:
    found = certificate_queries.certificate(certificate_id)
    authorize(actor(), permission, Target(found.target.paths))  # a member's own tie opens no officer's page
    return found


def _issued(made: list[uuid.UUID]) -> Response:
    if not made:
        flash(_("所选党员都已有有效的报到证，没有新制发。需要时可在报到证列表中重新打印。"), "info")
        return redirect(url_for("certificates.issue"), 303)
    flash(_("已制发 %(count)s 张报到证，正在生成打印文件。", count=len(made)), "success")
    return redirect(url_for("certificates.printed", job_id=printing.start(made)), 303)


def _filter() -> CertificateFilter:
    status = request.values.get("status")
    return CertificateFilter(grants_for(actor(), READ), number=request.values.get("q", "").strip()[:40],
                             status=status if status in STATUS_TITLES else None, unit_id=request.values.get("unit", type=uuid.UUID))


def _id(name: str) -> uuid.UUID | None:
    return request.args.get(name, type=uuid.UUID)


def _chosen(name: str) -> list[uuid.UUID]:
    return request.form.getlist(name, type=uuid.UUID)
