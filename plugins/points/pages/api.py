"""The API below /api/v1/p/points."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from core.api import acting, authorize, member_target, requires
from plugins.points import ledger
from plugins.points.explaining import explained
from plugins.points.fields import number


class PointsEntrySchema(Schema):
    """One entry of the ledger."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"description": "earned, reversed, settled, base, expired, redeemed, returned, card, corrected"})
    points = fields.Float(required=True, metadata={"description": "with at most two decimals"})
    minutes = fields.Integer(required=True, metadata={"description": "what was counted: minutes of a record, the quantity of a deed"})
    happened_on = fields.Date(required=True)
    source = fields.String(required=True)
    source_id = fields.UUID(required=True, allow_none=True)
    rule = fields.String(required=True)
    why = fields.String(required=True, metadata={"description": "the entry in words"})


class PointsSchema(Schema):
    """A member's balance and the latest fifty entries."""

    member_id = fields.UUID(required=True)
    balance = fields.Float(required=True)
    entries = fields.List(fields.Nested(PointsEntrySchema), required=True)


def api_routes() -> Blueprint:
    """The API below /api/v1/p/points."""
    api = Blueprint("points_api", __name__, description="奉献积分")

    @api.route("/members/<uuid:member_id>")
    @api.response(200, PointsSchema)
    @requires("points.read")
    def read(member_id: uuid.UUID) -> dict[str, Any]:
        authorize(acting(), "points.read", member_target(member_id))
        entries = [{**entry, "points": entry["value"]} for entry in explained(ledger.entries(member_id))]
        return {"member_id": member_id, "balance": number(ledger.balance(member_id)), "entries": entries}
    return api
