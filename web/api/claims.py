"""Claims over the API: one's own, the community's list, the two registers, noting a service, closing and giving up; matters that are open."""
from __future__ import annotations

import uuid
from typing import Any

from flask import Response

from core.errors import NotFound
from core.members.reach import grants_for
from core.service.claims import fulfilling
from core.service.claims.board import OpenMatter, open_matters
from core.service.claims.claiming import release as give_up
from core.service.claims.fulfilling import Service
from core.service.claims.queries import (
    ClaimFilter,
    ClaimPage,
    ClaimRow,
    Served,
    claim_row,
    names_under,
    of_communities,
    of_member,
    register,
    served,
)
from core.service.claims.register import NOTHING
from core.service.claims.rights import ENTER, OWN, READ, authorize_enter, authorize_own, authorize_read, voucher
from web.api.base import ApiBlueprint, PageQuery, page_schema, write_page
from web.api.claim_shapes import (
    ClaimRowSchema,
    CompleteBody,
    MatterRowSchema,
    OwnQuery,
    RecordIdsSchema,
    RegisterQuery,
    RegisterRowSchema,
    ReleaseBody,
    ServiceBody,
    ViewQuery,
)
from web.tenant import actor

blueprint = ApiBlueprint("api_claims", __name__, url_prefix="/api/v1/claims", description="Claims 认领和工作台账")
REGISTER_FIELDS = (*ClaimRow._fields, "members", *Served._fields)


@blueprint.operation("/own", "GET", OWN, query=OwnQuery, answer=page_schema(ClaimRowSchema), summary="One's own claims")
def own(query: dict[str, Any]) -> Response:
    """What goes on by deadline, what has ended newest first."""
    return _page(of_member(_member_id(), live=not query["ended"], after=query["cursor"], limit=query["limit"]))


@blueprint.operation("/own/matters", "GET", OWN, query=PageQuery, answer=page_schema(MatterRowSchema), summary="Matters open in one's communities")
def matters(query: dict[str, Any]) -> Response:
    """Those of the communities where one reported in, the newest first, full ones too where one may wait."""
    rows, after = open_matters(_member_id(), after=query["cursor"], limit=query["limit"])
    return write_page(OpenMatter._fields, rows, after)


@blueprint.operation("/own/<uuid:claim_id>", "GET", OWN, answer=ClaimRowSchema, summary="One of one's own claims")
def show_own(claim_id: uuid.UUID) -> ClaimRow:
    """Somebody else's answers as absent."""
    authorize_own(actor(), claim_id)
    return claim_row(claim_id)


@blueprint.operation("/own/<uuid:claim_id>/serve", "POST", OWN, body=ServiceBody, status=201, answer=RecordIdsSchema, summary="Note a service under it")
def serve_own(body: dict[str, Any], claim_id: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """The claim goes on; the community verifies the record."""
    authorize_own(actor(), claim_id)
    return {"records": _serve(claim_id, body)}


@blueprint.operation("/own/<uuid:claim_id>/complete", "POST", OWN, body=CompleteBody, answer=RecordIdsSchema, summary="Close it as done")
def complete_own(body: dict[str, Any], claim_id: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """With the last service, or with none where all are noted."""
    authorize_own(actor(), claim_id)
    return {"records": _complete(claim_id, body, None)}


@blueprint.operation("/own/<uuid:claim_id>/release", "POST", OWN, body=ReleaseBody, answer=ClaimRowSchema, summary="Give it up")
def release_own(body: dict[str, Any], claim_id: uuid.UUID) -> ClaimRow:
    """Whoever waits longest moves up (R7)."""
    authorize_own(actor(), claim_id)
    give_up(claim_id, body["version"], body["reason"])
    return claim_row(claim_id)


@blueprint.operation("", "GET", READ, query=ViewQuery, answer=page_schema(ClaimRowSchema), summary="The communities' claims by state")
def index(query: dict[str, Any]) -> Response:
    """What goes on by deadline, what has ended newest first; a unit's claim is one line."""
    wanted = ClaimFilter(query["source"])
    return _page(of_communities(grants_for(actor(), READ), query["view"], wanted, after=query["cursor"], limit=query["limit"]))


@blueprint.operation("/register", "GET", READ, query=RegisterQuery, answer=page_schema(RegisterRowSchema), summary="A work register")
def register_rows(query: dict[str, Any]) -> Response:
    """The community's (R55) or the unit's (R20): two views of the same rows."""
    wanted = ClaimFilter(query["source"], since=query["since"], until=query["until"])
    page = register(query["side"], grants_for(actor(), READ), wanted, after=query["cursor"], limit=query["limit"])
    ids = [row.id for row in page.rows]
    came, under = served(ids), names_under(ids)
    return write_page(REGISTER_FIELDS, [(*row, under.get(row.id, []), *came.get(row.id, NOTHING)) for row in page.rows], page.next)


@blueprint.operation("/<uuid:claim_id>", "GET", READ, answer=ClaimRowSchema, summary="One claim")
def show(claim_id: uuid.UUID) -> ClaimRow:
    """Out of reach answers as absent."""
    authorize_read(actor(), claim_id)
    return claim_row(claim_id)


@blueprint.operation("/<uuid:claim_id>/serve", "POST", ENTER, body=ServiceBody, status=201, answer=RecordIdsSchema, summary="Note a service for a member")
def serve(body: dict[str, Any], claim_id: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """Who has no phone is written down by the community or the unit; under a unit's claim for each who serves."""
    authorize_enter(actor(), claim_id)
    return {"records": _serve(claim_id, body)}


@blueprint.operation("/<uuid:claim_id>/complete", "POST", ENTER, body=CompleteBody, answer=RecordIdsSchema, summary="Close it for a member")
def complete(body: dict[str, Any], claim_id: uuid.UUID) -> dict[str, list[uuid.UUID]]:
    """Whoever verifies the community's records vouches for it at once (R70)."""
    authorize_enter(actor(), claim_id)
    return {"records": _complete(claim_id, body, voucher(actor(), claim_id))}


@blueprint.operation("/<uuid:claim_id>/release", "POST", ENTER, body=ReleaseBody, answer=ClaimRowSchema, summary="Give it up for a member")
def release(body: dict[str, Any], claim_id: uuid.UUID) -> ClaimRow:
    """Whoever waits longest moves up (R7)."""
    authorize_enter(actor(), claim_id)
    give_up(claim_id, body["version"], body["reason"])
    return claim_row(claim_id)


def _serve(claim_id: uuid.UUID, body: dict[str, Any]) -> list[uuid.UUID]:
    record_id = body.pop("record_id")
    return fulfilling.serve(claim_id, Service(**body), by=actor().account_id, record_id=record_id)


def _complete(claim_id: uuid.UUID, body: dict[str, Any], verified_by: uuid.UUID | None) -> list[uuid.UUID]:
    given = body["service"] or {}
    record_id = given.pop("record_id", None)
    return fulfilling.complete(claim_id, body["version"], Service(**given) if given else None, by=actor().account_id, verified_by=verified_by,
                               record_id=record_id)


def _page(found: ClaimPage) -> Response:
    return write_page(ClaimRow._fields, found.rows, found.next)


def _member_id() -> uuid.UUID:
    member_id = actor().member_id
    if member_id is None:
        raise NotFound
    return member_id
