"""What was served on posts: the duty list of a day, and the end of a claim; records are made of the post, nobody types it again (R42)."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select

from core.api import Conflict, Invalid, Service, _, claim_records, complete_claim, new_id, serve_claim, session
from plugins.posts import queries, times

USUAL = 60


class Offered(NamedTuple):
    """What the form offers for a day: the length in minutes, when it began, and whether both were agreed on in the post's times."""

    minutes: int
    started_at: dt.time | None
    agreed: bool


def offered(stored: Sequence[Mapping[str, Any]], usual: int | None, day: dt.date) -> Offered:
    """The hours of a day by the post's times, else its usual length, else an hour."""
    slot = times.on(times.read(stored), day)
    if slot is not None and slot.minutes:
        return Offered(slot.minutes, slot.begins, agreed=True)
    return Offered(usual or USUAL, slot.begins if slot else None, agreed=False)


def served_on(claim_ids: Sequence[uuid.UUID], day: dt.date) -> set[uuid.UUID]:
    """Which of these claims have a record of that day already, so that nobody writes it down twice."""
    served = claim_records()
    return set(session().scalars(select(served.c.claim_id).where(served.c.claim_id.in_(list(claim_ids)), served.c.happened_on == day)))


def serve(post: Any, claim_id: uuid.UUID, service: Service, *, by: uuid.UUID, verified_by: uuid.UUID | None = None,
          form_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Write one service down under a claim; a claim on a post that is no standing one is done with it. Answers the records.

    `form_id` is what the form was given when it was opened: sent twice it is one record. Raises Conflict, Invalid, NotFound.
    """
    record_id = _record_id(form_id or new_id(), claim_id)
    if _written([record_id]):
        return [record_id]
    made = serve_claim(claim_id, service, by=by, record_id=record_id, verified_by=verified_by)
    if not post.standing:
        complete_claim(claim_id, None, None, by=by)
    return made


def duty(post: Any, chosen: Mapping[uuid.UUID, int], day: dt.date, *, by: uuid.UUID, form_id: uuid.UUID) -> int:
    """Record who was there on one day, each with the minutes given; answers how many records there are of it.

    The officer who ticks vouches for them at once, but for one of his own, which waits for another officer. Raises Conflict, Invalid, NotFound.
    """
    if not chosen:
        raise Invalid(_("请先勾选当天到岗的党员。"), {"claim": [_("请勾选")]})
    if _written([_record_id(form_id, claim_id) for claim_id in chosen]) == len(chosen):
        return len(chosen)
    if set(chosen) - {row.id for row in queries.claims_of(post.id) if row.state == "held" and row.member_id is not None}:
        raise Conflict(_("有人已经退出或换了岗位，请刷新页面后重新勾选。"))
    offer = offered(post.times, post.minutes, day)
    for claim_id in sorted(chosen):  # in one order: two officers never wait for each other
        minutes = chosen[claim_id]
        agreed = offer.agreed and minutes == offer.minutes
        serve(post, claim_id, Service(day, minutes, offer.started_at if agreed else None, agreed), by=by, verified_by=by, form_id=form_id)
    return len(chosen)


def _record_id(form_id: uuid.UUID, claim_id: uuid.UUID) -> uuid.UUID:
    """One form makes one record of each claim."""
    return uuid.uuid5(form_id, str(claim_id))


def _written(record_ids: Sequence[uuid.UUID]) -> int:
    served = claim_records()
    return session().scalar(select(func.count()).where(served.c.record_id.in_(list(record_ids)))) or 0


def complete(claim_id: uuid.UUID, version: int, service: Service | None, *, by: uuid.UUID, verified_by: uuid.UUID | None = None) -> list[uuid.UUID]:
    """End a claim as done, with a last service where there is one; answers its records. Raises Conflict, Invalid, NotFound."""
    return complete_claim(claim_id, version, service, by=by, verified_by=verified_by)
