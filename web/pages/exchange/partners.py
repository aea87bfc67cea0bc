"""Partners: chosen from this installation, or by a file from another one and a call on the telephone."""
from __future__ import annotations

import uuid
from io import BytesIO

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from core.errors import BaodaoError, Conflict, Invalid
from core.exchange import canonical, keys, partner_files, partners as services, queries
from core.i18n import _
from core.tenancy import current_tenant
from web.pages.exchange.blueprint import MANAGE, PARTNER_STATES, TENANT_KINDS, pages, version, words
from web.tenant import actor  # noqa: F401  the frame's


@pages.page("/exchange/partners", access=MANAGE)
def partners() -> str:
    """Who they are, whom one may ask, and what to read out of one's own key."""
    return _page()


@pages.page("/exchange/partners", access=MANAGE, methods=("POST",))
def offer() -> Response | tuple[str, int]:
    """Ask another tenant of this installation."""
    try:
        services.offer(request.form.get("code", ""))
    except (Invalid, Conflict) as error:
        return _page(error), error.status
    flash(_("已提出互通，等对方管理员确认。"), "success")
    return redirect(url_for("exchange.partners"), 303)


@pages.page("/exchange/partner-file", access=MANAGE)
def partner_file() -> Response:
    """One's own file, for the other side."""
    content = partner_files.write(current_app.config["BAODAO"].base_url)
    return send_file(BytesIO(content), "application/json", as_attachment=True, download_name=f"baodao-{current_tenant().code}.json")


@pages.page("/exchange/partner-file", access=MANAGE, methods=("POST",))
def take_file() -> Response | tuple[str, int]:
    """Read the other side's file."""
    sent = request.files.get("file")
    try:
        partner_id = partner_files.take(sent.read(partner_files.MOST_BYTES + 1) if sent else b"")
    except (Invalid, Conflict) as error:
        return _page(error), error.status
    return redirect(url_for("exchange.partner", partner_id=partner_id), 303)


@pages.page("/exchange/key", access=MANAGE, methods=("POST",))
def renew_key() -> Response | tuple[str, int]:
    """Another key pair from now on."""
    if request.form.get("confirmed") != "yes":
        return _page(Invalid(_("请先勾选“我知道要把新的伙伴文件发给其他系统的伙伴”。"))), 422
    keys.renew()
    flash(_("已更换签名密钥。本系统内的伙伴会自动收到；其他系统的伙伴请发给他们新的伙伴文件。"), "success")
    return redirect(url_for("exchange.partners"), 303)


@pages.page("/exchange/partners/<uuid:partner_id>", access=MANAGE)
def partner(partner_id: uuid.UUID) -> str:
    """One partner: its keys to be compared, its communities, and what can be done."""
    return _show(partner_id)


@pages.page("/exchange/partners/<uuid:partner_id>/accept", access=MANAGE, methods=("POST",))
def accept(partner_id: uuid.UUID) -> Response | tuple[str, int]:
    """Agree, once the fingerprint was compared."""
    if not services.get(partner_id).local and request.form.get("compared") != "yes":
        return _show(partner_id, Invalid(_("请先与对方电话核对指纹，再勾选“已核对一致”。"))), 422
    return _turned(partner_id, lambda: services.accept(partner_id, version()), _("已确认互通。"))


@pages.page("/exchange/partners/<uuid:partner_id>/end", access=MANAGE, methods=("POST",))
def end(partner_id: uuid.UUID) -> Response | tuple[str, int]:
    """End it, after a question."""
    services.get(partner_id)
    if request.form.get("confirmed") != "yes":
        return _show(partner_id, Invalid(_("停止后不再收发函件。确要停止，请先勾选。"))), 422
    return _turned(partner_id, lambda: services.end(partner_id, version()), _("已停止互通。"))


def _turned(partner_id: uuid.UUID, work: object, said: str) -> Response | tuple[str, int]:
    try:
        work()  # type: ignore[operator]
    except (Invalid, Conflict) as error:
        return _show(partner_id, error), error.status
    flash(said, "success")
    return redirect(url_for("exchange.partner", partner_id=partner_id), 303)


def _show(partner_id: uuid.UUID, error: BaodaoError | None = None) -> str:
    row = services.get(partner_id)
    found = [(number, keys.fingerprint(canonical.decode(key["public"])), key["until"]) for number, key in row.keys.items()]
    return render_template("exchange/partner.html", row=row, keys=found, states=PARTNER_STATES, tenant_kinds=TENANT_KINDS, own=_own(),
                           communities=len(services.directory(partner_id)), message=error.message if error else None, **words())


def _page(error: BaodaoError | None = None) -> str:
    return render_template("exchange/partners.html", rows=queries.partners(), candidates=services.candidates(), own=_own(), states=PARTNER_STATES,
                           tenant_kinds=TENANT_KINDS, message=error.message if error else None, **words())


def _own() -> str:
    return keys.fingerprint(keys.public_keys()[0].public)
