"""What core tells and asks of the pledges plugin."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from core.api import ClaimFact, ClaimPart, DeskItem, Figure, FigureRequest, MemberData, MemberYearPart, Panel, _, acting, hookimpl
from plugins.pledges import ending, exporting, figures, parts, queries


@hookimpl
def claim_ended(claim: ClaimFact) -> None:
    """A claim has ended: so has the promise on it; late or twice it makes no difference."""
    ending.claim_ended(claim)


@hookimpl
def claim_parts(claim_ids: tuple[uuid.UUID, ...]) -> Iterable[ClaimPart]:
    """The promise, its deadline and its state as columns of the work registers."""
    return parts.of_claims(claim_ids)


@hookimpl
def claim_panels(claim_id: uuid.UUID, own: bool) -> Iterable[Panel]:
    """The promise on the claim, or the way to make one while somebody is yet to serve."""
    found = parts.on_claim(claim_id, own=own)
    return [Panel(_("公开承诺"), "pledges/claim_panel.html", found)] if found else []


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """What the member has promised, on the member's page."""
    return [Panel(_("公开承诺"), "pledges/panel.html", {"rows": parts.latest(member_id), "member_id": member_id})]


@hookimpl
def overview_figures(request: FigureRequest) -> Iterable[Figure]:
    """Pledges published and kept."""
    return figures.figures(request)


@hookimpl
def desk_items(unit_ids: tuple[uuid.UUID, ...]) -> Iterable[DeskItem]:
    """Public pledges that wait to be filed with these units (R21), for their liaison."""
    return [DeskItem(_("待备案的承诺"), queries.unfiled_of(unit_ids), "pledges.unit")] if acting().can("pledges.file") else []


@hookimpl
def member_year_parts(community_ids: tuple[uuid.UUID, ...], begins_on: dt.date, ends_on: dt.date) -> Iterable[MemberYearPart]:
    """What the communities' members promised in a period, and how much of it was kept."""
    return parts.of_period(community_ids, begins_on, ends_on)


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """Every pledge, and what was answered to objections; not what residents wrote."""
    return exporting.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing of the member remains."""
    return exporting.erase(member_id)
