"""Posts for one member, in the hands of the unit's liaison or of the community: what fits, and claiming for who has no phone."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.api import (
    Forbidden,
    NotFound,
    _,
    acting,
    authorize,
    member_places,
    member_target,
    own_communities,
    release_claim,
    requires,
    session,
    take_claim,
)
from core.pages import after, attempt, day, following, me, needed_identity, said, version
from plugins.posts import matching, queries, reasons, times
from plugins.posts.pages.claims import taken
from plugins.posts.pages.doing import GET, POST, Route
from plugins.posts.rights import READ, may_claim_for


@requires(READ)
def member(member_id: uuid.UUID) -> str:
    """The posts of the member's communities, those that fit first."""
    authorize(acting(), READ, member_target(member_id))
    people = member_places(member_id)
    name = session().scalar(select(people.c.name))
    claims = queries.claims_of_member(member_id)
    held = {claim.matter_id for claim in claims}
    found = queries.open_in([one.id for one in own_communities(member_id)], after())
    return render_template(
        "posts/member.html", member_id=member_id, name=name, claims=claims, may=may_claim_for(member_id), proposals=proposals(member_id),
        rows=[shown(row) for row in found[:queries.PAGE] if row.id not in held],
        following=following(found, queries.PAGE))


def proposals(member_id: uuid.UUID) -> list[dict[str, Any]]:
    """What fits the member, with why."""
    return [{**shown(one.row), "reasons": reasons.said(one.fit)} for one in matching.for_member(member_id)]


def shown(row: Any) -> dict[str, Any]:
    """A post as a list shows it."""
    return {**row._mapping, "left": row.places - row.taken, "when": times.said(row.times, row.times_words)}


@requires(READ)
def claim_for(member_id: uuid.UUID) -> Response:
    """Claim for the member, who has said so."""
    _require(member_id)
    row = queries.post(needed_identity("matter_id"))
    return attempt(lambda: take_claim(row.id, member_id, by=me(), due_on=day("due_on")), taken, _back(member_id))


@requires(READ)
def release_for(member_id: uuid.UUID) -> Response:
    """Give a claim of the member up, with the reason."""
    _require(member_id)
    row = queries.claim(needed_identity("claim_id"))
    if row.member_id != member_id:
        raise NotFound
    return attempt(lambda: release_claim(row.id, version(), said("reason")), _("已登记退出；有人候补的，已按先后递补。"), _back(member_id))


def _require(member_id: uuid.UUID) -> None:
    authorize(acting(), READ, member_target(member_id))
    if not may_claim_for(member_id):
        raise Forbidden


def _back(member_id: uuid.UUID) -> str:
    return url_for("posts.member", member_id=member_id)


ROUTES: tuple[Route, ...] = (
    ("/members/<uuid:member_id>", "member", member, GET), ("/members/<uuid:member_id>/claims", "claim_for", claim_for, POST),
    ("/members/<uuid:member_id>/release", "release_for", release_for, POST))
