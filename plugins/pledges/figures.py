"""The pledges' numbers for the overview, by community and by unit."""
from __future__ import annotations

from core.api import Figure, FigureRequest, _, figure_counts
from plugins.pledges.models import Pledge


def figures(request: FigureRequest) -> list[Figure]:
    """One statement a figure."""
    place = Pledge.unit_id if request.side == "unit" else Pledge.community_id
    return [
        Figure("pledges.published", _("公开的承诺"), figure_counts(request, place, Pledge.published_on), _("项"), order=1),
        Figure("pledges.kept", _("已兑现的承诺"), figure_counts(request, place, Pledge.ended_on, Pledge.state.in_(("kept", "kept_late"))),
               _("项"), order=2),
        Figure("pledges.open", _("现在履行中的承诺"), figure_counts(request, place, None, Pledge.state == "open", Pledge.published_on.is_not(None)),
               _("项"), now=True, order=3)]
