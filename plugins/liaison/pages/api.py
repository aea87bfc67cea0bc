"""The API below /api/v1/p/liaison: the register and the issues, and what programs of an office write."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import acting, authorize, new_id, place_target, requires
from core.pages import me
from plugins.liaison import coordinating, pointing, queries, rights, visiting
from plugins.liaison.coordinating import IssueInput
from plugins.liaison.models import ISSUE_STATES
from plugins.liaison.pages.doing import issue_lines, point_lines
from plugins.liaison.pages.forms import SaySchema, VisitFields
from plugins.liaison.pages.issues import ACTS, perform
from plugins.liaison.pointing import PointInput
from plugins.liaison.visiting import VisitInput

_PLAIN_ACTS = [name for name in ACTS if name != "entrust"]


class PointSchema(Schema):
    """A liaison community of a leading cadre."""

    id = fields.UUID(required=True)
    cadre_id = fields.UUID(required=True)
    name = fields.String(required=True)
    post = fields.String(required=True)
    community_id = fields.UUID(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True, allow_none=True)
    reasons = fields.List(fields.String(), required=True)
    visited_on = fields.Date(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True, metadata={"description": "the day by which the next visit is due"})
    version = fields.Integer(required=True)


class NewPointSchema(Schema):
    """A community that is assigned to a leading cadre."""

    cadre_id = fields.UUID(required=True)
    community_id = fields.UUID(required=True)
    since = fields.Date(required=True)
    until = fields.Date(load_default=None, allow_none=True)
    reasons = fields.List(fields.String(), required=True, metadata={"description": "of the tenant's list of criteria"})
    note = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=300))


class LiaisonIssueSchema(Schema):
    """An issue to coordinate."""

    id = fields.UUID(required=True)
    point_id = fields.UUID(required=True)
    community_id = fields.UUID(required=True)
    title = fields.String(required=True)
    raised_on = fields.Date(required=True)
    age = fields.Integer(required=True, metadata={"description": "days since it was raised, until it ended"})
    deadline = fields.Date(required=True)
    responsible = fields.String(required=True)
    holder_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(ISSUE_STATES))
    ended_on = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


class NewLiaisonIssueSchema(Schema):
    """A new issue."""

    title = fields.String(required=True, validate=validate.Length(2, 80))
    detail = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=1000))
    office = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=80))
    deadline = fields.Date(load_default=None, allow_none=True)


class MadeSchema(Schema):
    """What was made."""

    id = fields.UUID(required=True)


class PointsQuerySchema(Schema):
    """Which points, and from where the list goes on."""

    tab = fields.String(load_default="current", validate=validate.OneOf(queries.POINT_TABS))
    after = fields.UUID(load_default=None, metadata={"description": "the id of the last row of the page before"})


class IssuesQuerySchema(Schema):
    """Which issues, and from where the list goes on."""

    tab = fields.String(load_default="open", validate=validate.OneOf(queries.ISSUE_TABS))
    after = fields.UUID(load_default=None, metadata={"description": "the id of the last row of the page before"})


class ActSchema(SaySchema):
    """What is done about an issue, and the words."""

    act = fields.String(required=True, validate=validate.OneOf(_PLAIN_ACTS))


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("liaison_api", __name__, description="联系点")

    @api.route("/points")
    @api.arguments(PointsQuerySchema, location="query")
    @api.response(200, PointSchema(many=True))
    @requires("liaison.read")
    def read(given: dict[str, Any]) -> Any:
        return point_lines(queries.points(given["tab"], given["after"])[:queries.PAGE])

    @api.route("/points", methods=["POST"])
    @api.arguments(NewPointSchema)
    @api.response(201, MadeSchema)
    @requires("liaison.assign")
    def assign(given: dict[str, Any]) -> dict[str, Any]:
        authorize(acting(), rights.ASSIGN, place_target(given["community_id"]))
        rights.require_cadre(given["cadre_id"])
        return {"id": pointing.assign(PointInput(**given), by=me())}

    @api.route("/points/<uuid:point_id>/visits", methods=["POST"])
    @api.arguments(VisitFields)
    @api.response(201, MadeSchema)
    @requires("liaison.enter")
    def visit(given: dict[str, Any], point_id: uuid.UUID) -> dict[str, Any]:
        rights.require_point(point_id, rights.ENTER)
        return {"id": visiting.enter(new_id(), point_id, VisitInput(**given), side=rights.side_of(rights.ENTER), by=me())}

    _issues(api)
    return api


def _issues(api: ApiBlueprint) -> None:
    @api.route("/issues")
    @api.arguments(IssuesQuerySchema, location="query")
    @api.response(200, LiaisonIssueSchema(many=True))
    @requires("liaison.read")
    def read_issues(given: dict[str, Any]) -> Any:
        return issue_lines(queries.issues(given["tab"], given["after"])[:queries.PAGE])

    @api.route("/points/<uuid:point_id>/issues", methods=["POST"])
    @api.arguments(NewLiaisonIssueSchema)
    @api.response(201, MadeSchema)
    @requires("liaison.enter")
    def raise_issue(given: dict[str, Any], point_id: uuid.UUID) -> dict[str, Any]:
        rights.require_point(point_id, rights.ENTER)
        return {"id": coordinating.raise_issue(new_id(), point_id, IssueInput(**given), side=rights.side_of(rights.ENTER), by=me())}

    @api.route("/issues/<uuid:liaison_issue_id>/acts", methods=["POST"])
    @api.arguments(ActSchema)
    @api.response(200, LiaisonIssueSchema)
    @requires("liaison.read")
    def act(given: dict[str, Any], liaison_issue_id: uuid.UUID) -> Any:
        rights.require_issue(liaison_issue_id, ACTS[given["act"]].permission)
        perform(given["act"], liaison_issue_id, given)
        return issue_lines([queries.one_issue(liaison_issue_id)])[0]
