"""Shows a slip, once: to be printed and handed over, or sent as a link whose code no server sees."""
from __future__ import annotations

from flask import current_app, render_template, url_for
from markupsafe import Markup

from core.access.slips import VALID
from core.documents import qr
from core.tenancy import current_tenant, today


def slip_page(title: str, name: str, username: str, code: str, back: str) -> str:
    """The page with the slip of an account; `back` is where the officer goes on."""
    address = current_app.config["BAODAO"].base_url.rstrip("/") + url_for("start.form", slug=current_tenant().slug)
    link = f"{address}#{username}:{code}"
    return render_template("accounts/handover.html", title=title, name=name, username=username, code=code, address=address, link=link, back=back,
                           picture=Markup(qr.svg(link)), until=today() + VALID)  # noqa: S704 - an SVG made here
