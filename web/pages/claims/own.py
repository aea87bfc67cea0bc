"""The member's side, for the phone: what I took on, what I did of it, and giving it up."""
from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid, NotFound
from core.i18n import _
from core.service.claims import fulfilling
from core.service.claims.claiming import release as give_up
from core.service.claims.queries import claim_row, of_member, records_of
from core.service.claims.register import STATES, source_title
from core.service.claims.rights import OWN, authorize_own
from web.forms import load_form
from web.pages.claims.blueprint import pages
from web.pages.claims.showing import TONES, ServiceForm, after, finished, matter_link, recipient, service, service_fields, shown
from web.pages.records.words import STATES as RECORD_STATES
from web.panels import plugin_panels
from web.tenant import actor


@pages.page("/", access=OWN)
def index() -> str:
    """What goes on, the nearest deadline first; what has ended behind a tab."""
    member_id, ended = actor().member_id, request.args.get("view") == "ended"
    if member_id is None:
        raise NotFound(_("这个账号没有对应的党员，不能认领。请联系单位联络员。"))
    page = of_member(member_id, live=not ended, after=after())
    return render_template("claims/index.html", rows=shown(page.rows, "own"), page=page, ended=ended)


@pages.page("/<uuid:claim_id>", access=OWN)
def own(claim_id: uuid.UUID) -> str:
    """One of mine, with what can be done to it."""
    return _show(claim_id)


@pages.page("/<uuid:claim_id>/serve", access=OWN, methods=("POST",))
def serve(claim_id: uuid.UUID) -> Response | tuple[str, int]:
    """I was there, and go on."""
    return _note(claim_id, lambda data: fulfilling.serve(claim_id, service(data), by=actor().account_id, record_id=data["record_id"]))


@pages.page("/<uuid:claim_id>/complete", access=OWN, methods=("POST",))
def complete(claim_id: uuid.UUID) -> Response | tuple[str, int]:
    """I was there, and that was all of it."""
    return _note(claim_id, lambda data: fulfilling.complete(claim_id, data["version"], service(data), by=actor().account_id,
                                                            record_id=data["record_id"]))


@pages.page("/<uuid:claim_id>/finish", access=OWN, methods=("POST",))
def finish(claim_id: uuid.UUID) -> Response | tuple[str, int]:
    """All of it is noted already."""
    authorize_own(actor(), claim_id)
    try:
        finished(claim_id)
    except (Invalid, Conflict) as error:
        return _show(claim_id, error), error.status
    return redirect(url_for("claims.own", claim_id=claim_id), 303)


@pages.page("/<uuid:claim_id>/release", access=OWN, methods=("POST",))
def release(claim_id: uuid.UUID) -> Response | tuple[str, int]:
    """I cannot do it after all (R7)."""
    authorize_own(actor(), claim_id)
    try:
        give_up(claim_id, request.form.get("version", 0, type=int), request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        return _show(claim_id, error), error.status
    flash(_("已退出。名额已让出，需要时可以再认领。"), "success")
    return redirect(url_for("claims.index"), 303)


def _note(claim_id: uuid.UUID, write: Callable[[dict[str, Any]], object]) -> Response | tuple[str, int]:
    authorize_own(actor(), claim_id)
    try:
        write(load_form(ServiceForm(), request.form))
    except (Invalid, Conflict) as error:
        return _show(claim_id, error), error.status
    flash(_("已登记，服务记录已自动生成，等社区查验。"), "success")
    return redirect(url_for("claims.own", claim_id=claim_id), 303)


def _show(claim_id: uuid.UUID, error: BaodaoError | None = None) -> str:
    authorize_own(actor(), claim_id)
    row = claim_row(claim_id)
    errors: Mapping[str, list[str]] = getattr(error, "fields", {})
    values: Mapping[str, Any] | None = request.form if error is not None and "record_id" in request.form else None
    return render_template(
        "claims/own.html", row=row, source=source_title(row.source), state=STATES[row.state], tone=TONES[row.state], recipient=recipient(row),
        link=matter_link(row, "own"), records=records_of(claim_id), states=RECORD_STATES, message=error.message if error else None,
        errors=errors, fields=service_fields(row, values, errors), reason=request.form.get("reason", ""),
        panels=plugin_panels("claim_panels", claim_id=claim_id, own=True))
