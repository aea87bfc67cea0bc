"""Pages and API of needs: officers' and members' below /p/needs, residents' and machines' below /t/<slug>/p/needs."""
from __future__ import annotations

from flask import Blueprint

from plugins.needs.pages import acts, bulletin, detail, entry, machine, member, printing, public_form, public_read, sheet, work
from plugins.needs.pages.api import api_routes

__all__ = ["api_routes", "public_routes", "routes"]


def routes() -> Blueprint:
    """The pages for those who are signed in."""
    pages = Blueprint("needs", __name__, template_folder="../templates")
    for part in (work, entry, detail, acts, sheet, printing, bulletin, machine, member):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=[methods])
    return pages


def public_routes() -> Blueprint:
    """The pages for everybody, and the door for machines."""
    pages = Blueprint("needs_public", __name__)
    for part in (public_form, public_read):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=[methods])
    return pages
