"""The door for complaints and questions: a public page of the tenant that tells whom to call."""
from __future__ import annotations

from flask import render_template

from core.extension.settings import effective
from tenants.contact import NAMESPACE
from web.routing import PUBLIC_TENANT, Pages

pages = Pages("contact", __name__)


@pages.page("/t/<slug>/contact", access=PUBLIC_TENANT)
def index(slug: str) -> str:  # noqa: ARG001 - the frame has found the tenant by it
    """Phone, hours, address, and what the tenant has to say."""
    return render_template("contact/index.html", contact=effective(NAMESPACE))
