"""The API below /api/v1/p/menu: a community's menu, requests without the residents, and entering one for a program of the office."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import NotFound, acting, authorize, organization, place_target, requires
from core.pages import me
from plugins.menu import agreeing, queries, requesting
from plugins.menu.contacts import Contact
from plugins.menu.models import MenuRequest
from plugins.menu.requesting import RequestInput
from plugins.menu.words import GROUPS, PARTS


class WeeklyTimeSchema(Schema):
    """A weekly time: day 1 is Monday, hours as 09:00."""

    day = fields.Integer(required=True)
    begins = fields.String(required=True, attribute="from")
    until = fields.String(required=True)


class MenuEntrySchema(Schema):
    """What is listed in a community's menu."""

    offer_id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    title = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    category = fields.String(required=True)
    minutes = fields.Integer(required=True)
    times = fields.List(fields.Nested(WeeklyTimeSchema), required=True)
    times_words = fields.String(required=True, allow_none=True)
    monthly = fields.Integer(required=True, allow_none=True)
    valid_until = fields.Date(required=True, allow_none=True)


class WishedSchema(Schema):
    """Days (1 Monday) and parts of the day that would suit."""

    days = fields.List(fields.Integer(validate=validate.Range(1, 7)), load_default=list, validate=validate.Length(max=7))
    parts = fields.List(fields.String(validate=validate.OneOf(list(PARTS))), load_default=list, validate=validate.Length(max=3))


class MenuRequestInputSchema(Schema):
    """What is asked for: a number of the menu, or a title and category. What is told of the resident is kept sealed."""

    id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "drawn by the caller; sent twice it is one request"})
    number = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 99999))
    title = fields.String(load_default=None, allow_none=True, validate=validate.Length(2, 60))
    category = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 40))
    wished = fields.Nested(WishedSchema, load_default=lambda: {"days": [], "parts": []})
    recipient_group = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(list(GROUPS)))
    name = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=30))
    phone = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=30))
    address = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    wants = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))


class MenuRequestSchema(Schema):
    """A request without anything of the resident."""

    id = fields.UUID(required=True)
    community_id = fields.UUID(required=True)
    title = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    answer_by = fields.Date(required=True)
    begins_at = fields.DateTime(required=True, allow_none=True)
    ends_at = fields.DateTime(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("menu_api", __name__, description="服务菜单")

    @api.route("/communities/<uuid:community_id>/menu")
    @api.response(200, MenuEntrySchema(many=True))
    @requires("menu.read")
    def read_menu(community_id: uuid.UUID) -> Any:
        _community(community_id, "menu.read")
        return [row._mapping for row in queries.menu(community_id)]

    @api.route("/communities/<uuid:community_id>/requests", methods=["POST"])
    @api.arguments(MenuRequestInputSchema)
    @api.response(201, MenuRequestSchema)
    @requires("menu.enter")
    def enter(given: dict[str, Any], community_id: uuid.UUID) -> dict[str, Any]:
        _community(community_id, "menu.enter")
        offer_id = None if given["number"] is None else queries.numbered(community_id, given["number"])
        contact = Contact(given["name"], given["phone"], given["address"], given["wants"])
        return _shown(queries.request(requesting.ask(community_id, RequestInput(
            contact, offer_id, given["title"], given["category"], given["wished"], given["recipient_group"]), by=me(), request_id=given["id"])))

    @api.route("/requests/<uuid:matter_id>")
    @api.response(200, MenuRequestSchema)
    @requires("menu.read")
    def read_request(matter_id: uuid.UUID) -> dict[str, Any]:
        row = queries.request(matter_id)
        authorize(acting(), "menu.read", place_target(row.community_id))
        return _shown(row)
    return api


def _community(community_id: uuid.UUID, permission: str) -> None:
    if organization(community_id).kind != "community":
        raise NotFound
    authorize(acting(), permission, place_target(community_id))


def _shown(row: MenuRequest) -> dict[str, Any]:
    live = agreeing.agreement_of(row.id)
    names = ("id", "community_id", "title", "category", "state", "answer_by", "version")
    return {**{name: getattr(row, name) for name in names}, **{name: getattr(live, name, None) for name in ("begins_at", "ends_at", "place")}}
