"""The overview over the API: the figures of one place or unit, and of what stands below it."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.access.authorization import Target, authorize
from core.errors import NotFound
from core.extension.figures import Side
from core.organizations import tree
from core.organizations.tree import OrganizationFact
from core.overview import catalogue, periods, reading
from core.tenancy import today
from web.api.base import ApiBlueprint, PageQuery, page_schema, write_page
from web.tenant import actor

blueprint = ApiBlueprint("api_overview", __name__, url_prefix="/api/v1/overview", description="Overview: figures of places and units")
READ = "overview.read"
NAMES = ("id", "name", "kind", "figures")


class ChoiceQuery(Schema):
    """What is counted. Without a period: this year."""

    side = fields.String(load_default="place", validate=validate.OneOf(("place", "unit")))
    period = fields.String(load_default="", validate=validate.Regexp(r"(\d{4}(-(H[12]|Q[1-4]|\d{2}))?)?$"), metadata={
        "description": "2026, 2026-H1, 2026-Q3 or 2026-09"})


class BelowQuery(ChoiceQuery, PageQuery):
    """The same, a page at a time."""


class FigureSchema(Schema):
    """One figure, in units of 1/scale; `former` is that of the period before and missing where the figure says how things stand now."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    unit = fields.String(required=True)
    scale = fields.Integer(required=True)
    value = fields.Integer(required=True)
    former = fields.Integer(allow_none=True, required=True)
    share = fields.Float(allow_none=True, required=True)


class OverviewSchema(Schema):
    """The figures of one organization with all below it."""

    organization_id = fields.UUID(required=True)
    name = fields.String(required=True)
    side = fields.String(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    counted_at = fields.DateTime(allow_none=True, required=True)
    figures = fields.List(fields.Nested(FigureSchema), required=True)


class LowerSchema(Schema):
    """One organization below: numbers by key."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    figures = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


@blueprint.operation("/<uuid:organization_id>", "GET", READ, query=ChoiceQuery, answer=OverviewSchema, summary="The figures of one place or unit")
def show(query: dict[str, Any], organization_id: uuid.UUID) -> dict[str, Any]:
    """With the period before."""
    at, side = _at(organization_id, query["side"])
    board = reading.board(at, side, periods.parse(query["period"], today()))
    figures = [one.figure for one in catalogue.shown(side)]
    return {"organization_id": at.id, "name": at.name, "side": side, "since": board.period.since, "until": board.period.until,
            "counted_at": board.counted_at, "figures": [
                {"key": figure.key, "title": str(figure.title), "unit": str(figure.unit), "scale": figure.scale, "value": board.value(figure),
                 "former": None if figure.now else board.value(figure, former=True), "share": board.share(figure)} for figure in figures]}


@blueprint.operation("/<uuid:organization_id>/below", "GET", READ, query=BelowQuery, answer=page_schema(LowerSchema),
                     summary="The figures of what stands directly below, by name")
def below(query: dict[str, Any], organization_id: uuid.UUID) -> Response:
    """Never by number."""
    at, side = _at(organization_id, query["side"])
    rows, following = reading.below(at, side, periods.parse(query["period"], today()), after=query["cursor"], limit=query["limit"])
    return write_page(NAMES, [(row.id, row.name, row.kind, row.numbers) for row in rows], following)


def _at(organization_id: uuid.UUID, side: str) -> tuple[OrganizationFact, Side]:
    at = tree.get(organization_id)
    authorize(actor(), READ, Target((at.path,)))
    if not (sides := reading.sides(at)):
        raise NotFound
    return at, "unit" if side == "unit" and "unit" in sides else sides[0]
