"""The API below /api/v1/p/feedback: packs and their lines, the press, the steps of a pack, and words of both sides."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import requires
from core.pages import me
from plugins.feedback import moving, periods, queries, rights, running, thread
from plugins.feedback.models import COUNTS, STATES

STEPS = ("review", "sign", "send", "archive")
_PERIOD = validate.Regexp(r"20\d\d(H[12]|Q[1-4])?\Z")
_Counts: Any = Schema.from_dict({name: fields.Integer(required=True) for name in COUNTS}, name="FeedbackCounts")


class FeedbackPackSchema(_Counts):  # type: ignore[misc]
    """A pack."""

    id = fields.UUID(required=True)
    community_id = fields.UUID(required=True, allow_none=True, metadata={"description": "null for one of another tenant"})
    unit_id = fields.UUID(required=True)
    period = fields.String(required=True)
    revision = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    number = fields.String(required=True, allow_none=True)
    members = fields.Integer(required=True)
    reported = fields.Integer(required=True)
    sent_on = fields.Date(required=True, allow_none=True)
    answered_on = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


class FeedbackLineSchema(_Counts):  # type: ignore[misc]
    """One member in a pack."""

    member_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True)
    report_state = fields.String(required=True, allow_none=True)
    reported_on = fields.Date(required=True, allow_none=True)
    parts = fields.Dict(required=True)
    remark = fields.String(required=True, allow_none=True)


class FeedbackQuerySchema(Schema):
    """Which list, and from where it goes on."""

    period = fields.String(required=True, validate=_PERIOD)
    tab = fields.String(load_default="all", validate=validate.OneOf(queries.TABS))
    after = fields.UUID(load_default=None, metadata={"description": "the id of the last row of the page before"})


class FeedbackRunSchema(Schema):
    """A press: for which place and period."""

    organization_id = fields.UUID(required=True)
    period = fields.String(required=True, validate=_PERIOD)
    again = fields.Boolean(load_default=False, metadata={"description": "make anew what nobody has signed yet"})


class FeedbackStepSchema(Schema):
    """A step of a pack, with the version that was read."""

    step = fields.String(required=True, validate=validate.OneOf(STEPS))
    version = fields.Integer(required=True)
    signer = fields.String(load_default="", validate=validate.Length(max=30))


class FeedbackAnswerSchema(Schema):
    """The unit's answer."""

    version = fields.Integer(required=True)
    body = fields.String(required=True, validate=validate.Length(2, thread.LONGEST))


class FeedbackWordSchema(Schema):
    """A word between a community and a unit."""

    community_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    body = fields.String(required=True, validate=validate.Length(2, thread.LONGEST))


class MadeFeedbackSchema(Schema):
    """What was made."""

    id = fields.UUID(required=True)


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("feedback_api", __name__, description="双向反馈")

    @api.route("/packs")
    @api.arguments(FeedbackQuerySchema, location="query")
    @api.response(200, FeedbackPackSchema(many=True))
    @requires("feedback.read")
    def read(given: dict[str, Any]) -> Any:
        return queries.listed(given["tab"], given["period"], "", given["after"])[:queries.PAGE]

    @api.route("/packs/<uuid:feedback_pack_id>/lines")
    @api.response(200, FeedbackLineSchema(many=True))
    @requires("feedback.read")
    def lines(feedback_pack_id: uuid.UUID) -> Any:
        rights.require_read(feedback_pack_id)
        return queries.lines_of([feedback_pack_id])[feedback_pack_id]
    _writes(api)
    return api


def _writes(api: ApiBlueprint) -> None:
    @api.route("/runs", methods=["POST"])
    @api.arguments(FeedbackRunSchema)
    @api.response(201, MadeFeedbackSchema)
    @requires("feedback.run")
    def run(given: dict[str, Any]) -> dict[str, Any]:
        rights.require_run(given["organization_id"])
        return {"id": running.begin(given["organization_id"], periods.parse(given["period"]), again=given["again"], by=me())}

    @api.route("/packs/<uuid:feedback_pack_id>/step", methods=["POST"])
    @api.arguments(FeedbackStepSchema)
    @api.response(200, FeedbackPackSchema)
    @requires("feedback.manage")
    def step(given: dict[str, Any], feedback_pack_id: uuid.UUID) -> Any:
        rights.require_manage(feedback_pack_id)
        _step(feedback_pack_id, given)
        return queries.one(feedback_pack_id)

    @api.route("/packs/<uuid:feedback_pack_id>/answer", methods=["POST"])
    @api.arguments(FeedbackAnswerSchema)
    @api.response(201, MadeFeedbackSchema)
    @requires("feedback.answer")
    def answer(given: dict[str, Any], feedback_pack_id: uuid.UUID) -> dict[str, Any]:
        rights.require_answer(feedback_pack_id)
        return {"id": thread.answer(feedback_pack_id, given["version"], thread.Word(given["body"]), by=me())}

    @api.route("/words", methods=["POST"])
    @api.arguments(FeedbackWordSchema)
    @api.response(201, MadeFeedbackSchema)
    @requires("feedback.read")
    def word(given: dict[str, Any]) -> dict[str, Any]:
        side = rights.side_of(given["community_id"], given["unit_id"], writing=True)
        return {"id": thread.write(given["community_id"], given["unit_id"], side, thread.Word(given["body"]), by=me())}


def _step(feedback_pack_id: uuid.UUID, given: dict[str, Any]) -> None:
    if given["step"] == "review":
        moving.review(feedback_pack_id, given["version"], by=me())
    elif given["step"] == "sign":
        moving.sign(feedback_pack_id, given["version"], given["signer"], by=me())
    elif given["step"] == "send":
        moving.send(feedback_pack_id, given["version"])
    else:
        moving.archive(feedback_pack_id, given["version"])
