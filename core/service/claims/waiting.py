"""Who waits moves up as soon as a place is free, in the order in which they came (R38)."""
from __future__ import annotations

from sqlalchemy import select

from core import audit
from core.extension.dispatch import tell
from core.extension.facts import ClaimFact
from core.service.claims.models import Claim, Matter
from core.tenancy import session
from core.tenancy.scope import tenant_id


def move_up(matter: Matter) -> None:
    """Give the free places of a locked matter to those who wait; with a unit's claim move those who are to serve under it."""
    waiting = session().scalars(select(Claim).where(Claim.tenant_id == tenant_id(), Claim.matter_id == matter.id, Claim.state == "waiting",
                                                    Claim.parent_id.is_(None))
                                .order_by(Claim.id).limit(matter.places - matter.taken).execution_options(populate_existing=True)).all()
    for row in waiting:
        matter.taken += 1
        for one in (row, *under(row, ("waiting",))):
            one.state, one.version = "held", one.version + 1
            session().flush()
            audit.record("claim.moved_up", "claim", one.id, {"source": one.source})
            tell("claim_taken", claim=fact(one))


def under(row: Claim, states: tuple[str, ...]) -> list[Claim]:
    """The claims of members who serve under a unit's claim, in these states."""
    if row.member_id is not None:
        return []
    return list(session().scalars(select(Claim).where(Claim.tenant_id == tenant_id(), Claim.parent_id == row.id, Claim.state.in_(states))
                                  .order_by(Claim.id).execution_options(populate_existing=True)))


def fact(row: Claim) -> ClaimFact:
    """The claim as plugins are told of it."""
    return ClaimFact(row.id, row.matter_id, row.source, row.community_id, row.state, row.member_id, row.unit_id, row.parent_id, row.due_on,
                     row.ended_on, row.reason)
