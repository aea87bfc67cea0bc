"""Pages and API of the menu: one module for each thing that people do; the public ones below /t/<slug>/p/menu."""
from __future__ import annotations

from flask import Blueprint

from plugins.menu.pages import desk, entering, menus, owning, provider, work
from plugins.menu.pages.api import api_routes
from plugins.menu.pages.doing import Route
from plugins.menu.pages.public import public_routes
from plugins.menu.pages.sides import MemberSide, UnitSide

__all__ = ["api_routes", "public_routes", "routes"]


def routes() -> Blueprint:
    """The pages of officers, members and liaisons."""
    pages = Blueprint("menu", __name__, template_folder="../templates")
    for part in (work, entering, desk, menus):
        _add(pages, part.ROUTES)
    for side in (MemberSide, UnitSide):
        _add(pages, provider.routes(side))
        _add(pages, owning.routes(side))
    return pages


def _add(pages: Blueprint, routes_: tuple[Route, ...]) -> None:
    for address, name, view, methods in routes_:
        pages.add_url_rule(address, name, view, methods=methods)
