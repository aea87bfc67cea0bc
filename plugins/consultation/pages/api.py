"""The API below /api/v1/p/consultation: the lists, one request, asking, answering, signing and withdrawing, for programs of an office."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import audit, requires
from plugins.consultation import answering, asking, queries, rights, tracing
from plugins.consultation.models import STATES
from plugins.consultation.words import OPINIONS


class ConsultationSchema(Schema):
    """A request without its words."""

    id = fields.UUID(required=True)
    occasion_id = fields.UUID(required=True)
    asker_id = fields.UUID(required=True)
    community_id = fields.UUID(required=True)
    purpose = fields.String(required=True)
    about = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    round = fields.Integer(required=True)
    asked_on = fields.Date(required=True)
    deadline = fields.Date(required=True)
    version = fields.Integer(required=True)


class ConsultationListSchema(Schema):
    """Which list: what I asked or what I am asked; which tab; from where it goes on."""

    side = fields.String(load_default="asked", validate=validate.OneOf(("asked", "to_answer")))
    tab = fields.String(load_default="open", validate=validate.OneOf(queries.TABS))
    after = fields.UUID(load_default=None, metadata={"description": "the id of the last row of the page before"})


class ConsultationOpinionSchema(Schema):
    """What is said of one person."""

    subject_id = fields.UUID(required=True)
    opinion = fields.String(required=True, validate=validate.OneOf(tuple(OPINIONS)))
    reason = fields.String(load_default="", validate=validate.Length(max=1000))


class ConsultationDetailSchema(ConsultationSchema):
    """A request with whom it is about and what was answered in the latest round."""

    says = fields.String(required=True)
    subjects = fields.List(fields.Nested(Schema.from_dict({"id": fields.UUID(), "name": fields.String()}, name="ConsultationSubject")), required=True)
    opinions = fields.List(fields.Nested(ConsultationOpinionSchema), required=True)
    answer_version = fields.Integer(required=True, allow_none=True, metadata={"description": "what a signature holds for"})


class NewConsultationSchema(Schema):
    """Members and the communities at which they report in; one press, a request a community."""

    id = fields.UUID(required=True, metadata={"description": "of the occasion; sent twice it is one"})
    asker_id = fields.UUID(required=True)
    purpose = fields.String(required=True, validate=validate.Length(1, 30))
    says = fields.String(load_default="", validate=validate.Length(max=1000))
    deadline = fields.Date(required=True)
    member_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 200))


class ConsultationAnswerSchema(Schema):
    """The answer to a request, read at a version; `sign` signs it too."""

    version = fields.Integer(required=True)
    opinions = fields.List(fields.Nested(ConsultationOpinionSchema), required=True, validate=validate.Length(1, 200))
    sign = fields.Boolean(load_default=False)


class ConsultationSignatureSchema(Schema):
    """The version of the answer that was read."""

    answer_version = fields.Integer(required=True)


class ConsultationWithdrawalSchema(Schema):
    """Why the request is taken back."""

    version = fields.Integer(required=True)
    reason = fields.String(required=True, validate=validate.Length(2, 1000))


class MadeConsultationSchema(Schema):
    """The occasion that was made."""

    id = fields.UUID(required=True)


def _detail(request_id: uuid.UUID) -> dict[str, Any]:
    seen = rights.sides(request_id)
    answers = queries.answers([request_id], drafts=seen.community or seen.street)
    latest = answers[-1] if answers else None
    audit("consultation.seen", "consultation_request", request_id)
    return {**queries.one(request_id), "subjects": queries.subjects(request_id), "answer_version": latest.version if latest else None,
            "opinions": [{"subject_id": one, "opinion": said, "reason": why} for one, (said, why) in latest.opinions.items()] if latest else []}


def _list(given: dict[str, Any]) -> list[dict[str, Any]]:
    rows = queries.listed(given["side"], given["tab"], given["after"])[:queries.PAGE]
    audit("consultation.listed", "consultation_request", None, {"side": given["side"], "count": len(rows)})
    return rows


def _answer(given: dict[str, Any], request_id: uuid.UUID) -> dict[str, Any]:
    rights.require_community(request_id)
    place = rights.require_signer(request_id)
    answering.write(request_id, given["version"], {one["subject_id"]: answering.OpinionInput(one["opinion"], one["reason"]) for one in given["opinions"]})
    if given["sign"]:
        answering.sign(request_id, None, place)
    return _detail(request_id)


def _ask(given: dict[str, Any]) -> dict[str, Any]:
    what = asking.AskInput(given["asker_id"], given["purpose"], given["says"], given["deadline"])
    return {"id": asking.ask_members(given["id"], what, asking.everywhere(given["asker_id"], given["member_ids"]))}


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("consultation_api", __name__, description="征求意见")

    @api.route("/requests")
    @api.arguments(ConsultationListSchema, location="query")
    @api.response(200, ConsultationSchema(many=True))
    @requires("consultation.read")
    def read(given: dict[str, Any]) -> Any:
        return _list(given)

    @api.route("/requests", methods=["POST"])
    @api.arguments(NewConsultationSchema)
    @api.response(201, MadeConsultationSchema)
    @requires("consultation.ask")
    def ask(given: dict[str, Any]) -> dict[str, Any]:
        return _ask(given)

    @api.route("/requests/<uuid:consultation_id>")
    @api.response(200, ConsultationDetailSchema)
    @requires("consultation.read")
    def show(consultation_id: uuid.UUID) -> dict[str, Any]:
        return _detail(consultation_id)
    _writes(api)
    return api


def _writes(api: ApiBlueprint) -> None:
    @api.route("/requests/<uuid:consultation_id>/answer", methods=["POST"])
    @api.arguments(ConsultationAnswerSchema)
    @api.response(200, ConsultationDetailSchema)
    @requires("consultation.answer")
    def answer(given: dict[str, Any], consultation_id: uuid.UUID) -> dict[str, Any]:
        return _answer(given, consultation_id)

    @api.route("/requests/<uuid:consultation_id>/sign", methods=["POST"])
    @api.arguments(ConsultationSignatureSchema)
    @api.response(204)
    @requires("consultation.sign")
    def sign(given: dict[str, Any], consultation_id: uuid.UUID) -> None:
        answering.sign(consultation_id, given["answer_version"], rights.require_signer(consultation_id))

    @api.route("/requests/<uuid:consultation_id>/withdraw", methods=["POST"])
    @api.arguments(ConsultationWithdrawalSchema)
    @api.response(200, ConsultationDetailSchema)
    @requires("consultation.ask")
    def withdraw(given: dict[str, Any], consultation_id: uuid.UUID) -> dict[str, Any]:
        rights.require_asker(consultation_id)
        tracing.withdraw(consultation_id, given["version"], given["reason"])
        return _detail(consultation_id)
