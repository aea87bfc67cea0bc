"""The API below /api/v1/p/cobuilding: offers, needs and agreements, and what programs of an office write."""
from __future__ import annotations

import uuid
from typing import Any

from flask_smorest import Blueprint as ApiBlueprint
from marshmallow import Schema, fields, validate

from core.api import Forbidden, acting, authorize, new_id, place_target, requires
from core.pages import me
from plugins.cobuilding import agreeing, fulfilling, items, queries, rights
from plugins.cobuilding.fulfilling import FulfilmentInput
from plugins.cobuilding.models import SIDES, STATES
from plugins.cobuilding.pages.doing import agreement_lines, item_lines
from plugins.cobuilding.pages.forms import TermsSchema, terms


class ItemRowSchema(TermsSchema):
    """An offer or a need."""

    id = fields.UUID(required=True)
    side = fields.String(required=True, validate=validate.OneOf(SIDES))
    unit_id = fields.UUID(required=True, allow_none=True)
    community_id = fields.UUID(required=True, allow_none=True)
    version = fields.Integer(required=True)


class ItemsQuerySchema(Schema):
    """Which side, of which kind, and from where the list goes on."""

    tab = fields.String(load_default="offer", validate=validate.OneOf(queries.ITEM_TABS))
    kind = fields.String(load_default="")
    after = fields.UUID(load_default=None, metadata={"description": "the id of the last row of the page before"})


class NewItemSchema(TermsSchema):
    """An offer of a unit or a need of a community."""

    side = fields.String(required=True, validate=validate.OneOf(SIDES))
    organization_id = fields.UUID(required=True, metadata={"description": "the unit that offers, the community that needs"})


class MadeItemSchema(Schema):
    """What was made."""

    id = fields.UUID(required=True)


class AgreementRowSchema(TermsSchema):
    """An agreement."""

    id = fields.UUID(required=True)
    unit_id = fields.UUID(required=True)
    community_id = fields.UUID(required=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    unit_on = fields.Date(required=True, allow_none=True)
    community_on = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


class AgreementsQuerySchema(Schema):
    """Which agreements, and from where the list goes on."""

    tab = fields.String(load_default="agreed", validate=validate.OneOf(queries.TABS))
    after = fields.UUID(load_default=None, metadata={"description": "the id of the last row of the page before"})


class ConfirmSchema(Schema):
    """The version that was read."""

    version = fields.Integer(required=True)


class NewFulfilmentSchema(Schema):
    """What was given."""

    done_on = fields.Date(required=True)
    what = fields.String(required=True, validate=validate.Length(2, 300))
    amount = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1_000_000_000), metadata={"description": "whole yuan"})
    hours = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1_000_000))


def _sides(agreement_id: uuid.UUID) -> frozenset[str]:
    rights.require_agreement(agreement_id)
    if not (found := rights.sides(*rights.parties(agreement_id))):
        raise Forbidden
    return found


def api_routes() -> ApiBlueprint:
    """The operations."""
    api = ApiBlueprint("cobuilding_api", __name__, description="共驻共建")

    @api.route("/items")
    @api.arguments(ItemsQuerySchema, location="query")
    @api.response(200, ItemRowSchema(many=True))
    @requires("cobuilding.read")
    def read_items(given: dict[str, Any]) -> Any:
        return item_lines(queries.items(given["tab"], given["kind"], given["after"])[:queries.PAGE])

    @api.route("/items", methods=["POST"])
    @api.arguments(NewItemSchema)
    @api.response(201, MadeItemSchema)
    @requires("cobuilding.read")
    def put_up(given: dict[str, Any]) -> dict[str, Any]:
        authorize(acting(), rights.OFFER if given["side"] == "offer" else rights.NEED, place_target(given["organization_id"]))
        return {"id": items.put_up(new_id(), given["side"], given["organization_id"], terms(given), by=me())}

    _agreements(api)
    return api


def _agreements(api: ApiBlueprint) -> None:
    @api.route("/agreements")
    @api.arguments(AgreementsQuerySchema, location="query")
    @api.response(200, AgreementRowSchema(many=True))
    @requires("cobuilding.read")
    def read(given: dict[str, Any]) -> Any:
        return agreement_lines(queries.agreements(given["tab"], given["after"])[:queries.PAGE])

    @api.route("/agreements/<uuid:agreement_id>/confirm", methods=["POST"])
    @api.arguments(ConfirmSchema)
    @api.response(200, AgreementRowSchema)
    @requires("cobuilding.read")
    def confirm(given: dict[str, Any], agreement_id: uuid.UUID) -> Any:
        agreeing.confirm(agreement_id, given["version"], _sides(agreement_id), by=me())
        return agreement_lines([queries.one_agreement(agreement_id)])[0]

    @api.route("/agreements/<uuid:agreement_id>/fulfilments", methods=["POST"])
    @api.arguments(NewFulfilmentSchema)
    @api.response(201, MadeItemSchema)
    @requires("cobuilding.read")
    def fulfil(given: dict[str, Any], agreement_id: uuid.UUID) -> dict[str, Any]:
        sides = _sides(agreement_id)
        return {"id": fulfilling.enter(new_id(), agreement_id, FulfilmentInput(**given), received="community" in sides, by=me())}
