"""Service records over the API: lists within reach, one record, handing in, verifying, returning, keying in the evaluation."""
from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.errors import NotFound
from core.members.reach import grants_for
from core.service import evaluation, records
from core.service.claims.models import RECIPIENT_KINDS
from core.service.detail import RecordView, record_view
from core.service.models import PRIORITY_GROUPS, RATINGS, STATUSES
from core.service.queries import RecordPage, RecordRow, of_communities, of_member, of_units
from core.service.rights import OWN, READ, VERIFY, authorize_read, authorize_verify
from web.api.base import ApiBlueprint, CreatedSchema, PageQuery, VersionBody, page_schema, write_page
from web.tenant import actor

blueprint = ApiBlueprint("api_service_records", __name__, url_prefix="/api/v1/records", description="Service records 服务纪实")


class RecordRowSchema(Schema):
    """One line of a list."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    member = fields.String(required=True)
    unit = fields.String(allow_none=True, required=True)
    community = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    happened_on = fields.Date(required=True)
    minutes = fields.Integer(required=True)
    recipient_kind = fields.String(required=True)
    status = fields.String(required=True)
    returned_reason = fields.String(allow_none=True, required=True)
    version = fields.Integer(required=True)
    hours_source = fields.String(required=True, metadata={"description": "system, reported (by the member) or officer"})


class RecordSchema(RecordRowSchema):
    """One record. `recipient` stands in it only for the community that verifies."""

    community_id = fields.UUID(required=True)
    place = fields.String(allow_none=True, required=True)
    recipient_group = fields.String(allow_none=True, required=True)
    recipient = fields.String(allow_none=True, required=True)
    verified_by = fields.String(allow_none=True, required=True)
    verified_on = fields.Date(allow_none=True, required=True)
    counted_on = fields.Date(allow_none=True, required=True)
    started_at = fields.Time(allow_none=True, required=True)
    collective = fields.Boolean(required=True)
    replaces_id = fields.UUID(allow_none=True, required=True, metadata={"description": "The record that this one stands for since a correction"})
    claim_id = fields.UUID(allow_none=True, required=True, metadata={"description": "The claim that it fulfils"})


class RecordQuery(PageQuery):
    """Which status."""

    status = fields.String(load_default="submitted", validate=validate.OneOf(STATUSES))


class RecordBody(Schema):
    """A new record. `record_id`, made by the sender, lets the same record be sent twice without being written twice."""

    record_id = fields.UUID(load_default=None)
    kind = fields.String(required=True, validate=validate.Length(1, 20))
    title = fields.String(required=True, validate=validate.Length(2, 100))
    happened_on = fields.Date(required=True)
    minutes = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1440))
    community_id = fields.UUID(required=True)
    place = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=60))
    recipient_kind = fields.String(load_default="person", validate=validate.OneOf(RECIPIENT_KINDS))
    recipient_group = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(PRIORITY_GROUPS))
    recipient = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=50))
    started_at = fields.Time(load_default=None, allow_none=True)
    collective = fields.Boolean(load_default=False)


class VerifyBody(VersionBody):
    """The minutes, where they need correcting."""

    minutes = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 1440))


class ReturnRecordBody(VersionBody):
    """Why it goes back."""

    reason = fields.String(required=True, validate=validate.Length(1, 300))


class EvaluationBody(Schema):
    """A paper slip or the note of a home visit."""

    channel = fields.String(required=True, validate=validate.OneOf(("paper", "visit")))
    rating = fields.String(required=True, validate=validate.OneOf(RATINGS))
    comment = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))
    evaluated_on = fields.Date(required=True)


class WaiveBody(Schema):
    """Why nobody can be asked; no resident is named."""

    reason = fields.String(required=True, validate=validate.Length(4, 300))


@blueprint.operation("", "GET", READ, query=RecordQuery, answer=page_schema(RecordRowSchema), summary="The communities' records by status")
def index(query: dict[str, Any]) -> Response:
    """What waits from the oldest on, the rest newest first."""
    return _page(of_communities(grants_for(actor(), READ), query["status"], after=query["cursor"], limit=query["limit"]))


@blueprint.operation("/filed", "GET", READ, query=PageQuery, answer=page_schema(RecordRowSchema), summary="Records filed with the units")
def filed(query: dict[str, Any]) -> Response:
    """Verified ones and those that count, newest first (R22)."""
    return _page(of_units(grants_for(actor(), READ), after=query["cursor"], limit=query["limit"]))


@blueprint.operation("/own", "GET", OWN, query=PageQuery, answer=page_schema(RecordRowSchema), summary="One's own records")
def own(query: dict[str, Any]) -> Response:
    """Newest first."""
    return _page(of_member(_member_id(), after=query["cursor"], limit=query["limit"]))


@blueprint.operation("/own", "POST", OWN, body=RecordBody, status=201, answer=CreatedSchema, summary="Hand in one's own record")
def submit(body: dict[str, Any]) -> dict[str, uuid.UUID]:
    """The community verifies it."""
    record_id = body.pop("record_id")
    return {"id": records.submit(_member_id(), records.RecordInput(**body), entered_by=actor().account_id, record_id=record_id)}


@blueprint.operation("/<uuid:record_id>", "GET", READ, answer=RecordSchema, summary="One record")
def show(record_id: uuid.UUID) -> RecordView:
    """Out of reach answers as absent."""
    return _view(record_id)


@blueprint.operation("/<uuid:record_id>/verify", "POST", VERIFY, body=VerifyBody, answer=RecordSchema, summary="Vouch for a record")
def verify(body: dict[str, Any], record_id: uuid.UUID) -> RecordView:
    """With the minutes corrected where need be (R70)."""
    authorize_verify(actor(), record_id)
    records.verify(record_id, body["version"], by=actor().account_id, minutes=body["minutes"])
    return _view(record_id)


@blueprint.operation("/<uuid:record_id>/return", "POST", VERIFY, body=ReturnRecordBody, answer=RecordSchema, summary="Return with a reason")
def send_back(body: dict[str, Any], record_id: uuid.UUID) -> RecordView:
    """The member reads the reason."""
    authorize_verify(actor(), record_id)
    records.send_back(record_id, body["version"], body["reason"])
    return _view(record_id)


@blueprint.operation("/<uuid:record_id>/evaluation", "POST", VERIFY, body=EvaluationBody, answer=RecordSchema,
                     summary="Key in the recipient's evaluation")
def evaluate(body: dict[str, Any], record_id: uuid.UUID) -> RecordView:
    """From paper or from a home visit; only now the record counts (R78)."""
    authorize_verify(actor(), record_id)
    evaluation.key_in(record_id, body["channel"], body["rating"], body["comment"], body["evaluated_on"], by=actor().account_id)
    return _view(record_id)


@blueprint.operation("/<uuid:record_id>/waive", "POST", VERIFY, body=WaiveBody, answer=RecordSchema, summary="Let public work count without one")
def waive(body: dict[str, Any], record_id: uuid.UUID) -> RecordView:
    """Where the place's setting allows it; the reason stands in the log and on the record."""
    authorize_verify(actor(), record_id)
    evaluation.waive(record_id, body["reason"], by=actor().account_id)
    return _view(record_id)


def _page(found: RecordPage) -> Response:
    return write_page(RecordRow._fields, found.rows, found.next)


def _view(record_id: uuid.UUID) -> RecordView:
    inside = authorize_read(actor(), record_id)
    found = record_view(record_id)
    return found if inside else replace(found, recipient=None)


def _member_id() -> uuid.UUID:
    member_id = actor().member_id
    if member_id is None:
        raise NotFound
    return member_id
