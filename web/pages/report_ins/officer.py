"""The community's list of report-ins: what waits is confirmed one by one or together, or returned with a reason; receipts."""
from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from core.access.authorization import Target, allowed, authorize
from core.access.roles import LIAISON
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _
from core.members.queries import member_view
from core.members.reach import grants_for
from core.organizations import tree
from core.registration import printing, queries, reporting
from core.registration.queries import ReportInView
from web.pages.report_ins.blueprint import BASES, CHANNELS, CLOSED_BY, CONFIRM, READ, STATUSES, identity, pages
from web.queries import with_query
from web.tenant import actor


@pages.page("/report-ins/", access=READ)
def index() -> str | Response:
    """A community's report-ins by status; who has several communities below chooses one first."""
    grants = grants_for(actor(), READ)
    if all(g.role == LIAISON for g in grants):
        return redirect(url_for("registration.unit_register"))
    community = _community()
    if community is None:
        text = request.args.get("q", "").strip()[:50]
        rows = queries.communities(grants, text)
        waiting = queries.waiting_communities(grants) if not text else []
        above = tree.names_by_path({_above(row.path) for row in (*rows, *(w for w, _count in waiting))})  # names of communities repeat
        return render_template("registration/communities.html", rows=[(row, above.get(_above(row.path), "")) for row in rows], text=text,
                               waiting=[(row, above.get(_above(row.path), ""), count) for row, count in waiting])
    authorize(actor(), READ, Target((community.path,)))
    status = request.args.get("status", "submitted")
    if status not in queries.STATUSES:
        raise NotFound
    counts = queries.count_report_ins(community.id)
    page = queries.report_ins(community.id, status, after=identity("after"), before=identity("before"))
    rows = [row._asdict() | {"url": url_for("registration.show", report_in_id=row.id)} for row in page.rows]
    tabs = [{"title": STATUSES[s], "url": with_query(status=s, after=None, before=None), "active": s == status, "count": counts[s]}
            for s in queries.STATUSES]
    return render_template("registration/index.html", community=community, status=status, tabs=tabs, page=page, rows=rows, bases=BASES,
                           channels=CHANNELS, statuses=STATUSES, may_confirm=allowed(actor(), CONFIRM, Target((community.path,))),
                           may_change=len(grants) > 1 or grants[0].kind != "community")


@pages.page("/report-ins/confirm", access=CONFIRM, methods=("POST",))
def confirm_many() -> Response:
    """Confirm what was ticked; each is `id:version`, so that nothing is confirmed that has changed since it was read."""
    wanted = [_ticked(value) for value in request.form.getlist("report_in")]
    if not wanted:
        raise Invalid(_("请至少勾选一条报到。"))
    for report_in_id, _version in wanted:
        _find(report_in_id, CONFIRM)
    done, missed = reporting.confirm_many(wanted, by=actor().account_id)
    flash(_("已确认 %(count)s 条报到。", count=done), "success")
    if missed:
        flash(_("有 %(count)s 条已被处理或已变动，没有确认，请看最新状态。", count=missed), "warning")
    return redirect(url_for("registration.index", community=identity("community")), 303)


@pages.page("/report-ins/<uuid:report_in_id>", access=READ)
def show(report_in_id: uuid.UUID) -> str:
    """One report-in: what is to be decided, or its receipt."""
    return _show(_find(report_in_id, READ))


@pages.page("/report-ins/<uuid:report_in_id>/receipt.pdf", access=READ)
def receipt(report_in_id: uuid.UUID) -> Response:
    """The receipt (D2) to print."""
    view = _find(report_in_id, READ)
    return send_file(BytesIO(printing.receipt_pdf(view)), printing.PDF, download_name=printing.file_name())


@pages.page("/report-ins/<uuid:report_in_id>/confirm", access=CONFIRM, methods=("POST",))
def confirm(report_in_id: uuid.UUID) -> Response | tuple[str, int]:
    """Confirm one."""
    view = _find(report_in_id, CONFIRM)
    try:
        reporting.confirm(report_in_id, _version(), by=actor().account_id)
    except Conflict as error:
        return _show(view, error), error.status
    flash(_("已确认报到，单位台账已自动登记。"), "success")
    return redirect(url_for("registration.show", report_in_id=report_in_id), 303)


@pages.page("/report-ins/<uuid:report_in_id>/return", access=CONFIRM, methods=("POST",))
def send_back(report_in_id: uuid.UUID) -> Response | tuple[str, int]:
    """Return one with a reason."""
    view = _find(report_in_id, CONFIRM)
    try:
        reporting.send_back(report_in_id, _version(), request.form.get("reason", ""), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _show(view, error), error.status
    flash(_("已退回，党员会看到退回的原因。"), "success")
    return redirect(url_for("registration.index", community=view.community_id), 303)


@pages.page("/report-ins/<uuid:report_in_id>/take-back", access=CONFIRM, methods=("POST",))
def take_back(report_in_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take a mistaken confirmation back, with a reason."""
    view = _find(report_in_id, CONFIRM)
    try:
        reporting.take_back(report_in_id, _version(), request.form.get("reason", ""), by=actor().account_id)
    except (Invalid, Conflict) as error:
        return _show(view, error), error.status
    flash(_("已撤销，回执作废，单位台账恢复为未报到。"), "success")
    return redirect(url_for("registration.index", community=view.community_id), 303)


def _show(view: ReportInView, error: BaodaoError | None = None) -> str:
    # Only who holds the community may decide; a unit or a county reads.
    may_confirm = allowed(actor(), CONFIRM, _place(view))
    facts: list[tuple[str, str | None]] = []
    if may_confirm and view.status == "submitted":  # who came by phone is checked against these, as at the desk
        member = member_view(view.member_id)
        facts = [(_("公民身份号码"), member.id_number), (_("手机号"), member.phone), (_("居住地址"), member.address)]
    return render_template("registration/show.html", view=view, bases=BASES, channels=CHANNELS, statuses=STATUSES, closed_by=CLOSED_BY,
                           may_confirm=may_confirm, facts=facts, message=error.message if error else None,
                           errors=error.fields if isinstance(error, Invalid) else {}, reason=request.form.get("reason", ""))


def _find(report_in_id: uuid.UUID, permission: str) -> ReportInView:
    view = queries.report_in(report_in_id)
    authorize(actor(), permission, _place(view) if permission == CONFIRM else Target(view.target.paths))
    return view


def _place(view: ReportInView) -> Target:
    return Target((tree.get(view.community_id).path,))


def _community() -> Any:
    if chosen := identity("community"):
        found = tree.get(chosen)
        if found.kind != "community":
            raise NotFound
        return found
    grants = grants_for(actor(), READ)
    return tree.get(grants[0].organization_id) if len(grants) == 1 and grants[0].kind == "community" else None


def _above(path: str) -> str:
    return path.rstrip("/").rpartition("/")[0] + "/"


def _ticked(value: str) -> tuple[uuid.UUID, int]:
    identifier, _colon, version = value.partition(":")
    try:
        return uuid.UUID(identifier), int(version)
    except ValueError:
        raise NotFound from None


def _version() -> int:
    return request.form.get("version", 0, type=int)
