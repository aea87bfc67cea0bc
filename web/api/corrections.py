"""Corrections of service records over the API: the member asks and takes back, the community reads, accepts, refuses."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.errors import NotFound
from core.members.reach import grants_for
from core.service import corrections
from core.service.corrections import FIELDS, CorrectionInput
from core.service.detail import CorrectionView, correction_view
from core.service.models import CORRECTION_STATUSES
from core.service.rights import OWN, VERIFY, authorize_own, authorize_verify
from core.service.waiting import CorrectionRow, corrections as waiting
from web.api.base import ApiBlueprint, CreatedSchema, PageQuery, VersionBody, page_schema, write_page
from web.tenant import actor

blueprint = ApiBlueprint("api_corrections", __name__, url_prefix="/api/v1/records", description="Corrections 更正申请")


class CorrectionRowSchema(Schema):
    """One request that waits: the record as it is, and (`wanted_...`) as the member asks for it."""

    id = fields.UUID(required=True)
    record_id = fields.UUID(required=True)
    member = fields.String(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    place = fields.String(allow_none=True, required=True)
    happened_on = fields.Date(required=True)
    minutes = fields.Integer(required=True)
    status = fields.String(required=True, metadata={"description": "The record's: verified or counted"})
    wanted_title = fields.String(required=True)
    wanted_kind = fields.String(required=True)
    wanted_place = fields.String(allow_none=True, required=True)
    wanted_happened_on = fields.Date(required=True)
    wanted_minutes = fields.Integer(required=True)
    reason = fields.String(required=True)
    created_at = fields.DateTime(required=True)


class CorrectionSchema(Schema):
    """The member's own request with the community's answer."""

    id = fields.UUID(required=True)
    happened_on = fields.Date(required=True)
    minutes = fields.Integer(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    place = fields.String(allow_none=True, required=True)
    reason = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(CORRECTION_STATUSES))
    answer = fields.String(allow_none=True, required=True)
    decided_on = fields.Date(allow_none=True, required=True)
    created_at = fields.DateTime(required=True)


class AskBody(VersionBody):
    """The record as it should be, all of it, and why. `correction_id`, made by the sender, lets the request be sent twice."""

    correction_id = fields.UUID(load_default=None, allow_none=True)
    happened_on = fields.Date(required=True)
    minutes = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1440))
    title = fields.String(required=True, validate=validate.Length(2, 100))
    kind = fields.String(required=True, validate=validate.Length(1, 20))
    place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    reason = fields.String(required=True, validate=validate.Length(2, 300))


class AcceptBody(Schema):
    """Which request was read, so that none is accepted unseen."""

    correction_id = fields.UUID(required=True)


class RefuseBody(AcceptBody):
    """Why the record stays as it is; the member reads it."""

    answer = fields.String(required=True, validate=validate.Length(2, 300))


@blueprint.operation("/corrections", "GET", VERIFY, query=PageQuery, answer=page_schema(CorrectionRowSchema), summary="Requests that wait")
def index(query: dict[str, Any]) -> Response:
    """Of the communities that one verifies for, the oldest first."""
    found = waiting(grants_for(actor(), VERIFY), after=query["cursor"], limit=query["limit"])
    return write_page(CorrectionRow._fields, found.rows, found.next)


@blueprint.operation("/own/<uuid:record_id>/correction", "GET", OWN, answer=CorrectionSchema, summary="One's own last request")
def show(record_id: uuid.UUID) -> CorrectionView:
    """With the community's answer."""
    authorize_own(actor(), record_id)
    found = correction_view(record_id)
    if found is None:
        raise NotFound
    return found


@blueprint.operation("/own/<uuid:record_id>/correction", "POST", OWN, body=AskBody, status=201, answer=CreatedSchema, summary="Ask for a correction")
def ask(body: dict[str, Any], record_id: uuid.UUID) -> dict[str, uuid.UUID]:
    """Of a record that is verified or counts; the community answers."""
    authorize_own(actor(), record_id)
    wanted = CorrectionInput(**{name: body[name] for name in (*FIELDS, "reason")})
    return {"id": corrections.ask(record_id, wanted, body["version"], by=actor().account_id, correction_id=body["correction_id"])}


@blueprint.operation("/own/<uuid:record_id>/correction/take-back", "POST", OWN, answer=CorrectionSchema, summary="Take a request back")
def take_back(record_id: uuid.UUID) -> CorrectionView | None:
    """The record stays as it is."""
    authorize_own(actor(), record_id)
    corrections.take_back(record_id)
    return correction_view(record_id)


@blueprint.operation("/<uuid:record_id>/correction/accept", "POST", VERIFY, body=AcceptBody, answer=CreatedSchema, summary="Put a record right")
def accept(body: dict[str, Any], record_id: uuid.UUID) -> dict[str, uuid.UUID]:
    """Answers the id under which the record stands now: a new one where it counted."""
    authorize_verify(actor(), record_id)
    return {"id": corrections.accept(record_id, body["correction_id"], by=actor().account_id)}


@blueprint.operation("/<uuid:record_id>/correction/refuse", "POST", VERIFY, body=RefuseBody, answer=CorrectionSchema, summary="Leave it as it is")
def refuse(body: dict[str, Any], record_id: uuid.UUID) -> CorrectionView | None:
    """With the reason."""
    authorize_verify(actor(), record_id)
    corrections.refuse(record_id, body["correction_id"], body["answer"], by=actor().account_id)
    return correction_view(record_id)
