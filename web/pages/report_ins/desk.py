"""The community's desk: one field for the certificate, a card of who stands there, one press, a receipt to print, and the next."""
from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.access.actor import GrantFact
from core.access.authorization import Target, authorize
from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.exchange.canonical import PREFIX as INTRODUCTION
from core.extension.settings import effective
from core.i18n import _
from core.members.queries import MemberRow
from core.members.reach import grants_for
from core.organizations import tree
from core.registration import desk, reporting
from core.registration.desk import Card
from web.pages.report_ins.blueprint import BASES, CAUSES, CONFIRM, identity, pages
from web.tenant import actor


@pages.page("/report-ins/desk", access=CONFIRM, methods=("GET", "POST"))
def scan() -> str | tuple[str, int]:
    """The field; what was scanned or typed comes by form, so that no number of a person's paper stands in an address."""
    if request.method == "GET":
        return _page()
    scanned = request.form.get("scanned", "")
    try:
        if scanned.strip().startswith(INTRODUCTION):
            return _page(error=Invalid(_("这是外地单位的介绍信，请到“外地来的党员”中扫描。"))), 422
        return _page(card=desk.scan(scanned, _grants()))
    except (Invalid, NotFound) as error:
        return _page(error=error, scanned=scanned), error.status


@pages.page("/report-ins/desk/search", access=CONFIRM, methods=("POST",))
def search() -> str | tuple[str, int]:
    """Somebody without a certificate: by name among those who live or work here."""
    name = request.form.get("name", "")[:50]
    try:
        return _page(found=desk.search(name, _grants()), name=name)
    except Invalid as error:
        return _page(error=error, name=name), error.status


@pages.page("/report-ins/desk/card", access=CONFIRM, methods=("POST",))
def card() -> str:
    """The card of one of those who were found."""
    member_id = identity("member_id")
    if member_id is None:
        raise NotFound
    return _page(card=desk.card(member_id, _grants()))


@pages.page("/report-ins/desk/confirm", access=CONFIRM, methods=("POST",))
def accept() -> Response | tuple[str, int]:
    """Submit and confirm in one press; then the receipt."""
    member_id, community_id, certificate_id = identity("member_id"), identity("community_id"), identity("certificate_id")
    if member_id is None or community_id is None:
        raise NotFound
    authorize(actor(), CONFIRM, Target((tree.get(community_id).path,)))
    here = desk.card(member_id, _grants())
    try:
        report_in_id = reporting.accept(member_id, community_id, _basis(here, community_id), by=actor().account_id,
                                        certificate_id=certificate_id)
    except (Invalid, Conflict) as error:
        return _page(error=error, card=here), error.status
    flash(_("已确认报到，单位台账已自动登记。"), "success")
    return redirect(url_for("registration.show", report_in_id=report_in_id), 303)


def _basis(here: Card, community_id: uuid.UUID) -> str:
    basis = next((choice.basis for choice in here.here if choice.community_id == community_id), None)
    if basis is None:
        raise NotFound
    return basis


def _grants() -> tuple[GrantFact, ...]:
    return grants_for(actor(), CONFIRM)


def _page(*, card: Card | None = None, found: list[MemberRow] | None = None, error: BaodaoError | None = None, scanned: str = "",
          name: str = "") -> str:
    return render_template("registration/desk.html", card=card, found=found, error=error, scanned=scanned, name=name, bases=BASES,
                           causes=CAUSES, one=effective("registration")["report_to"] == "one", places=_("、").join(g.name for g in _grants()))
