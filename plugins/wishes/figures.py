"""The wishes' numbers for the overview: by community what came in and was fulfilled, by unit what its members claimed."""
from __future__ import annotations

from core.api import Figure, FigureRequest, _, claim_rows, figure_counts
from plugins.wishes.models import WishesWish


def figures(request: FigureRequest) -> list[Figure]:
    """One statement a figure."""
    return _of_units(request) if request.side == "unit" else _of_places(request)


def _of_places(request: FigureRequest) -> list[Figure]:
    place = WishesWish.community_id
    return [
        Figure("wishes.received", _("收到的心愿"), figure_counts(request, place, WishesWish.received_on), _("个"), order=1),
        Figure("wishes.fulfilled", _("已实现的心愿"), figure_counts(
            request, place, WishesWish.ended_on, WishesWish.state == "written_off", WishesWish.verdict == "fulfilled"), _("个"), order=2),
        Figure("wishes.waiting", _("现在等人认领的心愿"), figure_counts(request, place, None, WishesWish.state == "accepted"), _("个"), now=True, order=3)]


def _of_units(request: FigureRequest) -> list[Figure]:
    claims = claim_rows("wishes").c
    own = claims.parent_id.is_(None)  # who serves under a unit's claim has claimed no wish more
    return [Figure("wishes.claimed", _("认领的心愿"), figure_counts(request, claims.unit_id, claims.claimed_on, own), _("个"), order=1),
            Figure("wishes.done", _("办结的心愿"), figure_counts(request, claims.unit_id, claims.ended_on, own, claims.state == "done"), _("个"), order=2)]
