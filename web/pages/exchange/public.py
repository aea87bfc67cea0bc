"""Two doors without a login: whoever holds a certificate on paper verifies it, and a partner's server hands an envelope in."""
from __future__ import annotations

import datetime as dt

from flask import Response, render_template, request

from core.errors import BaodaoError, Invalid, TooMany
from core.exchange import addresses, canonical, envelopes, inbox
from core.i18n import _
from core.privacy.masking import mask_name
from core.residents.throttle import admit
from web.pages.exchange.blueprint import BASES, pages
from web.routing import PUBLIC_TENANT, Access

HOURLY = 600
MACHINES = Access(public=True, tenant_from_url=True, csrf=False)


@pages.page("/t/<slug>/exchange/verify", access=PUBLIC_TENANT, methods=("GET", "POST"))
def verify(slug: str) -> str | tuple[str, int]:
    """Whether a code is a partner's and unaltered; the name is masked. Nothing is kept and no network is asked."""
    if request.method == "GET":
        return render_template("exchange/verify.html", slug=slug, found=None, error=None)
    try:
        admit("exchange.verify", request.remote_addr or "", most=30)
        found = envelopes.read(request.form.get("text", "").strip()[:canonical.MOST_BYTES])
        partner, body = inbox.check(found), found.body
        if found.kind != "certificate":
            raise Invalid(_("这不是介绍信。"))
    except TooMany:
        raise
    except BaodaoError as error:
        return render_template("exchange/verify.html", slug=slug, found=None, error=error.message), error.status
    shown = {"partner": partner.name, "name": mask_name(body["member"]["name"]), "unit": body["unit"]["name"], "number": body["certificate"]["number"],
             "issued_on": body["certificate"]["issued_on"], "community": body["community"]["name"], "basis": BASES[body["basis"]]}
    return render_template("exchange/verify.html", slug=slug, found=shown, error=None)


@pages.page("/t/<slug>/exchange/in", access=MACHINES, methods=("POST",))
def hand_in(slug: str) -> Response:  # noqa: ARG001 - the frame has found the tenant by it
    """A partner's envelope; the answer is signed. What is no envelope at all is refused without one."""
    admit("exchange.in", request.remote_addr or "", most=HOURLY, window=dt.timedelta(hours=1))
    if (request.content_length or 0) > canonical.MOST_LETTER:
        raise Invalid(_("函件太大。"))
    said = request.stream.read(canonical.MOST_LETTER + 1).decode("utf-8", "replace")
    return Response(addresses.answer(said), content_type="application/json")
