"""The tree of organizations: browsing and searching the places, and keeping the issuing sectors."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import Row
from werkzeug.wrappers import Response

from core.access.authorization import Target, allowed, authorize
from core.access.roles import ROLES
from core.errors import Conflict, Invalid, NotFound
from core.i18n import _, _l
from core.organizations import queries, tree, units
from core.organizations.queries import version_of
from tenants import hierarchy
from web.forms import form_fields, load_form
from web.navigation import NavigationItem, register
from web.routing import Pages
from web.tenant import actor

READ, MANAGE = "organizations.read", "organizations.manage"
PLACES = ("county", "street", "community", "sector")
COUNTED = {"county": ("street", "community", "unit"), "street": ("community",), "community": (), "sector": ("unit",)}
FOUND = 100

pages = Pages("organizations", __name__, url_prefix="/organizations")
register("organizations", _l("组织"), NavigationItem(_l("组织机构"), "organizations.index", "sitemap", permission=READ, order=10), order=30)


class SectorForm(Schema):
    """An issuing sector's name."""

    name = fields.String(required=True, validate=validate.Length(2, 60), metadata={
        "title": _l("名称"), "help": _l("如：中共武汉市国资委委员会")})
    version = fields.Integer(load_default=0, metadata={"widget": "hidden", "title": ""})


@pages.page("/", access=READ)
def index() -> str | Response:
    """The search's answer, or the places over which the person has a say."""
    text = request.args.get("q", "").strip()[:60]
    paths = actor().paths(READ)
    if text:
        found = tree.search(paths, kinds=PLACES, text=text, limit=FOUND)
        places = parents([row.path for row in found])
        rows = [line(row) | {"within": places.get(row.path, "")} for row in found]
        return render_template("organizations/search.html", rows=rows, text=text, more=len(found) == FOUND)
    held = {g.organization_id: g for g in actor().grants if g.path in paths}
    if len(held) == 1:
        return redirect(url_for("organizations.show", organization_id=next(iter(held))))
    rows = [{"name": g.name, "role": ROLES[g.role].title, "url": url_for("organizations.show", organization_id=g.organization_id)}
            for g in held.values()]
    return render_template("organizations/held.html", rows=rows)


@pages.page("/<uuid:organization_id>", access=READ)
def show(organization_id: uuid.UUID) -> str | Response:
    """One place or sector: what stands below it, with counts."""
    place = tree.get(organization_id)
    authorize(actor(), READ, Target((place.path,)))
    if place.kind == "unit":
        return redirect(url_for("units.show", unit_id=place.id))
    counts = queries.descendant_counts(place)
    below = [line(row) | {kind: counts.get(row.code, {}).get(kind, 0) for kind in ("street", "community", "unit")}
             for row in tree.children(place.id, kinds=PLACES)]
    groups = [(kind, COUNTED[kind], rows) for kind in PLACES if (rows := [r for r in below if r["kind"] == kind])]
    manage = allowed(actor(), MANAGE, Target((place.path,)))
    return render_template(
        "organizations/show.html", place=place, crumbs=crumbs(place.path), groups=groups,
        units=sum(queries.unit_counts((place.path,)).values()), may_add=manage and place.kind in units.LEADERS,
        may_add_sector=manage and place.kind == "committee", may_rename=manage and place.kind == "sector",
        may_change=bool(hierarchy.acts_for(place)) and allowed(actor(), MANAGE, Target((hierarchy.above(place.path),))))


@pages.page("/sectors/new", access=MANAGE, methods=("GET", "POST"))
def new_sector() -> str | Response | tuple[str, int]:
    """Enter an issuing sector."""
    root = tree.root()
    authorize(actor(), MANAGE, Target((root.path,)))
    if request.method == "GET":
        return _sector_form({}, root.id)
    try:
        identity = units.create_sector(load_form(SectorForm(), request.form)["name"])
    except (Invalid, Conflict) as error:
        return _sector_form(request.form, root.id, error), error.status
    flash(_("行业系统党组织已登记。"), "success")
    return redirect(url_for("organizations.show", organization_id=identity), 303)


@pages.page("/sectors/<uuid:sector_id>/rename", access=MANAGE, methods=("GET", "POST"))
def rename_sector(sector_id: uuid.UUID) -> str | Response | tuple[str, int]:
    """Give a sector another name."""
    sector = tree.get(sector_id)
    authorize(actor(), MANAGE, Target((sector.path,)))
    if sector.kind != "sector":
        raise NotFound
    if request.method == "GET":
        return _sector_form({"name": sector.name, "version": version_of(sector_id)}, sector_id)
    try:
        values = load_form(SectorForm(), request.form)
        units.rename_sector(sector_id, values["name"], values["version"])
    except (Invalid, Conflict) as error:
        return _sector_form(request.form, sector_id, error), error.status
    flash(_("名称已保存。"), "success")
    return redirect(url_for("organizations.show", organization_id=sector_id), 303)


def crumbs(path: str) -> list[tuple[str, str | None]]:
    """The way from the root down to `path`, for the breadcrumbs; what lies above the person's reach is no link."""
    reach = actor().paths(READ)
    above = tree.ancestors(path)
    return [(row.name, url_for("organizations.show", organization_id=row.id)
             if row.path != path and any(row.path.startswith(p) for p in reach) else None) for row in above]


def parents(paths: list[str]) -> dict[str, str]:
    """By path, the names of what stands above it below the committee, as an address is written; one query."""
    return {path: " ".join(names) for path, names in queries.names_above(paths).items()}


def line(row: Row) -> dict[str, Any]:
    """A place as a list shows it."""
    return {"id": row.id, "kind": row.kind, "code": row.code, "name": row.name,
            "url": url_for("organizations.show", organization_id=row.id)}


def _sector_form(values: Mapping[str, Any], back_to: uuid.UUID, error: Invalid | Conflict | None = None) -> str:
    rows = form_fields(SectorForm(), values, error.fields if isinstance(error, Invalid) else {})
    return render_template("organizations/sector_form.html", fields=rows, message=error.message if error else None,
                           cancel_url=url_for("organizations.show", organization_id=back_to))
