"""Reads posts and their claims for pages: columns only, keyset paging by id, a fixed number of queries whatever the length."""
from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, false, func, or_, select, true

from core.api import Actor, NotFound, claim_records, claim_rows, grants_for, matter_rows, member_places, place_rows, session, tenant_id
from plugins.posts.models import Invitation, Post
from plugins.posts.setting import SOURCE

PAGE = 50
LIVE = ("held", "waiting")
MOST_CLAIMS = 500
_MATTER = ("id", "community_id", "kind", "title", "place", "recipient_kind", "recipient_group", "places", "taken", "waits", "minutes",
           "begins_on", "due_on", "state", "opened_on", "closed_on", "version")


@dataclass(frozen=True, slots=True)
class PostFilter:
    """What a list is narrowed to. `text` is looked for in title and duties; it was typed, so it stands in no address."""

    state: str = "open"
    category: str = ""
    text: str = ""


def post_rows() -> tuple[Select, Any, Any]:
    """The select of posts with their matter and community, and both sub-queries to narrow it by."""
    matters, places = matter_rows(SOURCE), place_rows("community")
    query = (select(*(matters.c[name] for name in _MATTER), Post.category, Post.duties, Post.skills, Post.times, Post.times_words, Post.standing,
                    places.c.name.label("community"), places.c.path.label("community_path"), places.c.above.label("street"))
             .join(Post, (Post.tenant_id == tenant_id()) & (Post.id == matters.c.id)).join(places, places.c.id == matters.c.community_id))
    return query, matters, places


def in_reach(actor: Actor, permission: str, matters: Any, places: Any) -> ColumnElement[bool]:
    """The condition that a post's community lies within the officer's reach; a single community is read from the index in order."""
    parts: list[ColumnElement[bool]] = []
    for grant in grants_for(actor, permission):
        if grant.kind == "committee":
            return true()
        if grant.kind == "community":
            parts.append(matters.c.community_id == grant.organization_id)
        elif grant.kind in ("county", "street"):
            parts.append(places.c.path.bool_op("^@")(grant.path))
    return or_(*parts) if parts else false()


def listed(actor: Actor, wanted: PostFilter, after: uuid.UUID | None = None, limit: int | None = PAGE + 1) -> Sequence[Row]:
    """A page of posts within the officer's reach, the newest first, each with how many wait; one row more where there is a next page."""
    query, matters, places = post_rows()
    query = _narrowed(query.add_columns(waiting_of(matters)), wanted, matters).where(in_reach(actor, "posts.read", matters, places))
    return _page(query, matters, after, limit)


def open_in(community_ids: Iterable[uuid.UUID], after: uuid.UUID | None = None, limit: int | None = PAGE + 1) -> Sequence[Row]:
    """A page of the open posts of some communities, whoever asks: they are no secret."""
    query, matters, _places = post_rows()
    query = query.add_columns(waiting_of(matters)).where(matters.c.state == "open", matters.c.community_id.in_(list(community_ids)))
    return _page(query, matters, after, limit)


def waiting_of(matters: Any) -> Any:
    """How many wait for a place, as a column."""
    claims = claim_rows(SOURCE)
    return select(func.count()).where(claims.c.matter_id == matters.c.id, claims.c.state == "waiting").scalar_subquery().label("waiting")


def post(post_id: uuid.UUID) -> Row:
    """One post with all that is said of it but the recipient's name. Raises NotFound, also for another plugin's matter."""
    query, matters, _places = post_rows()
    row = session().execute(query.add_columns(waiting_of(matters), matters.c.closed_reason, matters.c.origin, matters.c.origin_id)
                            .where(matters.c.id == post_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def claims_of(post_id: uuid.UUID) -> Sequence[Row]:
    """Everybody who holds a place or waits, in the order in which they came, with what they have served under the claim."""
    claims, people, served = claim_rows(SOURCE), member_places(), claim_records()
    sums = (select(served.c.claim_id, func.count().label("times"), func.sum(served.c.minutes).label("minutes"),
                   func.max(served.c.happened_on).label("last_on")).group_by(served.c.claim_id).subquery("served"))
    query = (select(claims.c.id, claims.c.member_id, claims.c.state, claims.c.claimed_on, claims.c.due_on, claims.c.version, people.c.name,
                    people.c.unit_name, func.coalesce(sums.c.times, 0).label("times"), func.coalesce(sums.c.minutes, 0).label("minutes"),
                    sums.c.last_on)
             .outerjoin(people, people.c.id == claims.c.member_id).outerjoin(sums, sums.c.claim_id == claims.c.id)
             .where(claims.c.matter_id == post_id, claims.c.state.in_(LIVE)).order_by(claims.c.state, claims.c.id).limit(MOST_CLAIMS))
    return session().execute(query).all()


def ended_claims(post_id: uuid.UUID) -> Sequence[Row]:
    """The last fifty claims that have ended, the latest first."""
    claims, people = claim_rows(SOURCE), member_places()
    return session().execute(
        select(claims.c.id, claims.c.member_id, claims.c.state, claims.c.claimed_on, claims.c.ended_on, claims.c.reason, people.c.name,
               people.c.unit_name).outerjoin(people, people.c.id == claims.c.member_id)
        .where(claims.c.matter_id == post_id, claims.c.state.not_in(LIVE)).order_by(claims.c.id.desc()).limit(PAGE)).all()


def claims_of_member(member_id: uuid.UUID) -> Sequence[Row]:
    """The posts that a member holds or waits for, the latest first."""
    claims, matters, places = claim_rows(SOURCE), matter_rows(SOURCE), place_rows("community")
    return session().execute(
        select(claims.c.id, claims.c.matter_id, claims.c.state, claims.c.claimed_on, claims.c.due_on, claims.c.version, matters.c.title,
               matters.c.state.label("post_state"), places.c.name.label("community"))
        .join(matters, matters.c.id == claims.c.matter_id).join(places, places.c.id == matters.c.community_id)
        .where(claims.c.member_id == member_id, claims.c.state.in_(LIVE)).order_by(claims.c.id.desc()).limit(MOST_CLAIMS)).all()


def own_claim(post_id: uuid.UUID, member_id: uuid.UUID) -> Row | None:
    """A member's live claim on a post, with how many wait before it."""
    claims, before = claim_rows(SOURCE), claim_rows(SOURCE).alias("before")
    ahead = select(func.count()).where(before.c.matter_id == post_id, before.c.state == "waiting", before.c.id < claims.c.id).scalar_subquery()
    return session().execute(
        select(claims.c.id, claims.c.state, claims.c.claimed_on, claims.c.due_on, claims.c.version, ahead.label("ahead"))
        .where(claims.c.matter_id == post_id, claims.c.member_id == member_id, claims.c.state.in_(LIVE))).one_or_none()


def last_claim(post_id: uuid.UUID, member_id: uuid.UUID) -> Row | None:
    """A member's last claim on a post, however it ended."""
    claims = claim_rows(SOURCE)
    return session().execute(select(claims.c.id, claims.c.state, claims.c.ended_on, claims.c.reason).where(
        claims.c.matter_id == post_id, claims.c.member_id == member_id).order_by(claims.c.id.desc()).limit(1)).one_or_none()


def claim(claim_id: uuid.UUID) -> Row:
    """Whose a claim is, on which post. Raises NotFound, also for a claim on another plugin's matter."""
    claims = claim_rows(SOURCE)
    row = session().execute(select(claims.c.id, claims.c.matter_id, claims.c.member_id, claims.c.state, claims.c.version)
                            .where(claims.c.id == claim_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def invitations_of(*, member_id: uuid.UUID | None = None, post_id: uuid.UUID | None = None) -> Sequence[Row]:
    """Invitations that wait for an answer, a member's to open posts, or all of a post that were not accepted."""
    matters, people = matter_rows(SOURCE), member_places()
    query = (select(Invitation.id, Invitation.matter_id, Invitation.member_id, Invitation.state, Invitation.invited_on, Invitation.answered_on,
                    matters.c.title, people.c.name, people.c.unit_name)
             .join(matters, matters.c.id == Invitation.matter_id).join(people, people.c.id == Invitation.member_id)
             .where(Invitation.tenant_id == tenant_id()).order_by(Invitation.id.desc()).limit(PAGE))
    if member_id is not None:
        query = query.where(Invitation.member_id == member_id, Invitation.state == "open", matters.c.state == "open")
    if post_id is not None:
        query = query.where(Invitation.matter_id == post_id, Invitation.state.in_(("open", "declined")))
    return session().execute(query).all()


def _narrowed(query: Any, wanted: PostFilter, matters: Any) -> Any:
    query = query.where(matters.c.state == wanted.state)
    if wanted.category:
        query = query.where(Post.category == wanted.category)
    if text := wanted.text.strip():
        query = query.where(or_(func.strpos(matters.c.title, text) > 0, func.strpos(Post.duties, text) > 0))
    return query


def _page(query: Any, matters: Any, after: uuid.UUID | None, limit: int | None) -> Sequence[Row]:
    if after is not None:
        query = query.where(matters.c.id < after)
    return session().execute(query.order_by(matters.c.id.desc()).limit(limit)).all()
