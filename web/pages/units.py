"""The units: listed by type, participation and subordination, entered, corrected, closed, exported."""
from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy import Row
from werkzeug.wrappers import Response as BaseResponse

from core import audit
from core.access.authorization import Target, allowed, authorize
from core.documents.spreadsheet import Column, Sheet, Watermark, write_workbook
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.members.reveal import note_look
from core.organizations import queries, tree, units
from core.organizations.queries import UnitFilter
from core.organizations.settings import (
    REQUIRED,
    SCOPE_TITLES,
    SUBORDINATION_TITLES,
    TYPE_TITLES,
    encouraged_types,
    participation,
    required_types,
)
from core.organizations.units import UnitInput
from core.privacy.masking import mask_phone
from core.tenancy import now
from core.tenancy.clock import LOCAL
from tenants.closing import close_unit, member_count
from web.forms import form_fields, load_form
from web.navigation import NavigationItem, register
from web.pages.organizations import MANAGE, READ, crumbs
from web.routing import Pages
from web.tenant import actor
from web.unit_forms import UnitFilterForm, UnitForm

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_STATES = {"open": True, "closed": False}

pages = Pages("units", __name__, url_prefix="/organizations/units")
register("organizations", _l("组织"), NavigationItem(_l("单位"), "units.index", "building", permission=READ, order=20), order=30)


@pages.page("/", access=READ)
def index() -> str:
    """The units of one's reach, filtered."""
    chosen, wanted = _filter()
    page = queries.units(wanted, after=_uuid("after"), before=_uuid("before"))
    rows = [{"name": r.name if r.active else _("%(name)s（已停用）", name=r.name),
             "url": url_for("units.show", unit_id=r.id), "unit_type": TYPE_TITLES[r.unit_type],
             "scope": participation(r.unit_type), "subordination": SUBORDINATION_TITLES.get(r.subordination or "", ""),
             "leader": r.leader, "community": r.community, "contact": r.contact_name} for r in page.rows]
    return render_template("units/index.html", rows=rows, page=page, text=wanted.text, may_add=actor().can(MANAGE),
                           scopes=SCOPE_TITLES, filters=form_fields(UnitFilterForm(), chosen, as_filter=True))


@pages.page("/export", access=READ)
def export() -> Response:
    """The filtered units as a table."""
    _chosen, wanted = _filter()
    columns = [Column("name", _("单位名称"), 30), Column("code", _("统一社会信用代码"), 22, "code"), Column("type", _("单位类别"), 16),
               Column("scope", _("参加范围"), 12), Column("subordination", _("隶属"), 10), Column("leader", _("上级党组织"), 32),
               Column("community", _("所在社区"), 20), Column("contact", _("联络员"), 12)]
    rows = ([r.name, r.credit_code, str(TYPE_TITLES[r.unit_type]), str(SCOPE_TITLES[participation(r.unit_type)]),
             str(SUBORDINATION_TITLES.get(r.subordination or "", "")), r.leader, r.community, r.contact_name]
            for r in queries.all_units(wanted))
    content = io.BytesIO()
    count = write_workbook(content, [Sheet(_("单位名册"), columns, rows)],
                           Watermark(actor().display_name, now().astimezone(LOCAL), _("单位名册导出")))
    audit.record("organization.exported", "organization", None, {"count": count})
    content.seek(0)
    return send_file(content, XLSX, as_attachment=True, download_name=_("单位名册.xlsx"))


@pages.page("/<uuid:unit_id>", access=READ)
def show(unit_id: uuid.UUID) -> str:
    """One unit; the contact's phone is masked."""
    return _show(_unit(unit_id, READ))


@pages.page("/<uuid:unit_id>/contact", access=MANAGE, methods=("POST",))
def contact(unit_id: uuid.UUID) -> str:
    """The same page with the contact's full number, for those who keep the unit; the look is noted and counted."""
    row = _unit(unit_id, MANAGE)
    note_look("organization.contact_seen", "organization", row.id)
    return _show(row, clear=True)


def _show(row: Row, *, clear: bool = False) -> str:
    phone = units.contact_phone(row.id, row.contact_phone)
    manage = allowed(actor(), MANAGE, Target((row.path,)))
    return render_template("units/show.html", unit=row, crumbs=crumbs(row.path), members=member_count(row.id), may_manage=manage,
                           phone=phone if clear else mask_phone(phone) if phone else None, clear=clear, unit_type=TYPE_TITLES[row.unit_type],
                           scope=participation(row.unit_type), scopes=SCOPE_TITLES,
                           subordination=SUBORDINATION_TITLES.get(row.subordination or "", ""),
                           elsewhere_url=url_for("exchange.unit_elsewhere", unit_id=row.id)
                           if allowed(actor(), "exchange.send", Target((row.path,))) else None,
                           register_url=url_for("registration.unit_register", unit=row.id)
                           if allowed(actor(), "registration.read", Target((row.path,))) else None)


@pages.page("/new", access=MANAGE, methods=("GET", "POST"))
def new() -> str | BaseResponse | tuple[str, int]:
    """Enter a unit."""
    if request.method == "GET":
        return _form(None, {"parent_id": parent} if (parent := _uuid("parent")) else {})
    try:
        given, _version = _submitted()
        identity = units.create(given)
    except (Invalid, Conflict) as error:
        return _form(None, request.form, error), error.status
    flash(_("单位已登记。"), "success")
    return redirect(url_for("units.show", unit_id=identity), 303)


@pages.page("/<uuid:unit_id>/edit", access=MANAGE, methods=("GET", "POST"))
def edit(unit_id: uuid.UUID) -> str | BaseResponse | tuple[str, int]:
    """Correct a unit."""
    row = _unit(unit_id, MANAGE)
    if request.method == "GET":
        community = tree.get(row.community_id).code if row.community_id else ""
        return _form(row, {**row._mapping, "community_code": community, "contact_phone": None})
    try:
        given, version = _submitted()
        units.amend(unit_id, _with_known_phone(given, row), version)
    except (Invalid, Conflict) as error:
        return _form(row, request.form, error), error.status
    flash(_("单位已保存。"), "success")
    return redirect(url_for("units.show", unit_id=unit_id), 303)


@pages.page("/<uuid:unit_id>/state", access=MANAGE, methods=("POST",))
def state(unit_id: uuid.UUID) -> BaseResponse:
    """Close a unit, or open it again."""
    _unit(unit_id, MANAGE)
    version, opening = request.form.get("version", 0, int), request.form.get("active") == "yes"
    try:
        if opening:
            units.set_open(unit_id, version, active=True)
        else:
            close_unit(unit_id, version)
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(_("单位已重新启用。") if opening else _("单位已停用，历史记录仍保留。"), "success")
    return redirect(url_for("units.show", unit_id=unit_id), 303)


def _filter() -> tuple[dict[str, Any], UnitFilter]:
    """The chosen filters, bad values dropped, and what they mean."""
    schema = UnitFilterForm()
    chosen = {name: request.args.get(name) for name in schema.fields}
    for name in schema.validate({k: v for k, v in chosen.items() if v}):
        chosen[name] = None
    types = {None: (), "": ()}.get(chosen["scope"], required_types() if chosen["scope"] == REQUIRED else encouraged_types())
    if chosen["unit_type"]:
        types = tuple(t for t in (types or (chosen["unit_type"],)) if t == chosen["unit_type"]) or ("",)
    paths = actor().paths(READ)
    if below := request.args.get("below", ""):
        paths = tuple(below for p in paths if below.startswith(p))[:1]
    text = request.args.get("q", "").strip()[:60]
    return chosen, UnitFilter(paths, text, types, chosen["subordination"] or None, active=_STATES.get(chosen["state"] or ""))


def _uuid(name: str) -> uuid.UUID | None:
    return request.args.get(name, type=uuid.UUID)


def _unit(unit_id: uuid.UUID, permission: str) -> Row:
    """The unit, when the person may; a community's people see those that work on its ground. Raises NotFound, Forbidden."""
    row = queries.unit(unit_id)
    if row is None:
        raise NotFound
    paths = (row.path, row.community_path) if permission == READ and row.community_path else (row.path,)
    authorize(actor(), permission, Target(paths))
    return row


def _submitted() -> tuple[UnitInput, int]:
    """The sent form, its places looked up and the leader within the person's reach. Raises Invalid, NotFound."""
    values = load_form(UnitForm(), request.form)
    authorize(actor(), MANAGE, Target((tree.get(values["parent_id"]).path,)))
    version, code = values.pop("version"), values.pop("community_code")
    community = None
    if code:
        try:
            community = tree.by_code(code).id
        except NotFound as error:
            problems = {"community_code": [_("没有这个社区，请核对 12 位代码")]}
            raise Invalid(_("没有代码为 %(code)s 的社区。", code=code), problems) from error
    return UnitInput(**values, community_id=community), version


def _with_known_phone(given: UnitInput, row: Row) -> UnitInput:
    """The number is not shown in the form: left empty it stays, as long as the contact is the same person."""
    if given.contact_phone or given.contact_name != row.contact_name:
        return given
    return replace(given, contact_phone=units.contact_phone(row.id, row.contact_phone))


def _form(row: Row | None, values: Mapping[str, Any], error: Invalid | Conflict | None = None) -> str:
    leaders = tree.search(actor().paths(MANAGE), kinds=units.LEADERS, limit=500)
    rows = form_fields(UnitForm(), values, error.fields if isinstance(error, Invalid) else {},
                       choices={"parent_id": [(str(r.id), r.name) for r in leaders]})
    back = url_for("units.show", unit_id=row.id) if row else url_for("units.index")
    return render_template("units/form.html", fields=rows, message=error.message if error else None, unit=row, cancel_url=back)
