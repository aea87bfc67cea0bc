"""The API below /api/v1/p/pledges: the list, and making, publishing and closing pledges for programs of an office."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import requires
from core.pages import me
from plugins.pledges import ending, making, publishing, queries, rights
from plugins.pledges.models import STATES
from plugins.pledges.pages.doing import days


class PledgeSchema(Schema):
    """A pledge."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True, allow_none=True, metadata={"description": "null for a unit's own"})
    unit_id = fields.UUID(required=True, allow_none=True)
    community_id = fields.UUID(required=True)
    title = fields.String(required=True, metadata={"description": "the matter"})
    text = fields.String(required=True)
    deadline = fields.Date(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    published_on = fields.Date(required=True, allow_none=True)
    ended_on = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


class PledgesQuerySchema(Schema):
    """Which list: waiting, due, asked, or a state; from where it goes on."""

    tab = fields.String(load_default="open", validate=validate.OneOf(queries.TABS))
    after = fields.UUID(load_default=None, metadata={"description": "the id of the last row of the page before"})


class NewPledgeSchema(Schema):
    """A promise on a claim."""

    claim_id = fields.UUID(required=True)
    text = fields.String(required=True, validate=validate.Length(4, making.LONGEST))
    deadline = fields.Date(required=True)


class MadePledgeSchema(Schema):
    """The pledge that was made."""

    id = fields.UUID(required=True)


class PledgeVersionSchema(Schema):
    """The version that was read."""

    version = fields.Integer(required=True)


class CloseSchema(PledgeVersionSchema):
    """How it ended."""

    outcome = fields.String(required=True, validate=validate.OneOf(ending.OUTCOMES))
    reason = fields.String(load_default="", validate=validate.Length(max=300))


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("pledges_api", __name__, description="公开承诺")

    @api.route("/pledges")
    @api.arguments(PledgesQuerySchema, location="query")
    @api.response(200, PledgeSchema(many=True))
    @requires("pledges.read")
    def read(given: dict[str, Any]) -> Any:
        return queries.listed(given["tab"], "", given["after"], days())[:queries.PAGE]

    @api.route("/pledges", methods=["POST"])
    @api.arguments(NewPledgeSchema)
    @api.response(201, MadePledgeSchema)
    @requires("pledges.read")
    def make(given: dict[str, Any]) -> dict[str, Any]:
        rights.require_making(given["claim_id"])
        return {"id": making.make(making.PledgeInput(given["claim_id"], given["text"], given["deadline"]), by=me())}

    @api.route("/pledges/<uuid:pledge_id>/publish", methods=["POST"])
    @api.arguments(PledgeVersionSchema)
    @api.response(200, PledgeSchema)
    @requires("pledges.manage")
    def publish(given: dict[str, Any], pledge_id: uuid.UUID) -> Any:
        rights.require_decision(pledge_id)
        publishing.publish(pledge_id, given["version"])
        return queries.one(pledge_id)

    @api.route("/pledges/<uuid:pledge_id>/close", methods=["POST"])
    @api.arguments(CloseSchema)
    @api.response(200, PledgeSchema)
    @requires("pledges.manage")
    def close(given: dict[str, Any], pledge_id: uuid.UUID) -> Any:
        rights.require_decision(pledge_id)
        ending.close(pledge_id, given["version"], given["outcome"], given["reason"])
        return queries.one(pledge_id)
    return api
