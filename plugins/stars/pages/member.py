"""A member's stars and the way to the next one: for the member, and for an officer who helps somebody without a phone."""
from __future__ import annotations

import uuid
from typing import Any

from flask import render_template, url_for
from werkzeug.wrappers import Response

from core.api import Conflict, Forbidden, NotFound, PackVersion, _, acting, authorize, member_target, requires, today
from core.pages import Route, attempt, me, own_member, said
from plugins.stars import cases, documents, holding, notices, progress, queries, rights
from plugins.stars.pages.doing import STAR_STATES, STATES, TONES


@requires("stars.self")
def mine() -> str:
    """One's own stars."""
    member_id = own_member()
    return _page(member_id, own=True, may_enter=dict.fromkeys((p.name for p in queries.packs_by_id().values()), False))


@requires("stars.read")
def member(member_id: uuid.UUID) -> str:
    """A member's, for an officer who may see the member."""
    authorize(acting(), "stars.read", member_target(member_id))
    places = progress.places_of(member_id)
    target = rights.target_of(places)
    may = {p.name: rights.may_enter(acting(), p.document, target, places) for p in queries.packs_by_id().values()}
    return _page(member_id, own=False, may_enter=may)


def _page(member_id: uuid.UUID, *, own: bool, may_enter: dict[str, bool]) -> str:
    packs = queries.packs_by_id()
    shown = progress.schemes(member_id)
    places = progress.places_of(member_id)
    stars = [{"row": star, "pack": packs[star.pack_id], "name": documents.level_name(packs[star.pack_id].document, star.level),
              "certificate": star.state == "held" and packs[star.pack_id].document["certificate"]} for star in holding.stars_of(member_id)]
    mine_ = [{"row": row, "pack": packs[row.pack_id], "name": documents.level_name(packs[row.pack_id].document, row.level)}
             for row in queries.own_cases(member_id)]
    return render_template("stars/member.html", name=places.name, member_id=member_id, own=own, schemes=shown, may_enter=may_enter, stars=stars,
                           cases=mine_, states=STATES, tones=TONES, star_states=STAR_STATES, today=today(),
                           notices=notices.visible_to(places, packs) if own else [])


@requires("stars.self")
def apply() -> Response:
    """Apply for the next star oneself; where organizations nominate, nobody puts oneself forward."""
    member_id = own_member()
    pack = _scheme(member_id)

    def do() -> None:
        if pack.document["entry"] == "nomination":
            raise Conflict(_("这套规则由组织提名，本人不能自荐。"))
        cases.enter_now(member_id, pack, by=me(), note=said("note"))
    return attempt(do, _("申请已提交，进入审批。"), url_for("stars.mine"))


@requires("stars.enter")
def enter(member_id: uuid.UUID) -> Response:
    """Nominate a member, or apply for one who has no phone."""
    authorize(acting(), "stars.enter", member_target(member_id))
    pack, places = _scheme(member_id), progress.places_of(member_id)
    if not rights.may_enter(acting(), pack.document, rights.target_of(places), places):
        raise Forbidden
    return attempt(lambda: cases.enter_now(member_id, pack, by=me(), note=said("note")), _("已提出，进入审批。"),
                   url_for("stars.member", member_id=member_id))


def _scheme(member_id: uuid.UUID) -> PackVersion:
    """The scheme of the form, of those that hold for the member. Raises NotFound."""
    places: Any = progress.places_of(member_id)
    for pack in progress.schemes_for(places):
        if pack.name == said("scheme"):
            return pack
    raise NotFound


ROUTES: tuple[Route, ...] = (("/me", "mine", mine, "GET"), ("/me/apply", "apply", apply, "POST"),
                             ("/members/<uuid:member_id>", "member", member, "GET"),
                             ("/members/<uuid:member_id>/enter", "enter_member", enter, "POST"))
