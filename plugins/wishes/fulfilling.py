"""Done, and written off 核销 by the resident: by code, on paper, or on a visit; "not done" goes back to the claimer (R58, R78)."""
from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import Row, select

from core.api import (
    Conflict,
    Forbidden,
    Invalid,
    Service,
    _,
    close_matter,
    complete_claim,
    load_actor,
    lock_matter,
    reopen_claim,
    reopen_matter,
    session,
    settle_claim,
    tenant_id,
    today,
)
from plugins.wishes.claims import held, holder, members_of
from plugins.wishes.holding import locked, put, require, step, words
from plugins.wishes.models import RATINGS, WishesWish


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the resident says: `channel` code, paper or visit; without a rating the record waits for the usual evaluation."""

    channel: str
    rating: str | None = None
    comment: str | None = None
    on: dt.date | None = None


def report_done(wish_id: uuid.UUID, served_on: dt.date, minutes: int | None, proof: str, *, by: uuid.UUID | None) -> None:
    """The claimer, or an officer in the claimer's name, says that it is done, with a note as proof 佐证; a photo is never asked for.

    `minutes` None: as long as the matter says. The record is written when the resident has written the wish off.
    Raises Invalid, Conflict, NotFound.
    """
    row = locked(wish_id)
    require(row, "claimed", "done")
    if row.state == "done" and held_or_none(wish_id) is None:
        raise Conflict(_("已经登记过了，等居民核销。"))
    _check_done(served_on, minutes, proof)
    row.state, row.alarm_on, row.served_on, row.served_minutes, row.remark, row.verdict = "done", None, served_on, minutes, None, None
    put(row, "proof", proof)
    step(row, "done", by=by)


def write_off(wish_id: uuid.UUID, version: int | None, judgement: Judgement, *, by: uuid.UUID, served_on: dt.date | None = None,
              minutes: int | None = None) -> None:
    """Write a wish off after a signed slip or a visit: the record is written, verified and, with a rating, counted in one go.

    `served_on` and `minutes` where the claimer has not said so. Raises Invalid, Conflict, Forbidden for one's own claim.
    """
    row = locked(wish_id, version)
    require(row, "claimed", "done")
    if judgement.channel not in {"paper", "visit"}:
        raise Invalid(_("请选择是怎样核实的。"), {"channel": [_("请选择")]})
    _check_rating(judgement.rating, needed=False)
    claim = _claim(wish_id)
    _not_own(claim, by)
    service = Service(served_on or row.served_on or today(), minutes or row.served_minutes)
    _end(row, "written_off")
    if claim.state == "held":
        complete_claim(claim.id, None, service, by=by, verified_by=by)
    if judgement.rating:
        settle_claim(claim.id, judgement.channel, judgement.rating, judgement.comment, judgement.on or today(), by=by)
    _close(wish_id)
    step(row, "written_off", by=by)


def judge(wish_id: uuid.UUID, *, fulfilled: bool, rating: str | None, comment: str | None) -> None:
    """What the resident says with the receipt's code; whose code it is, the caller has found out.

    Fulfilled: the wish is written off, the record waits for the officer's verification and the rating for the record. Not: the officer
    looks into it. Raises Invalid, Conflict.
    """
    row = locked(wish_id)
    if row.state not in {"claimed", "done"} or row.verdict is not None:
        raise Conflict(_("这个心愿现在不用核销：可能已经核销过了，或者还没有人认领。"))
    row.judged_on = today()
    if not fulfilled:
        row.verdict = "unfulfilled"
        put(row, "comment", (comment or "")[:500])
        step(row, "judged", by=None)
        return
    _check_rating(rating, needed=True)
    claim = _claim(wish_id)
    _end(row, "written_off")
    row.rating = rating
    put(row, "comment", (comment or "")[:500])
    if claim.state == "held":
        complete_claim(claim.id, None, Service(row.served_on or today(), row.served_minutes), by=None)
    _settle(row, claim, by=None)
    _close(wish_id)
    step(row, "written_off", by=None)


def send_back(wish_id: uuid.UUID, version: int | None, note: str, *, by: uuid.UUID) -> None:
    """Send a wish that the resident does not hold for done back to the claimer, with what is lacking. Raises Invalid, Conflict."""
    row = locked(wish_id, version)
    require(row, "done")
    if len(note.strip()) < 2:
        raise Invalid(_("请写明还差什么，认领人会看到。"), {"note": [_("请填写")]})
    claim = _claim(wish_id)
    _not_own(claim, by)
    row.state, row.verdict, row.judged_on, row.served_on, row.served_minutes, row.comment = "claimed", None, None, None, None, None
    row.alarm_on = claim.due_on
    put(row, "remark", note)
    session().flush()
    if claim.state == "done":  # on one of core's own pages
        if lock_matter(wish_id).state == "closed":
            reopen_matter(wish_id, None)
        reopen_claim(claim.id, note)
    step(row, "sent_back", by=by, note=note)


def count_rating(wish_id: uuid.UUID, *, by: uuid.UUID | None) -> bool:
    """Let a rating that the resident gave by code count: an officer vouches for the record (`by`), or it has been verified already.

    Answers whether it counts now. Raises Forbidden for one's own claim, Conflict when there is nothing to count.
    """
    row = locked(wish_id)
    if row.state != "written_off" or row.rating is None:
        raise Conflict(_("没有等着计入的评价，请刷新页面查看最新状态。"))
    claim = _claim(wish_id)
    if by is not None:
        _not_own(claim, by)
    counted = _settle(row, claim, by=by)
    if counted:
        step(row, "counted", by=by)
    return counted


def held_or_none(wish_id: uuid.UUID) -> Row | None:
    """The claim that holds the wish now, or None."""
    found = holder(wish_id)
    return found if found is not None and found.state == "held" else None


def waiting_ratings(most: int = 1000) -> list[uuid.UUID]:
    """Wishes whose rating has not counted yet."""
    return list(session().scalars(select(WishesWish.id).where(WishesWish.tenant_id == tenant_id(), WishesWish.rating.is_not(None))
                                  .order_by(WishesWish.id).limit(most)))


def _settle(row: WishesWish, claim: Row, *, by: uuid.UUID | None) -> bool:
    """Hand the kept rating on to the records; once none waits it is kept here no longer."""
    assert row.rating is not None  # noqa: S101  asked by the caller
    if settle_claim(claim.id, "code", row.rating, words(row, "comment"), row.judged_on or today(), by=by):
        return False
    row.rating, row.comment = None, None
    session().flush()
    return True


def _close(wish_id: uuid.UUID) -> None:
    """Close the matter, unless somebody has done so on core's pages."""
    if lock_matter(wish_id).state == "open":
        close_matter(wish_id, None)


def _claim(wish_id: uuid.UUID) -> Row:
    found = holder(wish_id)
    return found if found is not None else held(wish_id)


def _not_own(claim: Row, by: uuid.UUID) -> None:
    """Nobody writes off what oneself has done."""
    actor = load_actor(by)
    if actor is not None and actor.member_id is not None and actor.member_id in members_of(claim):
        raise Forbidden(_("这是您本人认领的心愿，请由社区的其他经办人核销。"))


def _end(row: WishesWish, state: str) -> None:
    row.state, row.ended_on, row.alarm_on = state, today(), None
    row.verdict, row.judged_on = "fulfilled", today()
    session().flush()


def _check_rating(rating: str | None, *, needed: bool) -> None:
    if rating not in RATINGS and (needed or rating):
        raise Invalid(_("请选择满意、基本满意或不满意。"), {"rating": [_("请选择")]})


def _check_done(served_on: dt.date, minutes: int | None, proof: str) -> None:
    wrong: dict[str, list[str]] = {}
    if served_on > today():
        wrong["served_on"] = [_("日期还没有到")]
    if minutes is not None and not 1 <= minutes <= 1440:
        wrong["minutes"] = [_("请填写 1 至 1440 之间的分钟数")]
    if not 2 <= len(proof.strip()) <= 300:
        wrong["proof"] = [_("请用 2 至 300 个字写明做了什么")]
    if wrong:
        raise Invalid(_("有几处需要改正，请看标红的项目。"), wrong)
