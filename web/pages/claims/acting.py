"""What an officer or liaison does for a member who has no phone: note a service, close, give up."""
from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from core.errors import Conflict, Invalid
from core.i18n import _
from core.service.claims import fulfilling
from core.service.claims.claiming import release as give_up
from core.service.claims.rights import ENTER, authorize_enter, voucher
from web.forms import load_form
from web.pages.claims.blueprint import pages
from web.pages.claims.showing import ServiceForm, finished, service
from web.pages.claims.work import detail
from web.tenant import actor


@pages.page("/work/<uuid:claim_id>/serve", access=ENTER, methods=("POST",))
def serve_for(claim_id: uuid.UUID) -> Response | tuple[str, int]:
    """They were there, and go on."""
    return _note(claim_id, lambda data: fulfilling.serve(claim_id, service(data), by=actor().account_id, record_id=data["record_id"]))


@pages.page("/work/<uuid:claim_id>/complete", access=ENTER, methods=("POST",))
def complete_for(claim_id: uuid.UUID) -> Response | tuple[str, int]:
    """That was all of it. Whoever verifies the community's records vouches for it at once."""
    return _note(claim_id, lambda data: fulfilling.complete(
        claim_id, data["version"], service(data), by=actor().account_id, verified_by=voucher(actor(), claim_id), record_id=data["record_id"]))


@pages.page("/work/<uuid:claim_id>/finish", access=ENTER, methods=("POST",))
def finish_for(claim_id: uuid.UUID) -> Response | tuple[str, int]:
    """All of it is noted already."""
    authorize_enter(actor(), claim_id)
    try:
        finished(claim_id)
    except (Invalid, Conflict) as error:
        return detail(claim_id, error), error.status
    return redirect(url_for("claims.show", claim_id=claim_id), 303)


@pages.page("/work/<uuid:claim_id>/release", access=ENTER, methods=("POST",))
def release_for(claim_id: uuid.UUID) -> Response | tuple[str, int]:
    """They cannot do it after all (R7)."""
    authorize_enter(actor(), claim_id)
    try:
        give_up(claim_id, request.form.get("version", 0, type=int), request.form.get("reason", ""))
    except (Invalid, Conflict) as error:
        return detail(claim_id, error), error.status
    flash(_("已退出，名额已让出。"), "success")
    return redirect(url_for("claims.show", claim_id=claim_id), 303)


def _note(claim_id: uuid.UUID, write: Callable[[dict[str, Any]], object]) -> Response | tuple[str, int]:
    authorize_enter(actor(), claim_id)
    try:
        write(load_form(ServiceForm(), request.form))
    except (Invalid, Conflict) as error:
        return detail(claim_id, error), error.status
    flash(_("已登记，服务记录已自动生成。"), "success")
    return redirect(url_for("claims.show", claim_id=claim_id), 303)
