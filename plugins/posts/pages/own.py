"""The member's side, for the phone: open posts with places left, claiming, waiting, writing a service down, leaving, invitations."""
from __future__ import annotations

import uuid

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.api import (
    PRIORITY_GROUPS,
    RECIPIENT_KINDS,
    Invalid,
    NotFound,
    _,
    communities_named,
    matter_recipient,
    new_id,
    organization,
    own_communities,
    release_claim,
    requires,
    take_claim,
    today,
)
from core.pages import after, attempt, day, following, me, own_member, said, ticket, version
from plugins.posts import inviting, queries, serving, times
from plugins.posts.pages.acting_for import proposals, shown
from plugins.posts.pages.claims import service, taken
from plugins.posts.pages.doing import GET, LONGEST, POST, Route
from plugins.posts.rights import OWN, own_claim
from plugins.posts.words import CLAIM_STATES, CLAIM_TONES


@requires(OWN)
def mine() -> str:
    """My posts, what I am asked to take, what fits me, and everything open in my communities."""
    member_id = own_member()
    places = own_communities(member_id)
    return _list([place.id for place in places], titles=[place.name for place in places], full=after() is None)


@requires(OWN)
def elsewhere() -> str | Response:
    """Other communities of the city by name or code (R96)."""
    text = request.form.get("q", "").strip()[:LONGEST]
    if not text:
        return redirect(url_for("posts.mine"), 303)
    return render_template("posts/elsewhere.html", rows=communities_named(text), text=text)


@requires(OWN)
def community(community_id: uuid.UUID) -> str:
    """The open posts of any community of the city: they are put up for everybody."""
    place = organization(community_id)
    if place.kind != "community" or not place.active:
        raise NotFound
    return _list([community_id], titles=[place.name], full=False)


def _list(community_ids: list[uuid.UUID], *, titles: list[str], full: bool) -> str:
    member_id = own_member()
    claims, found = queries.claims_of_member(member_id), queries.open_in(community_ids, after())
    states = {claim.matter_id: claim.state for claim in claims}
    first = proposals(member_id) if full else []
    above = {row["id"] for row in first}  # what fits best stands above and not twice
    rows = [{**shown(row), "own": states.get(row.id)} for row in found[:queries.PAGE] if row.id not in above]
    return render_template(
        "posts/own.html", rows=rows, claims=claims if full else [], invitations=queries.invitations_of(member_id=member_id) if full else [],
        proposals=first, titles=titles, full=full, states=CLAIM_STATES, tones=CLAIM_TONES,
        following=following(found, queries.PAGE))


@requires(OWN)
def own(matter_id: uuid.UUID) -> str:
    """One post for a member; the recipient's name only for who holds it. A closed one is shown to who had to do with it."""
    member_id, row = own_member(), queries.post(matter_id)
    claim = queries.own_claim(matter_id, member_id)
    last = None if claim else queries.last_claim(matter_id, member_id)
    if row.state != "open" and last is None:
        raise NotFound
    holds = claim is not None and claim.state == "held"
    return render_template(
        "posts/own_post.html", row=row, claim=claim, last=last, when=times.said(row.times, row.times_words), left=row.places - row.taken,
        recipient=matter_recipient(matter_id) if holds else None, recipients=RECIPIENT_KINDS, groups=PRIORITY_GROUPS, states=CLAIM_STATES, tones=CLAIM_TONES,
        today=today(), form_id=new_id(), offer=serving.offered(row.times, row.minutes, today()))


@requires(OWN)
def take_own(matter_id: uuid.UUID) -> Response:
    """Claim a post."""
    member_id, row = own_member(), queries.post(matter_id)
    if row.state != "open" and queries.last_claim(matter_id, member_id) is None:
        raise NotFound
    return attempt(lambda: take_claim(matter_id, member_id, by=me(), due_on=day("due_on")), taken, _back(matter_id))


@requires(OWN)
def release_own(claim_id: uuid.UUID) -> Response:
    """Leave a post; that is nobody's fault and has no consequence (R7)."""
    row = own_claim(claim_id)
    return attempt(lambda: release_claim(claim_id, version(), said("reason")), _("已退出，谢谢您的付出。"), _back(row.matter_id))


@requires(OWN)
def serve_own(claim_id: uuid.UUID) -> Response:
    """Write a service down under a post that goes on, or end the claim with it."""
    row = own_claim(claim_id)
    finish = said("finish") == "yes"

    def do() -> object:
        given = service()
        if finish:
            return serving.complete(claim_id, version(), given, by=me())
        if given is None:
            raise Invalid(_("请选择服务的日期。"), {"day": [_("请填写")]})
        return serving.serve(queries.post(row.matter_id), claim_id, given, by=me(), form_id=ticket("form_id"))
    return attempt(do, _("已办结，辛苦了。") if finish else _("已登记，等社区查验。"), _back(row.matter_id))


@requires(OWN)
def accept(invitation_id: uuid.UUID) -> Response:
    """Say yes to an invitation."""
    return attempt(lambda: inviting.accept(invitation_id, own_member(), by=me()), taken, url_for("posts.mine"))


@requires(OWN)
def decline(invitation_id: uuid.UUID) -> Response:
    """Say no; no reason is asked."""
    return attempt(lambda: inviting.decline(invitation_id, own_member()), _("好的，这次不安排您。"), url_for("posts.mine"))


def _back(matter_id: uuid.UUID) -> str:
    return url_for("posts.own", matter_id=matter_id)


ROUTES: tuple[Route, ...] = (
    ("/me", "mine", mine, GET), ("/me/elsewhere", "elsewhere", elsewhere, POST), ("/me/communities/<uuid:community_id>", "community", community, GET),
    ("/me/<uuid:matter_id>", "own", own, GET), ("/me/<uuid:matter_id>/claim", "take_own", take_own, POST),
    ("/me/claims/<uuid:claim_id>/release", "release_own", release_own, POST), ("/me/claims/<uuid:claim_id>/serve", "serve_own", serve_own, POST),
    ("/me/invitations/<uuid:invitation_id>/accept", "accept", accept, POST),
    ("/me/invitations/<uuid:invitation_id>/decline", "decline", decline, POST))
