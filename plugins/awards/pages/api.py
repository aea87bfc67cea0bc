"""The API below /api/v1/p/awards: selections, nominations with their figures, nominating, recommending and deciding for programs of an office."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import Forbidden, Invalid, NotFound, _, new_id, requires
from plugins.awards import deciding, nominating, queries, rights
from plugins.awards.models import NOMINATION_STATES, STATES, SUBJECTS
from plugins.awards.nominating import NominationInput
from plugins.awards.pages.doing import managed, read, seen


class AwardSelectionSchema(Schema):
    """A selection."""

    id = fields.UUID(required=True)
    organization_id = fields.UUID(required=True, metadata={"description": "who calls and decides"})
    kind = fields.String(required=True)
    title = fields.String(required=True)
    subject = fields.String(required=True, validate=validate.OneOf(SUBJECTS))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    nominate_until = fields.Date(required=True, allow_none=True)
    objections_until = fields.Date(required=True, allow_none=True)
    decided_on = fields.Date(required=True, allow_none=True)
    document_number = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class AwardSelectionsQuerySchema(Schema):
    """Which list, and from where it goes on."""

    tab = fields.String(load_default="open", validate=validate.OneOf(queries.TABS))
    after = fields.UUID(load_default=None, metadata={"description": "the id of the last row of the page before"})


class AwardFiguresSchema(Schema):
    """What the records say, as counts."""

    records = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    satisfied = fields.Integer(required=True)
    fair = fields.Integer(required=True)
    dissatisfied = fields.Integer(required=True)


class AwardNominationSchema(Schema):
    """A nomination with its figures."""

    id = fields.UUID(required=True)
    selection_id = fields.UUID(required=True)
    member_id = fields.UUID(required=True, allow_none=True)
    organization_id = fields.UUID(required=True, allow_none=True, metadata={"description": "a unit or community as a whole"})
    place_id = fields.UUID(required=True, metadata={"description": "who nominates"})
    reason = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(NOMINATION_STATES))
    step = fields.Integer(required=True, metadata={"description": "recommendations given"})
    figures = fields.Nested(AwardFiguresSchema, required=True, allow_none=True)
    number = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


class NewAwardNominationSchema(Schema):
    """Who is nominated and why; one of the two ids. `agreed`: the member has agreed on paper."""

    member_id = fields.UUID(load_default=None, allow_none=True)
    organization_id = fields.UUID(load_default=None, allow_none=True)
    reason = fields.String(required=True, validate=validate.Length(4, nominating.LONGEST))
    agreed = fields.Boolean(load_default=False)


class MadeAwardNominationSchema(Schema):
    """The nomination that was made."""

    id = fields.UUID(required=True)


class AwardRecommendationSchema(Schema):
    """The version that was read, and a remark."""

    version = fields.Integer(required=True)
    note = fields.String(load_default="", validate=validate.Length(max=300))


class AwardDecisionSchema(Schema):
    """The version that was read, the day and the document of the decision."""

    version = fields.Integer(required=True)
    decided_on = fields.Date(required=True)
    document_number = fields.String(required=True, validate=validate.Length(2, 60))


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("awards_api", __name__, description="评选表彰")

    @api.route("/selections")
    @api.arguments(AwardSelectionsQuerySchema, location="query")
    @api.response(200, AwardSelectionSchema(many=True))
    @requires("awards.read")
    def selections(given: dict[str, Any]) -> Any:
        return queries.selections(given["tab"], given["after"])[:queries.PAGE]

    @api.route("/selections/<uuid:selection_id>/nominations")
    @api.response(200, AwardNominationSchema(many=True))
    @requires("awards.read")
    def nominations(selection_id: uuid.UUID) -> Any:
        row = read(selection_id)
        return queries.nominations(row, all_of_it=rights.manages(row))
    _writes(api)
    return api


def _writes(api: ApiBlueprint) -> None:
    @api.route("/selections/<uuid:selection_id>/nominations", methods=["POST"])
    @api.arguments(NewAwardNominationSchema)
    @api.response(201, MadeAwardNominationSchema)
    @requires("awards.nominate")
    def nominate(given: dict[str, Any], selection_id: uuid.UUID) -> dict[str, Any]:
        row = read(selection_id)
        if (given["member_id"] is None) == (given["organization_id"] is None):
            raise Invalid(_("请填一名党员，或一个单位、社区。"), {"member_id": [_("请填写")]})
        if (given["member_id"] is None) == (row.subject == "member"):
            raise NotFound
        place = rights.require_nominating(row, rights.subject_target(given["member_id"], given["organization_id"]))
        return {"id": nominating.nominate(new_id(), selection_id, NominationInput(place_id=place, **given))}

    @api.route("/nominations/<uuid:award_nomination_id>/recommend", methods=["POST"])
    @api.arguments(AwardRecommendationSchema)
    @api.response(200, AwardNominationSchema)
    @requires("awards.recommend")
    def recommend(given: dict[str, Any], award_nomination_id: uuid.UUID) -> Any:
        selection, row = seen(award_nomination_id)
        if row.state == "pending" and not rights.gives_step(selection, row):
            raise Forbidden
        nominating.recommend(award_nomination_id, given["version"], given["note"])
        return queries.one(award_nomination_id, selection)

    @api.route("/selections/<uuid:selection_id>/decide", methods=["POST"])
    @api.arguments(AwardDecisionSchema)
    @api.response(200, AwardSelectionSchema)
    @requires("awards.manage")
    def decide(given: dict[str, Any], selection_id: uuid.UUID) -> Any:
        row = managed(selection_id)
        deciding.decide(selection_id, given["version"], given["decided_on"], given["document_number"])
        return row
