"""Report-ins over the API: a community's list, handing in, confirming and returning."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.access.authorization import Target, authorize
from core.errors import NotFound
from core.members.scope import target
from core.organizations import tree
from core.registration import reporting
from core.registration.queries import STATUSES, ReportInRow, ReportInView, report_in, report_ins
from web.api.base import ApiBlueprint, CreatedSchema, PageQuery, VersionBody, page_schema, write_page
from web.tenant import actor

blueprint = ApiBlueprint("api_report_ins", __name__, url_prefix="/api/v1/report-ins", description="Report-ins 报到")
READ, CONFIRM, OWN = "registration.read", "registration.confirm", "registration.self"
BASES = ("residence", "workplace")


class ReportInRowSchema(Schema):
    """One line of a community's list."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    basis = fields.String(required=True)
    channel = fields.String(required=True)
    status = fields.String(required=True)
    reported_on = fields.Date(required=True)
    decided_on = fields.Date(allow_none=True, required=True)
    note = fields.String(allow_none=True, required=True)
    receipt = fields.String(allow_none=True, required=True)
    version = fields.Integer(required=True)


class ReportInSchema(ReportInRowSchema):
    """One report-in with its receipt."""

    community_id = fields.UUID(required=True)
    community = fields.String(required=True)
    receipt_id = fields.UUID(allow_none=True, required=True)
    issued_on = fields.Date(allow_none=True, required=True)
    closed_by = fields.String(allow_none=True, required=True)
    paper_number = fields.String(allow_none=True, required=True)


class ReportInQuery(PageQuery):
    """Which community, which status."""

    community_id = fields.UUID(required=True)
    status = fields.String(load_default="submitted", validate=validate.OneOf(STATUSES))


class OwnBody(Schema):
    """Where the member reports in."""

    community_id = fields.UUID(required=True)
    basis = fields.String(required=True, validate=validate.OneOf(BASES))


class DeskBody(OwnBody):
    """Whom the community accepts at its desk."""

    member_id = fields.UUID(required=True)


class ConfirmedSchema(Schema):
    """The receipt that the confirmation made."""

    receipt_id = fields.UUID(required=True)


class ReturnBody(VersionBody):
    """Why it goes back."""

    reason = fields.String(required=True, validate=validate.Length(1, 300))


@blueprint.operation("", "GET", READ, query=ReportInQuery, answer=page_schema(ReportInRowSchema), summary="A community's report-ins")
def index(query: dict[str, Any]) -> Response:
    """Of one status, by name."""
    authorize(actor(), READ, Target((_community(query["community_id"]),)))
    page = report_ins(query["community_id"], query["status"], after=query["cursor"], limit=query["limit"])
    return write_page(ReportInRow._fields, page.rows, page.next)


@blueprint.operation("/<uuid:report_in_id>", "GET", READ, answer=ReportInSchema, summary="One report-in")
def show(report_in_id: uuid.UUID) -> ReportInView:
    """Out of reach answers as absent."""
    return _visible(report_in_id, READ)


@blueprint.operation("/own", "POST", OWN, body=OwnBody, status=201, answer=CreatedSchema, summary="Hand in one's own report-in")
def submit(body: dict[str, Any]) -> dict[str, uuid.UUID]:
    """By the member; the community confirms it."""
    member_id = actor().member_id
    if member_id is None:
        raise NotFound
    return {"id": reporting.submit(member_id, body["community_id"], body["basis"], "phone", by=actor().account_id)}


@blueprint.operation("", "POST", CONFIRM, body=DeskBody, status=201, answer=CreatedSchema, summary="Accept a member at the desk")
def accept(body: dict[str, Any]) -> dict[str, uuid.UUID]:
    """Handed in and confirmed at once."""
    authorize(actor(), CONFIRM, Target((_community(body["community_id"]),)))
    authorize(actor(), CONFIRM, Target(target(body["member_id"]).paths))
    return {"id": reporting.accept(body["member_id"], body["community_id"], body["basis"], by=actor().account_id)}


@blueprint.operation("/<uuid:report_in_id>/confirm", "POST", CONFIRM, body=VersionBody, answer=ConfirmedSchema, summary="Confirm")
def confirm(body: dict[str, Any], report_in_id: uuid.UUID) -> dict[str, uuid.UUID]:
    """Makes the receipt, closes the unit's register, meets the obligation."""
    _at_own_desk(report_in_id)
    return {"receipt_id": reporting.confirm(report_in_id, body["version"], by=actor().account_id)}


@blueprint.operation("/<uuid:report_in_id>/return", "POST", CONFIRM, body=ReturnBody, answer=ReportInSchema, summary="Return with a reason")
def send_back(body: dict[str, Any], report_in_id: uuid.UUID) -> ReportInView:
    """The member reads the reason."""
    _at_own_desk(report_in_id)
    reporting.send_back(report_in_id, body["version"], body["reason"], by=actor().account_id)
    return report_in(report_in_id)


def _community(community_id: uuid.UUID) -> str:
    found = tree.get(community_id)
    if found.kind != "community":
        raise NotFound
    return found.path


def _visible(report_in_id: uuid.UUID, permission: str) -> ReportInView:
    found = report_in(report_in_id)
    authorize(actor(), permission, Target(found.target.paths))
    return found


def _at_own_desk(report_in_id: uuid.UUID) -> None:
    authorize(actor(), CONFIRM, Target((_community(report_in(report_in_id).community_id),)))
