"""The numbers of one member, for programs."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from core.api import acting, authorize, member_target, requires
from tally import counting


class KindSchema(Schema):
    """A kind, and how often."""

    kind = fields.String(required=True)
    times = fields.Integer(required=True)


def api_routes() -> Blueprint:
    """The API below /api/v1/p/tally."""
    api = Blueprint("tally_api", __name__, description="分类统计")

    @api.route("/members/<uuid:member_id>")
    @api.response(200, KindSchema(many=True))
    @requires("tally.read")
    def read(member_id: uuid.UUID) -> list[dict[str, Any]]:
        """Whether somebody may at all, `requires` asks; whether this member is within reach, the view does."""
        authorize(acting(), "tally.read", member_target(member_id))
        return [{"kind": row.kind, "times": row.times} for row in counting.by_kind(member_id)]

    return api
