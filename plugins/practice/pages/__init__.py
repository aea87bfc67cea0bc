"""Pages and API of practice: officers and members below /p/practice, the public column below /t/<slug>/p/practice."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint
from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import requires
from plugins.practice import queries
from plugins.practice.pages import outside, reading, writing

__all__ = ["api_routes", "public_routes", "routes"]


def routes() -> Blueprint:
    """The pages behind a login."""
    pages = Blueprint("practice", __name__, template_folder="../templates", static_folder="../static")
    for part in (reading, writing, outside):
        for address, name, view, methods in part.ROUTES:
            pages.add_url_rule(address, name, view, methods=methods)
    return pages


def public_routes() -> Blueprint:
    """The public column."""
    pages = Blueprint("practice_public", __name__, template_folder="../templates")
    for address, name, view, methods in outside.PUBLIC:
        pages.add_url_rule(address, name, view, methods=methods)
    return pages


class PracticeEntrySchema(Schema):
    """An entry as the library lists it."""

    id = fields.UUID(required=True)
    sort = fields.String(required=True)
    theme = fields.String(required=True)
    title = fields.String(required=True)
    effect = fields.String(required=True, allow_none=True)
    organization_id = fields.UUID(required=True)
    published_on = fields.Date(required=True, allow_none=True)
    recommended_by = fields.UUID(required=True, allow_none=True)
    uses = fields.Integer(required=True, metadata={"description": "how many other places use it too"})


class PracticeQuerySchema(Schema):
    """Which list, and from where it goes on."""

    tab = fields.String(load_default="practice", validate=validate.OneOf(queries.TABS))
    after: fields.Field[uuid.UUID] = fields.UUID(load_default=None, metadata={"description": "the id of the last row of the page before"})


def api_routes() -> ApiBlueprint:
    """The operation."""
    api = ApiBlueprint("practice_api", __name__, description="经验推广")

    @api.route("/entries")
    @api.arguments(PracticeQuerySchema, location="query")
    @api.response(200, PracticeEntrySchema(many=True))
    @requires("practice.read")
    def entries(given: dict[str, Any]) -> Any:
        return queries.listed(given["tab"], after=given["after"])[:queries.PAGE]
    return api
