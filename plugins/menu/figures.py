"""The menu's numbers for the overview: by community what was ordered and served, by unit what its members took on."""
from __future__ import annotations

from sqlalchemy import Date, cast, func

from core.api import Figure, FigureRequest, _, claim_rows, figure_counts
from plugins.menu import matters
from plugins.menu.models import MenuListing, MenuRequest


def figures(request: FigureRequest) -> list[Figure]:
    """One statement a figure."""
    if request.side == "unit":
        claims = claim_rows(matters.SOURCE).c
        own = claims.parent_id.is_(None)
        return [Figure("menu.taken", _("接单"), figure_counts(request, claims.unit_id, claims.claimed_on, own), _("单"), order=1),
                Figure("menu.served", _("完成的点单"), figure_counts(request, claims.unit_id, claims.ended_on, own, claims.state == "done"), _("单"), order=2)]
    place = MenuRequest.community_id
    ordered_on = cast(func.timezone("Asia/Shanghai", MenuRequest.created_at), Date)  # days are Shanghai's
    return [Figure("menu.ordered", _("收到的点单"), figure_counts(request, place, ordered_on), _("单"), order=1),
            Figure("menu.served", _("完成的点单"), figure_counts(request, place, MenuRequest.ended_on, MenuRequest.state == "done"), _("单"), order=2),
            Figure("menu.listed", _("现在菜单上的服务"), figure_counts(request, MenuListing.community_id, None, MenuListing.state == "listed"), _("项"),
                   now=True, order=3)]
