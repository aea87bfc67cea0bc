"""What core tells and asks of the menu."""
from __future__ import annotations

import uuid
from collections.abc import Iterable

from core.api import ClaimFact, Figure, FigureRequest, MatterMaker, MemberData, Panel, _, _l, hookimpl, now
from plugins.menu import exporting, figures, matters, queries, serving
from plugins.menu.offers import Owner
from plugins.menu.times import slot_said


@hookimpl
def member_panels(member_id: uuid.UUID) -> Iterable[Panel]:
    """What a member offers and has agreed on, on the member's page."""
    owners = [Owner(member_id=member_id)]
    return [Panel(_("服务菜单"), "menu/panel.html", {"offers": queries.offers_of(owners), "agreed": queries.agreed_of(owners, now()),
                                                 "slot_said": slot_said})]


@hookimpl
def matter_makers() -> Iterable[MatterMaker]:
    """A need becomes a request that members may pick, or that is matched with an offer."""
    return [MatterMaker(str(_l("转为点单")), "menu.request_new", "menu.enter", 50)]


@hookimpl
def claim_ended(claim: ClaimFact) -> None:
    """A claim on a request ended on core's own pages: the request follows."""
    if claim.source == matters.SOURCE:
        serving.claim_gone(claim)


@hookimpl
def overview_figures(request: FigureRequest) -> Iterable[Figure]:
    """Orders that came in and were served."""
    return figures.figures(request)


@hookimpl
def export_member_data(member_id: uuid.UUID) -> Iterable[MemberData]:
    """Offers, requests and agreements."""
    return exporting.tables(member_id)


@hookimpl
def erase_member_data(member_id: uuid.UUID) -> int:
    """Nothing of the member remains."""
    return exporting.erase(member_id)
