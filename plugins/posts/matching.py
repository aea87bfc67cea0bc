"""Finds proposals, never claims: open posts that fit a member, members that fit a post, each with its reasons; a fixed number of queries."""
from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Row, Text, cast, func, or_, select

from core.api import claim_rows, first_report_ins, member_profiles, session, settings
from plugins.posts import times
from plugins.posts.fitting import Fit, Person, Wanted, fit
from plugins.posts.queries import LIVE, post_rows, waiting_of
from plugins.posts.setting import SOURCE
from plugins.posts.settings import WEIGHTS

MOST_POSTS, MOST_MEMBERS = 5, 20
POOL = 500  # of posts or members that are looked at


@dataclass(frozen=True, slots=True)
class Proposal:
    """A post or a member that fits, `row` as it was read, with the reasons."""

    row: Row
    fit: Fit


def for_member(member_id: uuid.UUID) -> list[Proposal]:
    """The open posts that fit a member best, five at most, the best first; none for who carries a fair load already."""
    people, claims = member_profiles(), claim_rows()
    load = select(func.count()).where(claims.c.member_id == people.c.id, claims.c.state.in_(LIVE)).scalar_subquery()
    person = session().execute(select(people, load.label("load")).where(people.c.id == member_id)).one_or_none()
    if person is None or not (wide := _counties(person)):
        return []
    values = settings("posts", person.residence_id or person.workplace_id)
    found = [Proposal(row, made) for row in _open_posts(member_id, wide) if (made := _fit(row, person, row, values)) is not None]
    return sorted(found, key=lambda one: -one.fit.score)[:MOST_POSTS]


def for_post(post: Row) -> list[Proposal]:
    """The members who live or work in a post's community and fit it best, twenty at most; whoever carries a fair load is left in peace."""
    values = settings("posts", post.community_id)
    found = [Proposal(row, made) for row in session().execute(_candidates(post)) if (made := _fit(post, row, row, values)) is not None]
    return sorted(found, key=lambda one: -one.fit.score)[:MOST_MEMBERS]


def _candidates(post: Row) -> Any:
    """Those below the community who hold no claim on the post; with skills that are wanted first, so that the pool holds them."""
    people, claims, own, reports = member_profiles([post.community_path]), claim_rows(), claim_rows(SOURCE), first_report_ins()
    load = select(func.count()).where(claims.c.member_id == people.c.id, claims.c.state.in_(LIVE)).scalar_subquery()
    mine = select(own.c.id).where(own.c.matter_id == post.id, own.c.member_id == people.c.id)
    query = (select(people, load.label("load"), mine.where(own.c.state == "released").exists().label("released"),
                    select(reports.c.member_id).where(reports.c.member_id == people.c.id).exists().label("reported"))
             .where(~mine.where(own.c.state.in_(LIVE)).exists()))
    wanted = people.c.skills.bool_op("&&")(cast(list(post.skills), ARRAY(Text)))
    return query.order_by(wanted.desc(), people.c.sort_key, people.c.id).limit(POOL)


def _open_posts(member_id: uuid.UUID, counties: Sequence[str]) -> Sequence[Row]:
    """Open posts with a place left in the member's counties, the newest first, but those that the member has already."""
    query, matters, places = post_rows()
    own = claim_rows(SOURCE)
    mine = select(own.c.id).where(own.c.matter_id == matters.c.id, own.c.member_id == member_id)
    query = query.add_columns(waiting_of(matters), mine.where(own.c.state == "released").exists().label("released")).where(
        matters.c.state == "open", matters.c.taken < matters.c.places, ~mine.where(own.c.state.in_(LIVE)).exists(),
        or_(*(places.c.path.bool_op("^@")(path) for path in counties)))
    return session().execute(query.order_by(matters.c.id.desc()).limit(POOL)).all()


def _counties(person: Row) -> list[str]:
    """The paths of the counties, two steps below the root, in which a member lives and works."""
    paths = ("/".join(path.split("/")[:2]) + "/" for path in (person.residence_path, person.workplace_path) if path)
    return list(dict.fromkeys(paths))


def _fit(post: Row, person: Row, pair: Row, values: Mapping[str, Any]) -> Fit | None:
    """`pair` is the row that knows of both: whether the post was given up before, and whether the member has reported in."""
    wanted = Wanted(post.community_path, (post.category, post.kind, post.title), tuple(post.skills), times.parts(times.read(post.times)))
    who = Person(tuple(person.skills), tuple(person.preferences), person.residence_path, person.workplace_path, person.load, pair.released,
                 getattr(pair, "reported", False))
    return fit(wanted, who, {name: values[f"weight_{name}"] for name in WEIGHTS}, values["fair_load"])
