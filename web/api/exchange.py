"""Exchange with other tenants over the API: the same lists as on the pages, what goes out, what has come in, and what members do elsewhere."""
from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from core.exchange import queries, served
from core.exchange.models import INCOMING_STATES, KINDS, OUTGOING_STATES
from core.exchange.queries import ArrivalView, ListFilter
from core.exchange.served import ServedFilter
from core.members.reach import grants_for
from web.api.base import ApiBlueprint, PageQuery, page_schema, write_page
from web.tenant import actor

blueprint = ApiBlueprint("api_exchange", __name__, url_prefix="/api/v1/exchange", description="Exchange between tenants 跨地互通")
SEND, RECEIVE = "exchange.send", "exchange.receive"


class ExchangeOutgoingSchema(Schema):
    """One envelope that goes out."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, metadata={"description": ", ".join(KINDS)})
    state = fields.String(required=True, metadata={"description": ", ".join(OUTGOING_STATES)})
    reason = fields.String(allow_none=True, required=True)
    created_at = fields.AwareDateTime(required=True)
    member_id = fields.UUID(allow_none=True, required=True)
    name = fields.String(allow_none=True, required=True)
    partner = fields.String(required=True)


class ExchangeArrivalSchema(Schema):
    """One certificate that has come in; without content where that is no longer kept."""

    id = fields.UUID(required=True)
    state = fields.String(required=True, metadata={"description": ", ".join(INCOMING_STATES)})
    reason = fields.String(allow_none=True, required=True)
    received_at = fields.AwareDateTime(required=True)
    partner = fields.String(required=True)
    community_id = fields.UUID(allow_none=True, required=True)
    community = fields.String(allow_none=True, required=True)
    member_id = fields.UUID(allow_none=True, required=True, metadata={"description": "Once it was accepted"})
    name = fields.String(required=True)
    unit = fields.String(allow_none=True, required=True)
    basis = fields.String(allow_none=True, required=True)
    moves_on = fields.Date(allow_none=True, required=True)
    version = fields.Integer(required=True)


class ExchangeReceiptSchema(Schema):
    """One report-in elsewhere of a member of ours."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    name = fields.String(required=True)
    unit = fields.String(allow_none=True, required=True)
    partner = fields.String(required=True)
    community = fields.String(required=True)
    basis = fields.String(required=True)
    reported_on = fields.Date(required=True)
    number = fields.String(required=True)
    holds = fields.Boolean(required=True, metadata={"description": "false: taken back there"})


class ExchangeRecordSchema(Schema):
    """One service elsewhere of a member of ours."""

    id = fields.UUID(required=True)
    member_id = fields.UUID(required=True)
    name = fields.String(required=True)
    unit = fields.String(allow_none=True, required=True)
    partner = fields.String(required=True)
    community = fields.String(required=True)
    happened_on = fields.Date(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    minutes = fields.Integer(required=True)
    rating = fields.String(allow_none=True, required=True, metadata={"description": "null: nobody has judged"})
    holds = fields.Boolean(required=True, metadata={"description": "false: taken back there"})


class PartnerQuery(PageQuery):
    """Of one partner only."""

    partner_id = fields.UUID(load_default=None)


class OutgoingQuery(PartnerQuery):
    """Filters."""

    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    state = fields.String(load_default=None, validate=validate.OneOf(OUTGOING_STATES))


class ArrivalQuery(PartnerQuery):
    """Filters."""

    state = fields.String(load_default=None, validate=validate.OneOf(INCOMING_STATES))


class ServedQuery(PartnerQuery):
    """Filters."""

    unit_id = fields.UUID(load_default=None)
    holds = fields.Boolean(load_default=None)


@blueprint.operation("/outgoing", "GET", SEND, query=OutgoingQuery, answer=page_schema(ExchangeOutgoingSchema), summary="What goes out, the newest first")
def outgoing(query: dict[str, Any]) -> Response:
    """Of the units within reach."""
    wanted = ListFilter(grants_for(actor(), SEND), query["partner_id"], query["kind"], query["state"])
    return _page(ExchangeOutgoingSchema, [row._mapping for row in queries.outgoing(wanted, query["cursor"], query["limit"])], query["limit"])


@blueprint.operation("/arrivals", "GET", RECEIVE, query=ArrivalQuery, answer=page_schema(ExchangeArrivalSchema),
                     summary="Certificates that have come in, the newest first")
def arrivals(query: dict[str, Any]) -> Response:
    """Of the communities within reach."""
    wanted = ListFilter(grants_for(actor(), RECEIVE), query["partner_id"], state=query["state"])
    return _page(ExchangeArrivalSchema, [_told(one) for one in queries.arrivals(wanted, query["cursor"], query["limit"])], query["limit"])


@blueprint.operation("/receipts", "GET", SEND, query=ServedQuery, answer=page_schema(ExchangeReceiptSchema), summary="Report-ins elsewhere, the newest first")
def receipts(query: dict[str, Any]) -> Response:
    """Of members of the units within reach."""
    return _page(ExchangeReceiptSchema, [row._mapping for row in served.receipts(_served(query), query["cursor"], query["limit"])], query["limit"])


@blueprint.operation("/records", "GET", SEND, query=ServedQuery, answer=page_schema(ExchangeRecordSchema), summary="Services elsewhere, the newest first")
def records(query: dict[str, Any]) -> Response:
    """Of members of the units within reach; nobody served is named."""
    return _page(ExchangeRecordSchema, [row._mapping for row in served.records(_served(query), query["cursor"], query["limit"])], query["limit"])


def _served(query: dict[str, Any]) -> ServedFilter:
    return ServedFilter(grants_for(actor(), SEND), query["unit_id"], query["partner_id"], query["holds"])


def _told(one: ArrivalView) -> dict[str, Any]:
    body = one.body or {"unit": {"name": None}, "basis": None, "moves_on": None}
    return {**one.row._mapping, "name": one.name, "unit": body["unit"]["name"], "basis": body["basis"], "moves_on": body["moves_on"]}


def _page(schema: type[Schema], found: list[Any], limit: int) -> Response:
    names = tuple(schema._declared_fields)
    rows = [[row[name] for name in names] for row in found[:limit]]
    return write_page(names, rows, found[limit - 1]["id"] if len(found) > limit else None)
