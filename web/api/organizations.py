"""Organizations over the API: the tree by kind and name."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.access.authorization import Target, authorize
from core.organizations import queries, tree
from core.organizations.models import KINDS
from web.api.base import ApiBlueprint, PageQuery, page_schema, write_page
from web.tenant import actor

blueprint = ApiBlueprint("api_organizations", __name__, url_prefix="/api/v1/organizations", description="Organizations: the tree")
READ = "organizations.read"
NAMES = ("id", "kind", "code", "name", "path", "unit_type", "subordination")


class OrganizationSchema(Schema):
    """One organization. `path` runs from the committee down to it, by codes."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    path = fields.String(required=True)
    unit_type = fields.String(allow_none=True, required=True)
    subordination = fields.String(allow_none=True)
    community_id = fields.UUID(allow_none=True)
    active = fields.Boolean()


class OrganizationQuery(PageQuery):
    """Filters."""

    kind = fields.String(load_default="unit", validate=validate.OneOf(KINDS))
    q = fields.String(load_default="", validate=validate.Length(max=60), metadata={"description": "Part of a name, or the beginning of a code"})


@blueprint.operation("", "GET", READ, query=OrganizationQuery, answer=page_schema(OrganizationSchema),
                     summary="Organizations of a kind within reach, by name")
def index(query: dict[str, Any]) -> Response:
    """Sorted as Chinese readers expect."""
    after = queries.place_of(query["cursor"]) if query["cursor"] else None
    rows = tree.search(actor().paths(READ), kinds=(query["kind"],), text=query["q"], limit=query["limit"] + 1, after=after)
    shown = rows[:query["limit"]]
    return write_page(NAMES, (row[:7] for row in shown), shown[-1].id if len(rows) > len(shown) else None)


@blueprint.operation("/<uuid:organization_id>", "GET", READ, answer=OrganizationSchema, summary="One organization")
def show(organization_id: uuid.UUID) -> tree.OrganizationFact:
    """Out of reach answers as absent."""
    found = tree.get(organization_id)
    authorize(actor(), READ, Target((found.path,)))
    return found
