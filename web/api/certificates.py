"""Report-in certificates over the API: listed, and issued for a unit."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.access.authorization import Target, authorize
from core.members.reach import grants_for
from core.organizations import tree
from core.registration import certificates
from core.registration.certificate_queries import CertificateFilter, CertificateRow, certificate, certificate_list
from web.api.base import ApiBlueprint, PageQuery, page_schema, write_page
from web.tenant import actor

blueprint = ApiBlueprint("api_certificates", __name__, url_prefix="/api/v1/certificates", description="Report-in certificates 报到证")
READ, ISSUE = "certificates.read", "certificates.issue"


class CertificateSchema(Schema):
    """One certificate."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    status = fields.String(required=True, metadata={"description": "valid or revoked"})
    issued_on = fields.Date(required=True)
    revoked_reason = fields.String(allow_none=True, required=True)
    member_id = fields.UUID(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    issuer = fields.String(required=True)


class CertificateQuery(PageQuery):
    """Filters."""

    status = fields.String(load_default=None, validate=validate.OneOf(("valid", "revoked")))
    unit_id = fields.UUID(load_default=None)


class IssueBody(Schema):
    """For whom: the unit's members who have none, or some of them."""

    unit_id = fields.UUID(required=True)
    members = fields.List(fields.UUID(), load_default=None, allow_none=True, validate=validate.Length(1, 1000))


class IssuedSchema(Schema):
    """What was issued."""

    certificates = fields.List(fields.UUID(), required=True)
    had_one = fields.Integer(required=True, metadata={"description": "Members who had a valid one already"})


@blueprint.operation("", "GET", READ, query=CertificateQuery, answer=page_schema(CertificateSchema), summary="Certificates, by number")
def index(query: dict[str, Any]) -> Response:
    """Of the units within reach."""
    wanted = CertificateFilter(grants_for(actor(), READ), status=query["status"], unit_id=query["unit_id"])
    page = certificate_list(wanted, after=query["cursor"], limit=query["limit"])
    return write_page(CertificateRow._fields, page.rows, page.next)


@blueprint.operation("/<uuid:certificate_id>", "GET", READ, answer=CertificateSchema, summary="One certificate")
def show(certificate_id: uuid.UUID) -> CertificateRow:
    """Out of reach answers as absent."""
    found = certificate(certificate_id)
    authorize(actor(), READ, Target(found.target.paths))
    return found.row


@blueprint.operation("", "POST", ISSUE, body=IssueBody, status=201, answer=IssuedSchema, summary="Issue certificates for a unit")
def issue(body: dict[str, Any]) -> certificates.Issued:
    """The issuer is the county or sector that leads the unit (R10); members who have a valid one are passed over."""
    unit = tree.get(body["unit_id"])
    authorize(actor(), ISSUE, Target((unit.path,)))
    return certificates.issue(certificates.issuer_for(unit.path), unit.id, by=actor().account_id, members=body["members"])
