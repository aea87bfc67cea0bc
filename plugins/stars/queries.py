"""Reads cases, rounds, notices and holders for pages: columns only, keyset paging by name, a fixed number of queries."""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, Subquery, and_, func, select, tuple_

from core.api import Actor, NotFound, PackVersion, member_places, published_packs, session, tenant_id, visible_members
from plugins.stars.evaluating import KIND
from plugins.stars.models import LIVE, Star, StarCase, StarDoubt, StarEvent, StarNotice, StarObjection, StarReview, StarRound
from plugins.stars.rights import decidable, manages

PAGE = 50
TABS = ("mine", "candidate", "pending", "approved", "published", "granted", "refused")
_CASE = (StarCase.id, StarCase.member_id, StarCase.scheme, StarCase.pack_id, StarCase.cut_off, StarCase.held, StarCase.level, StarCase.state,
         StarCase.step_level, StarCase.version)


def packs_by_id() -> dict[uuid.UUID, PackVersion]:
    """Every published version of every scheme, by id; one query in each scope."""
    return {pack.id: pack for pack in published_packs(KIND)}


def managed_packs(actor: Actor) -> dict[uuid.UUID, PackVersion]:
    """Those of the schemes that the actor manages."""
    mine = {one: manages(actor, one) for one in {pack.organization_id for pack in published_packs(KIND)}}
    return {pack.id: pack for pack in published_packs(KIND) if mine[pack.organization_id]}


def cases(actor: Actor, tab: str, text: str = "", after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of cases within the actor's reach, by name, with one row more than a page where there is a next one."""
    shown = visible_members(actor.paths("stars.read"), text)
    query = (select(*_CASE, shown.c.name, shown.c.unit_name, shown.c.sort_key)
             .join(shown, shown.c.id == StarCase.member_id).where(StarCase.tenant_id == tenant_id()))
    if tab == "mine":
        people = member_places()
        query = query.join(people, people.c.id == StarCase.member_id).where(
            StarCase.state == "pending", decidable(actor, "stars.approve", StarCase.step_level, people))
    else:
        query = query.where(StarCase.state == tab)
    return _page(query, shown, StarCase, after)


def count_cases(actor: Actor) -> dict[str, int]:
    """How many live cases of each state are within the actor's reach, and how many of them wait for the actor."""
    shown, people = visible_members(actor.paths("stars.read")), member_places()
    mine = and_(StarCase.state == "pending", decidable(actor, "stars.approve", StarCase.step_level, people))
    rows = session().execute(select(StarCase.state, func.count(), func.count().filter(mine)).select_from(StarCase)
                             .join(shown, shown.c.id == StarCase.member_id).join(people, people.c.id == StarCase.member_id)
                             .where(StarCase.tenant_id == tenant_id(), StarCase.state.in_(LIVE)).group_by(StarCase.state)).all()
    return {state: count for state, count, _mine in rows} | {"mine": sum(own for _state, _count, own in rows)}


def of_round(round_id: uuid.UUID, after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of a round's cases, by name, whoever may see them: for those who manage the scheme."""
    people = member_places()
    query = (select(*_CASE, people.c.name, people.c.unit_name, people.c.sort_key).join(people, people.c.id == StarCase.member_id)
             .where(StarCase.tenant_id == tenant_id(), StarCase.round_id == round_id, StarCase.state != "closed"))
    return _page(query, people, StarCase, after)


def of_notice(notice_id: uuid.UUID) -> Sequence[Row]:
    """Everybody on a notice, from the highest level down, by name."""
    people = member_places()
    return session().execute(
        select(*_CASE, people.c.name, people.c.unit_name).join(people, people.c.id == StarCase.member_id)
        .where(StarCase.tenant_id == tenant_id(), StarCase.notice_id == notice_id, StarCase.state.in_(("published", "granted", "refused")))
        .order_by(StarCase.level.desc(), people.c.sort_key, StarCase.id)).all()


def holders(actor: Actor, scheme: str = "", text: str = "", after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of the stars that are held within the actor's reach, by name."""
    shown = visible_members(actor.paths("stars.read"), text)
    query = (select(Star.id, Star.member_id, Star.scheme, Star.pack_id, Star.level, Star.number, Star.granted_on, Star.valid_until,
                    shown.c.name, shown.c.unit_name, shown.c.sort_key)
             .join(shown, shown.c.id == Star.member_id).where(Star.tenant_id == tenant_id(), Star.state == "held"))
    if scheme:
        query = query.where(Star.scheme == scheme)
    return _page(query, shown, Star, after)


def _page(query: Select, people: Subquery, table: Any, after: uuid.UUID | None) -> Sequence[Row]:
    if after is not None:
        place = session().execute(select(people.c.sort_key, table.id).join(people, people.c.id == table.member_id).where(
            table.tenant_id == tenant_id(), table.id == after)).one_or_none()
        if place is not None:
            query = query.where(tuple_(people.c.sort_key, table.id) > tuple_(*place))
    return session().execute(query.order_by(people.c.sort_key, table.id).limit(PAGE + 1)).all()


def case(case_id: uuid.UUID) -> StarCase:
    """One case. Raises NotFound."""
    return _one(StarCase, case_id)


def star(star_id: uuid.UUID) -> Star:
    """One star. Raises NotFound."""
    return _one(Star, star_id)


def objection(objection_id: uuid.UUID) -> StarObjection:
    """One objection or appeal. Raises NotFound."""
    return _one(StarObjection, objection_id)


def review(review_id: uuid.UUID) -> StarReview:
    """One review. Raises NotFound."""
    return _one(StarReview, review_id)


def doubt(doubt_id: uuid.UUID) -> StarDoubt:
    """One withdrawn fact. Raises NotFound."""
    return _one(StarDoubt, doubt_id)


def round_of(round_id: uuid.UUID) -> StarRound:
    """One round. Raises NotFound."""
    return _one(StarRound, round_id)


def _one(table: Any, identity: uuid.UUID) -> Any:
    row = session().scalar(select(table).where(table.tenant_id == tenant_id(), table.id == identity))
    if row is None:
        raise NotFound
    return row


def events(case_id: uuid.UUID) -> Sequence[Row]:
    """A case's history, the newest first."""
    return session().execute(select(StarEvent.kind, StarEvent.step_level, StarEvent.note, StarEvent.at).where(
        StarEvent.tenant_id == tenant_id(), StarEvent.case_id == case_id)
        .order_by(StarEvent.at.desc(), StarEvent.kind == "found", StarEvent.id.desc())).all()  # finding is a case's beginning


def objections(case_id: uuid.UUID) -> Sequence[Row]:
    """Objections and appeals, the newest first."""
    return session().execute(select(StarObjection.id, StarObjection.kind, StarObjection.says, StarObjection.raised_on, StarObjection.state,
                                    StarObjection.answer, StarObjection.decided_on).where(
        StarObjection.tenant_id == tenant_id(), StarObjection.case_id == case_id).order_by(StarObjection.id.desc())).all()


def open_objections(packs: Sequence[uuid.UUID]) -> Sequence[Row]:
    """What waits for an answer in the schemes of these versions."""
    people = member_places()
    return session().execute(
        select(StarObjection.id, StarObjection.kind, StarObjection.raised_on, StarCase.id.label("case_id"), StarCase.pack_id, StarCase.level,
               people.c.name)
        .join(StarCase, (StarCase.tenant_id == StarObjection.tenant_id) & (StarCase.id == StarObjection.case_id))
        .join(people, people.c.id == StarCase.member_id)
        .where(StarObjection.tenant_id == tenant_id(), StarObjection.state == "open", StarCase.pack_id.in_(packs))
        .order_by(StarObjection.id).limit(PAGE)).all()


def rounds(packs: Sequence[uuid.UUID], after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of rounds of these versions, the latest first."""
    query = select(StarRound.id, StarRound.pack_id, StarRound.cut_off, StarRound.state, StarRound.opened_at).where(
        StarRound.tenant_id == tenant_id(), StarRound.pack_id.in_(packs))
    if after is not None:
        query = query.where(StarRound.id < after)
    return session().execute(query.order_by(StarRound.id.desc()).limit(PAGE + 1)).all()


def round_counts(round_id: uuid.UUID) -> dict[str, int]:
    """How many cases of a round are in each state."""
    return dict(session().execute(select(StarCase.state, func.count()).where(
        StarCase.tenant_id == tenant_id(), StarCase.round_id == round_id).group_by(StarCase.state)).all())


def notices(round_id: uuid.UUID) -> Sequence[Row]:
    """A round's notices."""
    return session().execute(select(StarNotice.id, StarNotice.published_on, StarNotice.until).where(
        StarNotice.tenant_id == tenant_id(), StarNotice.round_id == round_id).order_by(StarNotice.id)).all()


def notice(notice_id: uuid.UUID) -> Row:
    """One notice with its round. Raises NotFound."""
    row = session().execute(select(StarNotice.id, StarNotice.published_on, StarNotice.until, StarNotice.round_id, StarRound.pack_id,
                                   StarRound.cut_off, StarRound.organization_id)
                            .join(StarRound, (StarRound.tenant_id == StarNotice.tenant_id) & (StarRound.id == StarNotice.round_id))
                            .where(StarNotice.tenant_id == tenant_id(), StarNotice.id == notice_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def notices_on(day: Any) -> Sequence[Row]:
    """The notices that are up on a day."""
    return session().execute(select(StarNotice.id, StarNotice.published_on, StarNotice.until, StarRound.pack_id, StarRound.organization_id)
                             .join(StarRound, (StarRound.tenant_id == StarNotice.tenant_id) & (StarRound.id == StarNotice.round_id))
                             .where(StarNotice.tenant_id == tenant_id(), StarNotice.until >= day).order_by(StarNotice.until).limit(PAGE)).all()


def own_cases(member_id: uuid.UUID) -> Sequence[Row]:
    """A member's cases, the newest first."""
    return session().execute(select(*_CASE, StarCase.reason, StarCase.changed_at).where(
        StarCase.tenant_id == tenant_id(), StarCase.member_id == member_id, StarCase.state != "closed")
        .order_by(StarCase.changed_at.desc(), StarCase.id.desc()).limit(PAGE)).all()


def open_reviews(packs: Sequence[uuid.UUID], after: uuid.UUID | None = None) -> Sequence[Row]:
    """A page of proposals of the review that wait to be confirmed."""
    people = member_places()
    query = (select(StarReview.id, StarReview.due_on, StarReview.proposal, StarReview.explanation, StarReview.pack_id, Star.level,
                    Star.id.label("star_id"), Star.number, people.c.name, people.c.unit_name)
             .join(Star, (Star.tenant_id == StarReview.tenant_id) & (Star.id == StarReview.star_id))
             .join(people, people.c.id == Star.member_id)
             .where(StarReview.tenant_id == tenant_id(), StarReview.decision.is_(None), Star.state == "held", StarReview.pack_id.in_(packs)))
    if after is not None:
        query = query.where(StarReview.id > after)
    return session().execute(query.order_by(StarReview.id).limit(PAGE + 1)).all()


def open_doubts(packs: Sequence[uuid.UUID]) -> Sequence[Row]:
    """Withdrawn facts that nobody has looked at yet."""
    people = member_places()
    return session().execute(
        select(StarDoubt.id, StarDoubt.kind, StarDoubt.happened_on, StarDoubt.minutes, StarDoubt.noticed_on, Star.id.label("star_id"),
               Star.pack_id, Star.level, Star.number, people.c.name)
        .join(Star, (Star.tenant_id == StarDoubt.tenant_id) & (Star.id == StarDoubt.star_id)).join(people, people.c.id == Star.member_id)
        .where(StarDoubt.tenant_id == tenant_id(), StarDoubt.settled_on.is_(None), Star.pack_id.in_(packs))
        .order_by(StarDoubt.id).limit(PAGE)).all()


def doubts_of(star_id: uuid.UUID) -> Sequence[Row]:
    """What was withdrawn of the facts on which a star stood."""
    return session().execute(select(StarDoubt.id, StarDoubt.kind, StarDoubt.happened_on, StarDoubt.minutes, StarDoubt.noticed_on,
                                    StarDoubt.settled_on, StarDoubt.answer).where(
        StarDoubt.tenant_id == tenant_id(), StarDoubt.star_id == star_id).order_by(StarDoubt.id)).all()
