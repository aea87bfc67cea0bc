"""Members over the API: the roster within reach and one member, personal data masked."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.access.authorization import Target, authorize
from core.members.queries import MemberRow, MemberView, RosterFilter, member_view, roster
from core.members.reach import COLUMNS, grants_for
from core.organizations.models import UNIT_TYPES
from web.api.base import ApiBlueprint, PageQuery, page_schema, write_page
from web.tenant import actor

blueprint = ApiBlueprint("api_members", __name__, url_prefix="/api/v1/members", description="Members 在职党员")
READ = "members.read"
NAMES = MemberRow._fields


class MemberRowSchema(Schema):
    """One line of the roster; no identifier of the person."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    sex = fields.String(required=True)
    category = fields.String(required=True, metadata={"description": "full or probationary"})
    position = fields.String(allow_none=True, required=True)
    skills = fields.List(fields.String(), required=True)
    unit_id = fields.UUID(allow_none=True, required=True)
    residence_id = fields.UUID(allow_none=True, required=True)
    workplace_id = fields.UUID(allow_none=True, required=True)
    unit = fields.String(required=True)
    residence = fields.String(required=True)
    workplace = fields.String(required=True)


class PlaceSchema(Schema):
    """An organization to which a member belongs."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class MemberSchema(Schema):
    """One member; ID number, phone and address are masked."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    sex = fields.String(required=True)
    ethnicity = fields.String(allow_none=True, required=True)
    id_number = fields.String(required=True, metadata={"description": "Masked"})
    phone = fields.String(required=True, metadata={"description": "Masked"})
    address = fields.String(required=True, metadata={"description": "Masked"})
    joined_party_on = fields.Date(allow_none=True, required=True)
    category = fields.String(required=True)
    branch = fields.String(allow_none=True, required=True)
    position = fields.String(allow_none=True, required=True)
    skills = fields.List(fields.String(), required=True)
    preferences = fields.List(fields.String(), required=True)
    unit = fields.Nested(PlaceSchema, allow_none=True, required=True)
    residence = fields.Nested(PlaceSchema, allow_none=True, required=True)
    workplace = fields.Nested(PlaceSchema, allow_none=True, required=True)
    status = fields.String(required=True)
    version = fields.Integer(required=True)


class _Filters(PageQuery):
    basis = fields.String(load_default=None, validate=validate.OneOf(tuple(COLUMNS)), metadata={
        "description": "Look at one tie only: unit, residence or workplace"})
    organization_id = fields.UUID(load_default=None, metadata={"description": "One unit or community, by `basis`"})
    unit_type = fields.String(load_default=None, validate=validate.OneOf(UNIT_TYPES))
    category = fields.String(load_default=None, validate=validate.OneOf(("full", "probationary")))
    skill = fields.String(load_default=None, validate=validate.Length(1, 30))


class MemberQuery(_Filters):
    """Filters of the roster. A name or number has no place in an address: see the search."""


class SearchBody(_Filters):
    """The same filters with a text."""

    text = fields.String(required=True, validate=validate.Length(1, 50), metadata={
        "description": "The beginning of a name, pinyin or initials, or a whole ID or phone number"})


@blueprint.operation("", "GET", READ, query=MemberQuery, answer=page_schema(MemberRowSchema), summary="The roster within reach, by name")
def index(query: dict[str, Any]) -> Response:
    """Keyset paging."""
    return _page(query)


@blueprint.operation("/search", "POST", READ, body=SearchBody, answer=page_schema(MemberRowSchema), summary="Search members")
def search(body: dict[str, Any]) -> Response:
    """By POST, so that no name or number stands in an address."""
    return _page(body)


@blueprint.operation("/<uuid:member_id>", "GET", READ, answer=MemberSchema, summary="One member, masked")
def show(member_id: uuid.UUID) -> MemberView:
    """Out of reach answers as absent."""
    found = member_view(member_id)
    authorize(actor(), READ, Target(found.target.paths))
    return found


def _page(given: dict[str, Any]) -> Response:
    wanted = dict(given)
    limit, cursor = wanted.pop("limit"), wanted.pop("cursor")
    page = roster(RosterFilter(grants_for(actor(), READ), **wanted), after=cursor, limit=limit)
    return write_page(NAMES, page.rows, page.next)
