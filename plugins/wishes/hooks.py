"""What core tells and asks of the wishes plugin."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import ClaimFact, Figure, FigureRequest, MatterFact, MatterMaker, MemberData, Panel, _, hookimpl, term
from plugins.wishes import claims, figures, personal, queries
from plugins.wishes.words import STATES, TONES


@hookimpl
def claim_taken(claim: ClaimFact) -> None:
    """A wish is claimed, on whichever page."""
    claims.follow(claim)


@hookimpl
def claim_ended(claim: ClaimFact) -> None:
    """A claim has ended, on whichever page: the wish is done, or back on the wall."""
    claims.follow(claim)


@hookimpl
def matter_closed(matter: MatterFact) -> None:
    """A wish was closed on a page of core's."""
    if matter.source == "wishes":
        claims.close(matter.matter_id)


@hookimpl
def matter_makers() -> Iterable[MatterMaker]:
    """A need may become a wish."""
    return [MatterMaker(_("转为微心愿"), "wishes.new", "wishes.enter")]


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """The wishes that a member has claimed, on the member's page."""
    rows = queries.claimed_by_member(member_id, 5)
    return [Panel(term("wish"), "wishes/panel.html", {"rows": rows, "states": STATES, "tones": TONES})] if rows else []


@hookimpl
def overview_figures(request: FigureRequest) -> Iterable[Figure]:
    """Wishes that came in, were fulfilled, wait."""
    return figures.figures(request)


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """The wishes claimed, with what the member wrote."""
    return personal.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """What the member wrote goes."""
    return personal.erase(member_id)
