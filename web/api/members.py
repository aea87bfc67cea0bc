"""Members over the API: the roster within reach and one member, personal data masked."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.access.authorization import Target, authorize
from core.errors import Conflict
from core.i18n import _
from core.members.queries import MemberRow, MemberView, RosterFilter, member_view, roster
from core.members.reach import COLUMNS, grants_for
from core.organizations.models import UNIT_TYPES
from core.tenancy import today
from tenants.importing.entering import PERMISSION as ENTER, Entered, Entry, enter
from tenants.importing.member_rows import LONGEST
from web.api.base import ApiBlueprint, PageQuery, page_schema, write_page
from web.elsewhere import traced
from web.tenant import actor

blueprint = ApiBlueprint("api_members", __name__, url_prefix="/api/v1/members", description="Members 在职党员")
READ, WRITE = "members.read", ENTER
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


class NewMemberBody(Schema):
    """A new member, as a line of an imported file would say it."""

    name = fields.String(required=True, validate=validate.Length(1, LONGEST["name"]))
    id_number = fields.String(required=True, validate=validate.Length(1, 40), metadata={
        "description": "18 digits and letters; sex and day of birth follow from it"})
    unit_id = fields.UUID(required=True)
    residence_id = fields.UUID(required=True, metadata={"description": "The community where the member lives"})
    workplace_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "The community where the member works"})
    category = fields.String(load_default="full", validate=validate.OneOf(("full", "probationary")))
    day = fields.Date(load_default=None, allow_none=True, metadata={
        "description": "From which day the member belongs to the unit; today when left out"})
    phone = fields.String(load_default=None, allow_none=True)
    joined_party_on = fields.Date(load_default=None, allow_none=True)
    branch = fields.String(load_default=None, allow_none=True)
    position = fields.String(load_default=None, allow_none=True)
    address = fields.String(load_default=None, allow_none=True)
    skills = fields.List(fields.String(), load_default=list)
    preferences = fields.List(fields.String(), load_default=list)


class EnteredSchema(Schema):
    """The member, and how it came in."""

    id = fields.UUID(required=True, attribute="member_id")
    how = fields.String(required=True, metadata={
        "description": "new; restored, after having left; same: there already with just these facts, as when sent twice"})


@blueprint.operation("", "POST", WRITE, body=NewMemberBody, status=201, answer=EnteredSchema, summary="Enter one member")
def create(body: dict[str, Any]) -> Entered:
    """By the rules of the import. 409 for who is there with other facts, which are not changed."""
    given = {**body, "joined": body["joined_party_on"], "day": body["day"] or today(),
             **{key: "、".join(body[key]) for key in ("skills", "preferences")}}
    del given["joined_party_on"]
    with traced():
        entered = enter(actor(), Entry(**given))
    if entered.how == "known":
        raise Conflict(_("这名党员已在名册中，没有重复登记。"))
    return entered


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
