"""The needs' numbers for the overview, by community."""
from __future__ import annotations

from core.api import Figure, FigureRequest, _, figure_counts, settings
from plugins.needs.models import OPEN, Bulletin, Need


def figures(request: FigureRequest) -> list[Figure]:
    """One statement a figure; a unit has no needs of its own."""
    if request.side == "unit":
        return []
    place = Need.community_id
    return [
        Figure("needs.received", _("收到的需求"), figure_counts(request, place, Need.received_on), _("条"), order=1),
        Figure("needs.settled", _("已办结或答复的需求"), figure_counts(request, place, Need.closed_on, Need.state.in_(("answered", "done"))),
               _("条"), order=2),
        Figure("needs.open", _("现在办理中的需求"), figure_counts(request, place, None, Need.state.in_(OPEN)), _("条"), now=True, order=3),
        Figure("needs.bulletins", _("发布的需求公告"), figure_counts(
            request, Bulletin.community_id, Bulletin.published_on, Bulletin.state == "published"), _("期"), order=4)]


def bulletin_days() -> int:
    """How many days the tenant lets pass between two demand bulletins, for the page that tells what comes round."""
    days: int = settings("needs")["bulletin_days"]
    return days
