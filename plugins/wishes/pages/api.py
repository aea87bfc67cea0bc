"""The API below /api/v1/p/wishes: the wall, claiming, handing in, accepting and writing off, for programs of an office or a phone."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import NotFound, acting, authorize, own_communities, place_target, requires
from core.pages import me, own_member
from plugins.wishes import claims, entering, fulfilling, gate, queries
from plugins.wishes.entering import WishInput
from plugins.wishes.fulfilling import Judgement
from plugins.wishes.gate import AcceptInput
from plugins.wishes.models import KINDS, RATINGS
from plugins.wishes.pages.doing import reached
from plugins.wishes.queries import PAGE, Filters


class WishPageQuery(Schema):
    """Which page of a list."""

    after = fields.UUID(load_default=None, metadata={"description": "the last id of the page before"})


class WishWallQuery(WishPageQuery):
    """Which page of a wall."""

    waiting = fields.Boolean(load_default=False, metadata={"description": "only what can be claimed"})


class WishWallRowSchema(Schema):
    """A wish as everybody may read it."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)


class ClaimableWishSchema(Schema):
    """A wish that the member may claim."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    recipient_group = fields.String(required=True, allow_none=True)
    place = fields.String(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    minutes = fields.Integer(required=True, allow_none=True)


class WishClaimSchema(Schema):
    """A claim that was made."""

    id = fields.UUID(required=True)
    held = fields.Boolean(required=True)


class WishHandInSchema(Schema):
    """A wish to be written down; the id makes it once, however often it is sent."""

    id = fields.UUID(load_default=None)
    community_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    text = fields.String(required=True)
    group = fields.String(load_default=None, allow_none=True)
    name = fields.String(load_default=None, allow_none=True)
    phone = fields.String(load_default=None, allow_none=True)
    address = fields.String(load_default=None, allow_none=True)


class WishReceiptSchema(Schema):
    """What the resident is given: the code is shown this once."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    code = fields.String(required=True)


class WishAcceptSchema(Schema):
    """The gate's answers and what members read; `version` is the one that was read."""

    version = fields.Integer(required=True)
    title = fields.String(required=True)
    concrete = fields.Boolean(required=True)
    real = fields.Boolean(required=True)
    easy = fields.Boolean(required=True)
    harder = fields.Boolean(load_default=False)
    kind = fields.String(load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)
    minutes = fields.Integer(load_default=None, allow_none=True)
    place = fields.String(load_default=None, allow_none=True)


class WishWriteOffSchema(Schema):
    """The signed slip or the visit; `version` is the one that was read."""

    version = fields.Integer(required=True)
    channel = fields.String(required=True, validate=validate.OneOf(("paper", "visit")))
    rating = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(RATINGS))
    comment = fields.String(load_default=None, allow_none=True)
    on = fields.Date(load_default=None, allow_none=True)
    served_on = fields.Date(load_default=None, allow_none=True)
    minutes = fields.Integer(load_default=None, allow_none=True)


class WishRowSchema(Schema):
    """A wish in a list."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True)
    recipient_group = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    received_on = fields.Date(required=True)
    ended_on = fields.Date(required=True, allow_none=True)


class WishSchema(WishRowSchema):
    """Where a wish stands; nothing tells who the resident is."""

    community_id = fields.UUID(required=True)
    version = fields.Integer(required=True)


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("wishes_api", __name__, description="微心愿")
    _for_officers(api)
    _for_managers(api)
    _for_members(api)
    return api


def _for_members(api: ApiBlueprint) -> None:
    @api.route("/me/wall")
    @api.arguments(WishPageQuery, location="query")
    @api.response(200, ClaimableWishSchema(many=True))
    @requires("wishes.self")
    def claimable(query: dict[str, Any]) -> Any:
        places = own_communities(own_member())
        return queries.claimable(places[0].id, query["after"])[:PAGE] if places else []

    @api.route("/wishes/<uuid:wish_id>/claim", methods=["POST"])
    @api.response(200, WishClaimSchema)
    @requires("wishes.self")
    def claim(wish_id: uuid.UUID) -> Any:
        member_id, row = own_member(), queries.wish(wish_id)
        if not row.listed or row.community_id not in {one.id for one in own_communities(member_id)}:
            raise NotFound
        return claims.take(wish_id, member_id, by=me())


def _for_officers(api: ApiBlueprint) -> None:
    @api.route("/communities/<uuid:community_id>/wall")
    @api.arguments(WishWallQuery, location="query")
    @api.response(200, WishWallRowSchema(many=True))
    @requires("wishes.read")
    def wall(query: dict[str, Any], community_id: uuid.UUID) -> Any:
        authorize(acting(), "wishes.read", place_target(community_id))
        return queries.wall(community_id, query["after"], waiting=query["waiting"])[:PAGE]

    @api.route("/wishes")
    @api.arguments(WishPageQuery, location="query")
    @api.response(200, WishRowSchema(many=True))
    @requires("wishes.read")
    def submitted(query: dict[str, Any]) -> Any:
        return queries.listed(Filters(), query["after"])[:PAGE]

    @api.route("/wishes", methods=["POST"])
    @api.arguments(WishHandInSchema)
    @api.response(201, WishReceiptSchema)
    @requires("wishes.enter")
    def hand_in(given: dict[str, Any]) -> Any:
        authorize(acting(), "wishes.enter", place_target(given["community_id"]))
        wish_id = entering.enter(WishInput(**{key: value for key, value in given.items() if key != "id"}), by=me(), wish_id=given["id"])
        return {"id": wish_id, "number": queries.wish(wish_id).number, "code": entering.receipt_code(wish_id)}

    @api.route("/wishes/<uuid:wish_id>")
    @api.response(200, WishSchema)
    @requires("wishes.read")
    def read(wish_id: uuid.UUID) -> Any:
        return reached(wish_id, "wishes.read")


def _for_managers(api: ApiBlueprint) -> None:
    @api.route("/wishes/<uuid:wish_id>/accept", methods=["POST"])
    @api.arguments(WishAcceptSchema)
    @api.response(200, WishSchema)
    @requires("wishes.manage")
    def accept(given: dict[str, Any], wish_id: uuid.UUID) -> Any:
        reached(wish_id, "wishes.manage")
        gate.accept(wish_id, given.pop("version"), AcceptInput(**given), by=me())
        return queries.wish(wish_id)

    @api.route("/wishes/<uuid:wish_id>/write-off", methods=["POST"])
    @api.arguments(WishWriteOffSchema)
    @api.response(200, WishSchema)
    @requires("wishes.manage")
    def write_off(given: dict[str, Any], wish_id: uuid.UUID) -> Any:
        reached(wish_id, "wishes.manage")
        judgement = Judgement(given["channel"], given["rating"], given["comment"], given["on"])
        fulfilling.write_off(wish_id, given["version"], judgement, by=me(), served_on=given["served_on"], minutes=given["minutes"])
        return queries.wish(wish_id)
