"""The API below /api/v1/p/unit_desk: look-ups, requests, filed cards and campaigns for programs of a unit's office."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import Invalid, NotFound, _, organization, requires, session
from core.pages import me
from plugins.unit_desk import campaigns, desks, filing, lookups, requesting
from plugins.unit_desk.desks import MANAGE, READ, Desk, page, require_unit
from plugins.unit_desk.models import REQUEST_STATES, Request
from plugins.unit_desk.pages.doing import PAGE
from plugins.unit_desk.periods import Period, filing_periods

_UNIT = {"description": "the unit or sector; may be left out by whoever has one only"}


class DeskSchema(Schema):
    """Whose desk: a unit's own, or (`whole`) with all below it."""

    unit_id = fields.UUID(load_default=None, allow_none=True, metadata=_UNIT)
    whole = fields.Boolean(load_default=False)


class DeskListSchema(DeskSchema):
    """From where the list goes on."""

    after = fields.UUID(load_default=None, metadata={"description": "the id of the last row of the page before"})


class LookupsQuerySchema(DeskListSchema):
    """Which members."""

    tab = fields.String(load_default="due", validate=validate.OneOf(lookups.TABS))


class LookedUpSchema(Schema):
    """A member with the day of the latest look-up."""

    id = fields.UUID(required=True, metadata={"description": "the member"})
    name = fields.String(required=True)
    unit_id = fields.UUID(required=True)
    looked_on = fields.Date(required=True, allow_none=True)


class LookupsNoteSchema(DeskSchema):
    """Members who were looked up on a day, with a remark for those on whom there is one to make."""

    looked_on = fields.Date(required=True)
    members = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 500))
    remarks = fields.Dict(fields.UUID(), fields.String(validate=validate.Length(max=lookups.LONGEST)), load_default=dict)


class DeskCountSchema(Schema):
    """How many it concerned."""

    count = fields.Integer(required=True)


class RequestsQuerySchema(DeskListSchema):
    """Which requests."""

    tab = fields.String(load_default="open", validate=validate.OneOf(REQUEST_STATES))


class UnitRequestSchema(Schema):
    """A request of the unit to a member."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    says = fields.String(required=True)
    due_on = fields.Date(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf(REQUEST_STATES))
    asked_on = fields.Date(required=True)
    version = fields.Integer(required=True)


class NewUnitRequestSchema(DeskSchema):
    """What is asked of one or several; the same `key` asks each of them once."""

    key = fields.UUID(required=True)
    members = fields.List(fields.UUID(), required=True, validate=validate.Length(1, 500))
    says = fields.String(required=True, validate=validate.Length(2, requesting.LONGEST))
    due_on = fields.Date(load_default=None, allow_none=True)


class MadeUnitRequestsSchema(Schema):
    """The requests that were made."""

    ids = fields.List(fields.UUID(), required=True)


class UnitAnswerSchema(Schema):
    """What the member answered, or that it is done."""

    version = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("answer", "done")))
    says = fields.String(load_default="", validate=validate.Length(max=requesting.LONGEST))


class FilingsQuerySchema(DeskListSchema):
    """Which cards, of the period that begins on a day; without one, of the present."""

    starts_on = fields.Date(load_default=None, allow_none=True)
    tab = fields.String(load_default="ready", validate=validate.OneOf(filing.TABS))


class FiledCardSchema(Schema):
    """A member's card in a period."""

    id = fields.UUID(required=True, metadata={"description": "the member"})
    name = fields.String(required=True)
    records = fields.Integer(required=True)
    minutes = fields.Integer(required=True)
    filed_on = fields.Date(required=True, allow_none=True)


class FileCardsSchema(DeskSchema):
    """The period; members left out means all that are ready."""

    starts_on = fields.Date(load_default=None, allow_none=True)
    members = fields.List(fields.UUID(), load_default=None, allow_none=True)


class UnitCampaignSchema(Schema):
    """A service month or day with what came of it."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    theme = fields.String(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    members = fields.Integer(required=True)
    records = fields.Integer(required=True)
    minutes = fields.Integer(required=True)


def _desk(given: dict[str, Any], permission: str) -> Desk:
    found = desks.desk(given["unit_id"], permission, whole=given["whole"])
    if found is None:
        raise Invalid(_("请写明是哪个单位。"), {"unit_id": [_("请填写")]})
    return found


def _period(given: dict[str, Any]) -> Period:
    known = filing_periods()
    found = next((one for one in known if given["starts_on"] in (None, one.starts_on)), None)
    if found is None:
        raise NotFound
    return found


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("unit_desk_api", __name__, description="单位工作台")
    _lookup_routes(api)
    _request_routes(api)
    _filing_routes(api)
    return api


def _lookup_routes(api: ApiBlueprint) -> None:
    @api.route("/lookups")
    @api.arguments(LookupsQuerySchema, location="query")
    @api.response(200, LookedUpSchema(many=True))
    @requires("unit_desk.read")
    def read_lookups(given: dict[str, Any]) -> Any:
        where = _desk(given, READ)
        return page(where, lookups.listed(where, given["tab"]), given["after"], PAGE)[:PAGE]

    @api.route("/lookups", methods=["POST"])
    @api.arguments(LookupsNoteSchema)
    @api.response(201, DeskCountSchema)
    @requires("unit_desk.manage")
    def note(given: dict[str, Any]) -> dict[str, int]:
        remarks = {member_id: given["remarks"].get(member_id, "") for member_id in given["members"]}
        return {"count": lookups.note(_desk(given, MANAGE), remarks, given["looked_on"], by=me())}


def _request_routes(api: ApiBlueprint) -> None:
    @api.route("/requests")
    @api.arguments(RequestsQuerySchema, location="query")
    @api.response(200, UnitRequestSchema(many=True))
    @requires("unit_desk.manage")
    def read_requests(given: dict[str, Any]) -> Any:
        query, tab = requesting.listed(_desk(given, MANAGE), given["tab"]), given["tab"]
        if given["after"] is not None:
            query = query.where(Request.id > given["after"] if tab in requesting.LIVE else Request.id < given["after"])
        return session().execute(query.limit(PAGE)).all()

    @api.route("/requests", methods=["POST"])
    @api.arguments(NewUnitRequestSchema)
    @api.response(201, MadeUnitRequestsSchema)
    @requires("unit_desk.manage")
    def ask(given: dict[str, Any]) -> dict[str, Any]:
        return {"ids": requesting.ask(_desk(given, MANAGE), given["key"], given["members"], given["says"], given["due_on"], by=me())}

    @api.route("/requests/<uuid:unit_request_id>/answer", methods=["POST"])
    @api.arguments(UnitAnswerSchema)
    @api.response(200, UnitRequestSchema)
    @requires("unit_desk.manage")
    def answer(given: dict[str, Any], unit_request_id: uuid.UUID) -> Any:
        require_unit(requesting.one(unit_request_id).unit_id, MANAGE)
        if given["kind"] == "answer":
            requesting.answer(unit_request_id, given["version"], given["says"], by_member=True, by=me())
        else:
            requesting.finish(unit_request_id, given["version"], given["says"], by_member=False, by=me())
        return requesting.one(unit_request_id)


def _filing_routes(api: ApiBlueprint) -> None:
    @api.route("/filings")
    @api.arguments(FilingsQuerySchema, location="query")
    @api.response(200, FiledCardSchema(many=True))
    @requires("unit_desk.read")
    def read_filings(given: dict[str, Any]) -> Any:
        where = _desk(given, READ)
        return page(where, filing.listed(where, _period(given), given["tab"]), given["after"], PAGE)[:PAGE]

    @api.route("/filings", methods=["POST"])
    @api.arguments(FileCardsSchema)
    @api.response(201, DeskCountSchema)
    @requires("unit_desk.manage")
    def file(given: dict[str, Any]) -> dict[str, int]:
        return {"count": filing.file(_desk(given, MANAGE), _period(given), given["members"], by=me())}

    @api.route("/campaigns/<uuid:campaign_id>")
    @api.response(200, UnitCampaignSchema)
    @requires("unit_desk.read")
    def read_campaign(campaign_id: uuid.UUID) -> dict[str, Any]:
        row = campaigns.one(campaign_id)
        require_unit(row.unit_id, READ)
        counted = campaigns.counted(row, organization(row.unit_id).path, list(campaigns.places(campaign_id)))
        return {**row._mapping, "members": counted.members, "records": counted.records, "minutes": counted.minutes}
