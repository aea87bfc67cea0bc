"""After the time: what was agreed becomes a service record that nobody types (R42), and the request is done."""
from __future__ import annotations

import uuid

from sqlalchemy import select

from core.api import ClaimFact, Conflict, Invalid, Service, _, audit, complete_claim, matter_rows, now, session, tenant_id, today
from plugins.menu import agreeing, matters
from plugins.menu.holding import request_locked, step
from plugins.menu.models import MenuAgreement, MenuRequest
from plugins.menu.times import LOCAL


def served(request_id: uuid.UUID, version: int | None, *, by: uuid.UUID | None, side: str = "provider", minutes: int | None = None,
           verified_by: uuid.UUID | None = None) -> list[uuid.UUID]:
    """The service took place; answers its records. `minutes` None, or as agreed: the system knows them, else they are written by hand.

    `verified_by`: an officer of the community vouches for it at once. Raises Conflict, Invalid before the time has come, NotFound.
    """
    row = request_locked(request_id, version)
    live = agreeing.agreement_of(row.id)
    if row.state != "agreed" or live is None:
        raise Conflict(_("没有可以登记的约定，可能已经登记过。请刷新页面。"))
    if live.begins_at > now():
        raise Invalid(_("约定的时间还没有到，服务以后再登记。"), {"minutes": [_("时间还没有到")]})
    agreed = int((live.ends_at - live.begins_at).total_seconds()) // 60
    begins = live.begins_at.astimezone(LOCAL)
    as_agreed = minutes in (None, agreed)
    made = complete_claim(live.claim_id, None, Service(begins.date(), agreed if as_agreed else minutes, begins.time().replace(tzinfo=None),
                                                       agreed=as_agreed), by=by, verified_by=verified_by)
    _done(row, live, side)
    matters.close_for(row)
    audit("menu.served", "menu_request", row.id, {"records": len(made)})
    return made


def claim_gone(claim: ClaimFact) -> None:
    """A claim on one of the menu's matters ended by another way, such as core's own pages; told twice it changes nothing more."""
    if claim.parent_id is not None:
        return
    live = session().scalar(select(MenuAgreement).where(MenuAgreement.tenant_id == tenant_id(), MenuAgreement.claim_id == claim.claim_id))
    if live is None or live.state != "agreed":
        return
    row = request_locked(live.request_id)
    live = agreeing.agreement_of(row.id)
    if live is None:
        return
    if claim.state == "done":
        _done(row, live, "provider")
    else:
        agreeing.call_off(row, live, "provider" if claim.state == "released" else "officer")


def close_forgotten() -> int:
    """Close the matters of requests that have ended by another way; answers how many."""
    rows = matter_rows(matters.SOURCE)
    found = session().scalars(select(MenuRequest).join(rows, rows.c.id == MenuRequest.id).where(
        MenuRequest.tenant_id == tenant_id(), rows.c.state == "open", MenuRequest.state.in_(("done", "closed"))).order_by(MenuRequest.id)).all()
    for row in found:
        matters.close_for(row)
    return len(found)


def _done(row: MenuRequest, live: MenuAgreement, side: str) -> None:
    live.state, live.changed_at = "done", now()
    row.state, row.ended_on, row.changes = "done", today(), None
    step(row, "served", side)
    session().flush()
