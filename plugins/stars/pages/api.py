"""The API below /api/v1/p/stars: a member's stars with the way to the next, and approving for programs of an office."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import acting, authorize, member_target, requires
from core.pages import me
from plugins.stars import cases, documents, holding, progress, queries, rights
from plugins.stars.pages.doing import reached_case


class ConditionStandingSchema(Schema):
    """A condition, what there is, and what lacks, in words."""

    asks = fields.String(required=True)
    has = fields.String(required=True)
    met = fields.Boolean(required=True)
    lacks = fields.String(required=True)


class WayStandingSchema(Schema):
    """One way to the next level."""

    title = fields.String(required=True)
    met = fields.Boolean(required=True)
    conditions = fields.List(fields.Nested(ConditionStandingSchema), required=True)


class SchemeProgressSchema(Schema):
    """How a member stands in one scheme; `next` is null at the highest level."""

    scheme = fields.String(required=True)
    title = fields.String(required=True)
    held = fields.Integer(required=True)
    next = fields.Integer(required=True, allow_none=True)
    due = fields.Integer(required=True, metadata={"description": "the level that may be given now, 0 for none"})
    ways = fields.List(fields.Nested(WayStandingSchema), required=True)


class StarSchema(Schema):
    """A star that was given."""

    id = fields.UUID(required=True)
    scheme = fields.String(required=True)
    level = fields.Integer(required=True)
    name = fields.String(required=True)
    number = fields.String(required=True)
    state = fields.String(required=True)
    granted_on = fields.Date(required=True)
    valid_until = fields.Date(required=True, allow_none=True)


class MemberStarsSchema(Schema):
    """A member's stars and progress."""

    member_id = fields.UUID(required=True)
    stars = fields.List(fields.Nested(StarSchema), required=True)
    schemes = fields.List(fields.Nested(SchemeProgressSchema), required=True)


class DecisionSchema(Schema):
    """The version that was read, and a remark or reason."""

    version = fields.Integer(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=300))


class CaseSchema(Schema):
    """Where a case stands."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    scheme = fields.String(required=True)
    level = fields.Integer(required=True)
    state = fields.String(required=True)
    step_level = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("stars_api", __name__, description="服务星级")

    @api.route("/members/<uuid:member_id>")
    @api.response(200, MemberStarsSchema)
    @requires("stars.read")
    def read(member_id: uuid.UUID) -> dict[str, Any]:
        authorize(acting(), "stars.read", member_target(member_id))
        return {"member_id": member_id, "stars": _stars(member_id), "schemes": [_scheme(one) for one in progress.schemes(member_id)]}

    @api.route("/cases/<uuid:case_id>")
    @api.response(200, CaseSchema)
    @requires("stars.read")
    def read_case(case_id: uuid.UUID) -> Any:
        return reached_case(case_id, "stars.read")[0]

    @api.route("/cases/<uuid:case_id>/approve", methods=["POST"])
    @api.arguments(DecisionSchema)
    @api.response(200, CaseSchema)
    @requires("stars.approve")
    def approve(given: dict[str, Any], case_id: uuid.UUID) -> Any:
        _decide(case_id)
        cases.approve(case_id, given["version"], by=me(), note=given["note"])
        return queries.case(case_id)

    @api.route("/cases/<uuid:case_id>/refuse", methods=["POST"])
    @api.arguments(DecisionSchema)
    @api.response(200, CaseSchema)
    @requires("stars.approve")
    def refuse(given: dict[str, Any], case_id: uuid.UUID) -> Any:
        _decide(case_id)
        cases.refuse(case_id, given["version"], given["note"], by=me())
        return queries.case(case_id)
    return api


def _decide(case_id: uuid.UUID) -> None:
    """Raise unless it is the actor's turn. A case whose turn is nobody's is for the service to refuse."""
    row, places = reached_case(case_id, "stars.approve")
    rights.require_decision(acting(), "stars.approve", [row.step_level or "city"], rights.target_of(places), places)


def _stars(member_id: uuid.UUID) -> list[dict[str, Any]]:
    packs = queries.packs_by_id()
    return [{**row._mapping, "name": documents.level_name(packs[row.pack_id].document, row.level)} for row in holding.stars_of(member_id)]


def _scheme(one: progress.SchemeProgress) -> dict[str, Any]:
    return {"scheme": one.pack.name, "title": one.pack.title, "held": one.held, "next": one.next, "due": one.due, "ways": one.ways}
